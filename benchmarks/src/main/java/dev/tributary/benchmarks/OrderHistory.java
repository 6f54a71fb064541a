package dev.tributary.benchmarks;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.phase2.plan.PlanCounts;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;

/**
 * Events that fill a table with the orders of many days, each order once, and then change those of
 * the last days, batch by batch: nine in ten keys of a batch are of orders that are there, drawn
 * evenly from the last days, one in ten is a new order of today. A day has as many orders as a
 * batch has keys, and no batch has a key twice. The ids say nothing of the day, so that only the
 * partition tells where an order is.
 *
 * @param rows how many orders the table is filled with
 * @param keys of a batch of changes, and of a day
 */
record OrderHistory(long rows, long keys) implements NumberedEvents {
  /** The key, of whose second column the partition is derived. */
  static final List<String> KEY = List.of(Orders.KEY, "created_at");

  /** What the table is partitioned by. */
  static final List<String> PARTITIONS = List.of("day(created_at)");

  /** How many days back from the newest order a batch changes orders. */
  static final int RECENT_DAYS = 3;

  private static final int ONE_IS_NEW_OF = 10;
  private static final int DAYS_A_FILL_BATCH = 5;
  private static final long TODAY = Instant.parse("2026-01-01T00:00:00Z").toEpochMilli();
  private static final long DAY = 24L * 60 * 60 * 1_000;

  /** A prime: steps of it through the recent orders come upon each of them once. */
  private static final long STRIDE = 1_000_000_007;

  /** Odd: a multiple of it, cut to so many bits, is of one order alone. */
  private static final long SPREAD = 0x9E3779B97F4A7C15L;

  private static final long ID_BITS = (1L << 40) - 1;

  /** Refuses what would not come out even. */
  OrderHistory {
    long share = (long) OrdersTopic.PARTITIONS * ONE_IS_NEW_OF;
    if (keys <= 0 || keys % share != 0) {
      throw TributaryException.of(
          ErrorCode.SETTING_INVALID,
          "A batch of %d keys cannot be dealt out evenly.".formatted(keys),
          "Give a multiple of %d with --growth.keys.".formatted(share));
    }
    if (rows <= 0 || rows % (DAYS_A_FILL_BATCH * keys) != 0) {
      throw TributaryException.of(
          ErrorCode.SETTING_INVALID,
          "A table of %d rows cannot be filled in batches of %d."
              .formatted(rows, DAYS_A_FILL_BATCH * keys),
          "Give multiples of that with --growth.rows, or another number with --growth.keys.");
    }
  }

  /** How many orders a batch has with which the table is filled: whole days of them. */
  long keysOfFill() {
    return DAYS_A_FILL_BATCH * keys;
  }

  /** The number of the event after so many batches of changes. */
  long end(int batches) {
    return rows + batches * keys;
  }

  /** What has become of the events that fill the table. */
  PlanCounts filled() {
    return new PlanCounts(rows, rows, 0, 0, 0, 0, 0, 0, 0);
  }

  /** What has become of a batch of changes. */
  PlanCounts changed() {
    return new PlanCounts(keys, added(), keys - added(), 0, 0, 0, 0, 0, 0);
  }

  /** Which order the event is of, counted from the oldest. */
  long order(long event) {
    if (event < rows) {
      return event;
    }
    long batch = (event - rows) / keys;
    long inBatch = (event - rows) % keys;
    long next = rows + batch * added();
    long tens = inBatch / ONE_IS_NEW_OF;
    long rest = inBatch % ONE_IS_NEW_OF;
    if (rest == ONE_IS_NEW_OF - 1) {
      return next + tens;
    }
    long change = tens * (ONE_IS_NEW_OF - 1) + rest;
    return next - 1 - (batch + change * STRIDE) % (RECENT_DAYS * keys);
  }

  private long added() {
    return keys / ONE_IS_NEW_OF;
  }

  /**
   * When an order was made, epoch milliseconds; the first one that is new is the first of today.
   */
  private long created(long order) {
    return TODAY + Math.floorDiv((order - rows) * DAY, keys);
  }

  @Override
  public long timestamp(long event) {
    return event < rows ? created(event) : TODAY + DAY + event - rows;
  }

  @Override
  public byte[] key(long event) {
    return Long.toString(id(order(event))).getBytes(StandardCharsets.US_ASCII);
  }

  @Override
  public byte[] value(long event) {
    long order = order(event);
    return Orders.json(id(order), order, event, created(order), timestamp(event));
  }

  private static long id(long order) {
    return order * SPREAD & ID_BITS;
  }
}
