package dev.tributary.streaming;

import java.time.Duration;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.sql.streaming.Trigger;

/** What starts a batch. */
public sealed interface TriggerSpec {
  /** All that is there at the start, in as many batches as that takes; then the run ends. */
  record AvailableNow() implements TriggerSpec {
    @Override
    public Trigger toSpark() {
      return Trigger.AvailableNow();
    }
  }

  /** A batch every {@code interval}; 0: one after the other. */
  record Every(Duration interval) implements TriggerSpec {
    @Override
    public Trigger toSpark() {
      return Trigger.ProcessingTime(interval.toMillis());
    }
  }

  /** Spark's form of it. */
  Trigger toSpark();

  /** Reads {@code available-now} or a duration such as {@code 500ms}, {@code 10s}, {@code 5m}. */
  static TriggerSpec parse(String text) {
    String trimmed = text.trim().toLowerCase(Locale.ROOT);
    if (trimmed.equals("available-now")) {
      return new AvailableNow();
    }
    if (trimmed.equals("0")) {
      return new Every(Duration.ZERO);
    }
    Matcher matcher = Pattern.compile("(\\d{1,9})(ms|s|m|h)").matcher(trimmed);
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          "Use available-now, or a number and a unit: 500ms, 10s, 5m, 1h.");
    }
    long number = Long.parseLong(matcher.group(1));
    return new Every(
        switch (matcher.group(2)) {
          case "ms" -> Duration.ofMillis(number);
          case "s" -> Duration.ofSeconds(number);
          case "m" -> Duration.ofMinutes(number);
          default -> Duration.ofHours(number);
        });
  }
}
