package dev.tributary.streaming;

import java.time.Duration;

/**
 * What one batch of a pipeline made durable.
 *
 * @param records records
 * @param bytes bytes, as the pipeline counts them
 * @param quarantined records that were set aside
 * @param latency from the batch's beginning to its commit
 */
public record Commit(long records, long bytes, long quarantined, Duration latency) {}
