/**
 * The job that moves Kafka topics into raw archives. The driver plans batches (IngestPlanner) from
 * the manifest logs and Kafka's offsets; executors read the planned ranges (RangeReader) and the
 * archive's sink commits them.
 */
package dev.tributary.phase1;
