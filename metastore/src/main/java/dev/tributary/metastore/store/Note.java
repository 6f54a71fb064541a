package dev.tributary.metastore.store;

import java.util.Optional;

/**
 * Who makes a change, and why.
 *
 * @param actor the name of the token that asked for it, or {@code anonymous}
 * @param reason what the caller gave as the reason
 */
public record Note(String actor, Optional<String> reason) {}
