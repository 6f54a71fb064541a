package dev.tributary.phase2.table;

/**
 * Files that nothing names any more.
 *
 * @param files how many, empty folders among them
 * @param bytes their size; 0 where only their number is known
 */
public record Vacuumed(long files, long bytes) {}
