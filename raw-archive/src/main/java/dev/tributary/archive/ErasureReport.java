package dev.tributary.archive;

/**
 * What an erasure did.
 *
 * @param erased records that it took out
 * @param absent coordinates of which the archive holds no record: it expired, was erased before, or
 *     there never was one
 * @param rewrites entries that it put
 */
public record ErasureReport(long erased, long absent, long rewrites) {}
