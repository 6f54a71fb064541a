package dev.tributary.cli.reconcile;

/**
 * What the broker holds of a partition.
 *
 * @param start the first offset that retention left
 * @param end the next offset that a read_committed (or, for such a source, read_uncommitted) reader
 *     would get
 * @param written the next offset that a producer would get: beyond {@code end} for a read_committed
 *     reader while a transaction is open
 */
public record KafkaRange(String topic, int partition, long start, long end, long written) {}
