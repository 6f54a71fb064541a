package dev.tributary.delivery;

import dev.tributary.core.json.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;

/**
 * What the records of these tests say, with all that makes tables hard to get right: keys that
 * repeat, events of a key that arrive in the wrong order, deletes, and records that do not fit.
 *
 * @param id the key of the upsert table
 * @param n which event of the key is newer; unique
 * @param gone whether it deletes
 */
record Event(String id, long n, boolean gone) {
  private static final int KEYS = 97;

  /** The value of the record with the given serial number. */
  static String value(int serial) {
    if (serial % 16 == 5) {
      return "{\"id\":\"%s\",\"n\":\"not a number\"}".formatted(id(serial));
    }
    // Of each two events of a key the newer one is sent first.
    int occurrence = (serial / KEYS) ^ 1;
    return "{\"id\":\"%s\",\"n\":%d,\"gone\":%s}"
        .formatted(id(serial), occurrence * KEYS + serial % KEYS, serial % 7 == 3);
  }

  static String id(int serial) {
    return "k" + serial % KEYS;
  }

  /** Kafka's key of a record; null: it has none, so that events of one row meet in partitions. */
  static byte[] key(int serial) {
    if (serial % 3 == 0) {
      return null;
    }
    byte[] id = id(serial).getBytes(StandardCharsets.UTF_8);
    if (serial % 11 == 4) {
      // No UTF-8.
      id[0] = (byte) 0xff;
    }
    return id;
  }

  /** No header, one, or several: names that repeat, bytes that are no text, none at all. */
  static List<Header> headers(int serial) {
    byte[] text = id(serial).getBytes(StandardCharsets.UTF_8);
    return switch (serial % 4) {
      case 0 -> List.of();
      case 1 -> List.of(new RecordHeader("id", text));
      case 2 -> List.of(new RecordHeader("id", text), new RecordHeader("id", (byte[]) null));
      default -> List.of(new RecordHeader("\u00e4", new byte[] {0, (byte) serial, -1}));
    };
  }

  /** What a table makes of a value; empty: it goes to quarantine. */
  static Optional<Event> of(byte[] value) {
    try {
      var document = Json.mapper().readTree(new String(value, StandardCharsets.UTF_8));
      if (!document.path("n").isIntegralNumber()) {
        return Optional.empty();
      }
      return Optional.of(
          new Event(
              document.path("id").asText(),
              document.path("n").asLong(),
              document.path("gone").asBoolean()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
