package dev.tributary.archive;

import java.util.OptionalInt;

/**
 * Where Kafka has other records than an archive.
 *
 * @param offset the first that may belong to another record now
 * @param leaderEpoch that the offsets below bear at most, as the leader says
 */
public record Divergence(long offset, OptionalInt leaderEpoch) {}
