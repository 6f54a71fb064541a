package dev.tributary.archive;

/**
 * What a sweep did.
 *
 * @param entry the sequence of its entry
 * @param examined files that it looked at
 * @param deleted files that it removed
 * @param bytes that these had
 */
public record SweepReport(long entry, long examined, long deleted, long bytes) {}
