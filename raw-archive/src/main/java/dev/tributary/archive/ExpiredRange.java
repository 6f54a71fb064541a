package dev.tributary.archive;

/**
 * Offsets whose records expired.
 *
 * @param incarnation of the topic
 * @param partition of the topic
 * @param start the first offset
 * @param end exclusive
 * @param records how many records of the range were there to expire
 */
public record ExpiredRange(int incarnation, int partition, long start, long end, long records) {}
