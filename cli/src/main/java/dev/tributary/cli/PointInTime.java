package dev.tributary.cli;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A time that a person gives: an age, a day, or an instant. */
@FunctionalInterface
interface PointInTime {
  /** The instant that is meant at a given time. */
  Instant at(Instant now);

  /**
   * Reads {@code 90s}, {@code 5m}, {@code 2h}, {@code 7d}, a day in UTC, or an instant.
   *
   * @throws IllegalArgumentException with the remedy
   */
  static PointInTime parse(String text) {
    String given = text.strip();
    Matcher age = Pattern.compile("(\\d{1,6})([smhd])").matcher(given);
    if (age.matches()) {
      long number = Long.parseLong(age.group(1));
      Duration before =
          switch (age.group(2)) {
            case "s" -> Duration.ofSeconds(number);
            case "m" -> Duration.ofMinutes(number);
            case "h" -> Duration.ofHours(number);
            default -> Duration.ofDays(number);
          };
      return now -> now.minus(before);
    }
    try {
      Instant instant =
          given.contains("T")
              ? Instant.parse(given)
              : LocalDate.parse(given).atStartOfDay(ZoneOffset.UTC).toInstant();
      return now -> instant;
    } catch (DateTimeParseException e) {
      throw new IllegalArgumentException(
          "Use an age such as 2h or 7d, a day such as 2026-11-21 (UTC), or a time such as 2026-11-21T08:30:00Z.",
          e);
    }
  }
}
