package dev.tributary.phase2.table;

/**
 * What putting one table's files in the place of another's came to.
 *
 * @param removed rows that go
 * @param added rows that come
 */
public record TakenOver(long removed, long added) {}
