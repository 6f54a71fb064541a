package dev.tributary.archive.file;

/**
 * A run of lines of one partition in a file, compressed on its own.
 *
 * @param incarnation of the topic
 * @param partition of its records
 * @param first the offset of its first record
 * @param last the offset of its last record
 * @param records how many it holds
 * @param start where its stored bytes begin in the file
 * @param length how many stored bytes it has
 * @param decodedLength how many bytes its lines have
 * @param crc32 of the stored bytes, 8 lower-case hex digits
 * @param minTimestamp the least timestamp of its records, epoch milliseconds; -1 for none
 * @param maxTimestamp the greatest
 */
public record Segment(
    int incarnation,
    int partition,
    long first,
    long last,
    long records,
    long start,
    long length,
    long decodedLength,
    String crc32,
    long minTimestamp,
    long maxTimestamp) {}
