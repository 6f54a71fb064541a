package dev.tributary.archive;

/**
 * Where an incarnation's first read of a partition begins.
 *
 * @param partition of the topic
 * @param offset the first that is read; those before it are the account's {@code before-start} gap
 */
public record PartitionStart(int partition, long offset) {}
