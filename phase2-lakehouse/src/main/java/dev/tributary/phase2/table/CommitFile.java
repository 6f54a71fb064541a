package dev.tributary.phase2.table;

import java.util.Map;
import java.util.OptionalLong;

/**
 * What matters of one commit of a Delta log.
 *
 * @param marked whether it bears the mark that was looked for
 * @param transactions what it is marked with: a version by application
 * @param operation what Delta calls it, for example {@code MERGE}
 * @param restoredTo of a RESTORE: the version whose rows came back
 * @param userMetadata the text that it carries; empty if none
 * @param metrics what the operation measured
 */
record CommitFile(
    boolean marked,
    Map<String, Long> transactions,
    String operation,
    OptionalLong restoredTo,
    String userMetadata,
    Map<String, String> metrics) {}
