package dev.tributary.phase2.execute;

/** A record that is in quarantine, and the step that could not use it. */
record SetAside(RecordId id, String step) {}
