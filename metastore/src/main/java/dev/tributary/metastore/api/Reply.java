package dev.tributary.metastore.api;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.javalin.http.HttpStatus;
import java.util.OptionalLong;

/**
 * The answer to a change.
 *
 * @param status 201 for something new, 200 otherwise
 * @param etag the entity tag of what there is now; empty: it has none
 * @param action what was done, for the audit
 * @param version the version that came of it; empty: nothing changed, or it has no versions
 * @param changed whether anything did
 * @param body what is sent
 */
record Reply(
    HttpStatus status,
    String etag,
    String action,
    OptionalLong version,
    boolean changed,
    ObjectNode body) {}
