package dev.tributary.core.spec;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;

/**
 * Where in its source's archive a dataset begins. It is looked up once, when the dataset's first
 * version comes into force, and recorded in that plan's positions; later it changes nothing.
 */
public sealed interface ArchiveStart {
  /** With the archive's first entry. */
  record Earliest() implements ArchiveStart {}

  /** With what is taken into the archive after the first version has come into force. */
  record Now() implements ArchiveStart {}

  /**
   * With the first entry that was taken in at this time or later.
   *
   * @param time by the archive's ingest time
   */
  record At(Instant time) implements ArchiveStart {}

  /** Reads {@code earliest}, {@code now}, a date, or a time with its {@code Z}. */
  @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
  static ArchiveStart of(String text) {
    if ("earliest".equals(text)) {
      return new Earliest();
    }
    if ("now".equals(text)) {
      return new Now();
    }
    try {
      if (!text.matches("\\d{4}-.+")) {
        throw new DateTimeException("A year has four digits.");
      }
      return new At(
          text.indexOf('T') < 0
              ? LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant()
              : Instant.parse(text));
    } catch (DateTimeException e) {
      throw SpecChecks.invalid(
          "archiveStart",
          text,
          "Use earliest, now, a date such as 2026-01-31, or a time such as 2026-01-31T12:00:00Z.");
    }
  }

  /** The JSON form. */
  @JsonValue
  default String text() {
    if (this instanceof At at) {
      return at.time().toString();
    }
    return this instanceof Now ? "now" : "earliest";
  }
}
