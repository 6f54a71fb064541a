package dev.tributary.core.settings;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Text to typed values. Each throws IllegalArgumentException with the remedy as its message. */
final class ValueParsers {
  private static final Pattern DURATION = Pattern.compile("(\\d{1,15})(ms|s|m|h|d)");
  private static final Pattern BYTES =
      Pattern.compile("(\\d{1,18})([kmgt]?)(i?b)?", Pattern.CASE_INSENSITIVE);

  private ValueParsers() {}

  static long wholeNumber(String text, long min, long max) {
    String remedy = "Use a whole number from %d to %d.".formatted(min, max);
    try {
      long number = Long.parseLong(text.trim());
      if (number < min || number > max) {
        throw new IllegalArgumentException(remedy);
      }
      return number;
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(remedy, e);
    }
  }

  static boolean truth(String text) {
    return switch (text.trim().toLowerCase(Locale.ROOT)) {
      case "true" -> true;
      case "false" -> false;
      default -> throw new IllegalArgumentException("Use true or false.");
    };
  }

  static Duration duration(String text) {
    if (text.trim().equals("0")) {
      return Duration.ZERO;
    }
    String remedy = "Use a number and a unit: 500ms, 10s, 5m, 2h or 7d.";
    Matcher matcher = DURATION.matcher(text.trim().toLowerCase(Locale.ROOT));
    if (!matcher.matches()) {
      throw new IllegalArgumentException(remedy);
    }
    long number = Long.parseLong(matcher.group(1));
    try {
      return switch (matcher.group(2)) {
        case "ms" -> Duration.ofMillis(number);
        case "s" -> Duration.ofSeconds(number);
        case "m" -> Duration.ofMinutes(number);
        case "h" -> Duration.ofHours(number);
        default -> Duration.ofDays(number);
      };
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException(remedy, e);
    }
  }

  static long bytes(String text) {
    String remedy = "Use a number of bytes, or one with k, m, g or t: 512m.";
    Matcher matcher = BYTES.matcher(text.trim());
    if (!matcher.matches()) {
      throw new IllegalArgumentException(remedy);
    }
    String unit = matcher.group(2).toLowerCase(Locale.ROOT);
    int shift = unit.isEmpty() ? 0 : 10 * ("kmgt".indexOf(unit) + 1);
    try {
      return Math.multiplyExact(Long.parseLong(matcher.group(1)), 1L << shift);
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException(remedy, e);
    }
  }

  static URI uri(String text) {
    String remedy = "Use a URI with its scheme, such as http://host:8080 or s3a://bucket/path.";
    try {
      URI uri = new URI(text.trim());
      if (uri.getScheme() == null) {
        throw new IllegalArgumentException(remedy);
      }
      return uri;
    } catch (URISyntaxException e) {
      throw new IllegalArgumentException(remedy, e);
    }
  }

  static Path path(String text) {
    try {
      return Path.of(text.trim());
    } catch (InvalidPathException e) {
      throw new IllegalArgumentException("Use a path of the local file system.", e);
    }
  }
}
