package dev.tributary.benchmarks;

import dev.tributary.core.spec.ColumnSpec;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.BitSet;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The order events, about 258 bytes of JSON each, a function of their number alone. A quarter as
 * many orders as events, drawn at random: 2,000,000 events are of about 490,000 orders.
 */
final class Orders {
  static final List<ColumnSpec> COLUMNS =
      List.of(
          ColumnSpec.of("order_id", "bigint"),
          ColumnSpec.of("customer_id", "string"),
          ColumnSpec.of("status", "string"),
          ColumnSpec.of("amount", "decimal(12,2)"),
          ColumnSpec.of("currency", "string"),
          ColumnSpec.of("quantity", "int"),
          ColumnSpec.of("sku", "string"),
          ColumnSpec.of("warehouse", "string"),
          ColumnSpec.of("created_at", "timestamp"),
          ColumnSpec.of("updated_at", "timestamp"),
          ColumnSpec.of("express", "boolean"),
          ColumnSpec.of("discount", "double"));

  static final String KEY = "order_id";
  static final String ORDER = "updated_at";

  private static final long EPOCH = Instant.parse("2026-01-01T00:00:00Z").toEpochMilli();
  private static final int EVENTS_PER_ORDER = 4;
  private static final long SAMPLE = 10_000;
  private static final String[] STATUSES = {"created", "paid", "packed", "shipped", "delivered"};
  private static final String[] CURRENCIES = {"EUR", "USD", "GBP", "SEK"};

  private final long orders;

  Orders(long events) {
    this.orders = Math.max(1, events / EVENTS_PER_ORDER);
  }

  /** The columns as a Spark schema. */
  static String schema() {
    return COLUMNS.stream()
        .map(column -> column.name() + " " + column.type())
        .collect(Collectors.joining(", "));
  }

  /** Which order the event is of. */
  long order(long event) {
    return Long.remainderUnsigned(mix(event), orders);
  }

  /** How many orders the first so many events are of. */
  long keys(long events) {
    BitSet hit = new BitSet();
    for (long event = 0; event < events; event++) {
      hit.set(Math.toIntExact(order(event)));
    }
    return hit.cardinality();
  }

  /** The mean size of an event's JSON, of a sample. */
  double meanBytes(long events) {
    long step = Math.max(1, events / SAMPLE);
    long bytes = 0;
    long count = 0;
    for (long event = 0; event < events; event += step) {
      bytes += value(event, 0).length;
      count++;
    }
    return (double) bytes / count;
  }

  /**
   * So many events over and over, numbered on, each round with a later time of change.
   *
   * @param events of a round
   */
  NumberedEvents repeated(long events) {
    return new NumberedEvents() {
      @Override
      public long timestamp(long event) {
        return EPOCH + event % events;
      }

      @Override
      public byte[] key(long event) {
        return Long.toString(order(event % events)).getBytes(StandardCharsets.US_ASCII);
      }

      @Override
      public byte[] value(long event) {
        return Orders.this.value(event % events, event / events * events);
      }
    };
  }

  /**
   * The event's JSON.
   *
   * @param event which of the events; what belongs to the order follows from it
   * @param shift added to the time of the change, in milliseconds
   */
  byte[] value(long event, long shift) {
    long order = order(event);
    return json(order, order, event, EPOCH - order * 1_000, EPOCH + event + shift);
  }

  /**
   * An event's JSON.
   *
   * @param id the order's id
   * @param order what belongs to the order follows from it
   * @param event what belongs to the event alone follows from it
   * @param created epoch milliseconds
   * @param updated epoch milliseconds
   */
  static byte[] json(long id, long order, long event, long created, long updated) {
    long ofOrder = mix(~order);
    long ofEvent = mix(event + 7_919);
    long cents = Math.floorMod(ofOrder, 10_000_000L);
    StringBuilder json = new StringBuilder(300);
    json.append("{\"order_id\":").append(id);
    json.append(",\"customer_id\":\"c-").append(Math.floorMod(ofOrder >> 8, 900_000L) + 100_000);
    json.append("\",\"status\":\"").append(STATUSES[(int) Math.floorMod(ofEvent, 5L)]);
    json.append("\",\"amount\":").append(cents / 100).append('.');
    json.append((char) ('0' + cents % 100 / 10)).append((char) ('0' + cents % 10));
    json.append(",\"currency\":\"").append(CURRENCIES[(int) Math.floorMod(ofOrder >> 5, 4L)]);
    json.append("\",\"quantity\":").append(Math.floorMod(ofEvent >> 9, 20L) + 1);
    json.append(",\"sku\":\"SKU-").append(Math.floorMod(ofOrder >> 13, 90_000L) + 10_000);
    json.append("\",\"warehouse\":\"wh-").append(Math.floorMod(ofOrder >> 21, 40L) + 10);
    json.append("\",\"created_at\":\"").append(Instant.ofEpochMilli(created));
    json.append("\",\"updated_at\":\"").append(Instant.ofEpochMilli(updated));
    json.append("\",\"express\":").append((ofEvent & 1) == 0);
    json.append(",\"discount\":0.").append(Math.floorMod(ofEvent >> 17, 90L) + 10).append('}');
    return json.toString().getBytes(StandardCharsets.UTF_8);
  }

  /** SplitMix64: spreads the numbers that follow one another over all longs. */
  private static long mix(long number) {
    long z = number * 0x9E3779B97F4A7C15L + 0x9E3779B97F4A7C15L;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
