package dev.tributary.archive.spark;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.apache.spark.sql.connector.read.streaming.CompositeReadLimit;
import org.apache.spark.sql.connector.read.streaming.ReadLimit;
import org.apache.spark.sql.connector.read.streaming.ReadMaxBytes;
import org.apache.spark.sql.connector.read.streaming.ReadMaxRows;

/** How much a micro-batch takes at most; an absent limit is none. */
record BatchLimits(OptionalLong records, OptionalLong bytes, OptionalLong entries) {
  private record MaxEntries(long entries) implements ReadLimit {}

  static final BatchLimits NONE =
      new BatchLimits(OptionalLong.empty(), OptionalLong.empty(), OptionalLong.empty());

  boolean unlimited() {
    return records.isEmpty() && bytes.isEmpty() && entries.isEmpty();
  }

  /** As Spark carries it. */
  ReadLimit toReadLimit() {
    List<ReadLimit> limits = new ArrayList<>();
    records.ifPresent(limit -> limits.add(ReadLimit.maxRows(limit)));
    bytes.ifPresent(limit -> limits.add(ReadLimit.maxBytes(limit)));
    entries.ifPresent(limit -> limits.add(new MaxEntries(limit)));
    return limits.isEmpty()
        ? ReadLimit.allAvailable()
        : ReadLimit.compositeLimit(limits.toArray(ReadLimit[]::new));
  }

  /** From what Spark hands back, which may be another limit than ours. */
  static BatchLimits of(ReadLimit limit) {
    if (limit instanceof CompositeReadLimit composite) {
      BatchLimits all = NONE;
      for (ReadLimit part : composite.getReadLimits()) {
        all = all.and(of(part));
      }
      return all;
    }
    if (limit instanceof ReadMaxRows rows) {
      return new BatchLimits(
          OptionalLong.of(rows.maxRows()), OptionalLong.empty(), OptionalLong.empty());
    }
    if (limit instanceof ReadMaxBytes bytes) {
      return new BatchLimits(
          OptionalLong.empty(), OptionalLong.of(bytes.maxBytes()), OptionalLong.empty());
    }
    if (limit instanceof MaxEntries entries) {
      return new BatchLimits(
          OptionalLong.empty(), OptionalLong.empty(), OptionalLong.of(entries.entries()));
    }
    return NONE;
  }

  private BatchLimits and(BatchLimits other) {
    return new BatchLimits(
        records.isPresent() ? records : other.records,
        bytes.isPresent() ? bytes : other.bytes,
        entries.isPresent() ? entries : other.entries);
  }
}
