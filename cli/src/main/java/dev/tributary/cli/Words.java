package dev.tributary.cli;

import java.time.Duration;
import java.util.Locale;

/** How commands write constants and lengths of time. */
final class Words {
  private Words() {}

  static String of(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /**
   * {@code 12 s}, {@code 5 min}, {@code 3 h}, {@code 9 d}: the largest unit that makes two or more.
   */
  static String of(Duration duration) {
    if (duration.toSeconds() < 120) {
      return duration.toSeconds() + " s";
    }
    if (duration.toMinutes() < 120) {
      return duration.toMinutes() + " min";
    }
    if (duration.toHours() < 48) {
      return duration.toHours() + " h";
    }
    return duration.toDays() + " d";
  }
}
