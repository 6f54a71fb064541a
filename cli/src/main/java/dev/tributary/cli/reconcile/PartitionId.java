package dev.tributary.cli.reconcile;

/** One partition of one incarnation of a topic. */
record PartitionId(String topic, int incarnation, int partition) {}
