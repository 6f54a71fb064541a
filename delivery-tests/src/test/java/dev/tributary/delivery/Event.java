package dev.tributary.delivery;

import dev.tributary.core.json.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

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
