package dev.tributary.core.infer;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.math.BigDecimal;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What kinds of JSON values stood at one place, and how long its numbers are; no value of them.
 *
 * @param counts how many of each kind
 * @param integerDigits the most digits of a number before the point
 * @param scale the most digits of a number after the point, without trailing zeros
 * @param digits the most digits of a number, from its first that is not zero
 * @param beyondLong whether a whole number is one that a bigint cannot hold
 */
public record ValueTypes(
    Map<Kind, Long> counts, int integerDigits, int scale, int digits, boolean beyondLong) {
  /** Nothing yet. */
  public static final ValueTypes NONE = new ValueTypes(Map.of(), 0, 0, 0, false);

  private static final Pattern DECIMAL =
      Pattern.compile("decimal\\(\\s*(\\d+)\\s*(?:,\\s*(\\d+)\\s*)?\\)");
  private static final List<String> INTS =
      List.of("tinyint", "byte", "smallint", "short", "int", "integer");
  private static final List<String> BIGINTS = List.of("bigint", "long");
  private static final Set<Kind> NUMBERS = EnumSet.of(Kind.INTEGER, Kind.FRACTION);

  /** All that a decimal has. */
  private static final int MOST_DIGITS = 38;

  /** As many digits before the point as a bigint may have, which Delta demands of its decimal. */
  private static final int LONG_DIGITS = 20;

  /** A double gives back every number of so many digits. */
  private static final int EXACT_DIGITS = 15;

  private static final int MOST_EXPONENT = 300;

  /** More digits than any type has. */
  private static final int ENDLESS = 1_000_000;

  /** A kind of JSON value. */
  public enum Kind {
    /** Nothing. */
    @JsonProperty("null")
    NULL,
    /** True or false. */
    @JsonProperty("boolean")
    BOOLEAN,
    /** A number without a fraction, however it is written. */
    @JsonProperty("integer")
    INTEGER,
    /** Any other number. */
    @JsonProperty("fraction")
    FRACTION,
    /** A string. */
    @JsonProperty("string")
    STRING,
    /** An object. */
    @JsonProperty("object")
    OBJECT,
    /** An array. */
    @JsonProperty("array")
    ARRAY;

    /** As it stands in JSON. */
    public String text() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** Copies the counts. */
  public ValueTypes {
    Map<Kind, Long> copy = new EnumMap<>(Kind.class);
    copy.putAll(counts);
    counts = Collections.unmodifiableMap(copy);
  }

  /** One value that is no number. */
  public static ValueTypes of(Kind kind) {
    return new ValueTypes(Map.of(kind, 1L), 0, 0, 0, false);
  }

  /** One number. */
  public static ValueTypes number(BigDecimal number) {
    BigDecimal plain = number.stripTrailingZeros();
    int scale = Math.min(ENDLESS, Math.max(0, plain.scale()));
    int integerDigits = Math.min(ENDLESS, Math.max(0, plain.precision() - plain.scale()));
    boolean beyond =
        scale == 0
            && (integerDigits > 19
                || plain.compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) > 0
                || plain.compareTo(BigDecimal.valueOf(Long.MIN_VALUE)) < 0);
    return new ValueTypes(
        Map.of(scale > 0 ? Kind.FRACTION : Kind.INTEGER, 1L),
        integerDigits,
        scale,
        plain.precision(),
        beyond);
  }

  /** One number that is too long or too great to be looked at. */
  public static ValueTypes endlessNumber() {
    return new ValueTypes(Map.of(Kind.FRACTION, 1L), ENDLESS, ENDLESS, ENDLESS, true);
  }

  /** These and others. */
  public ValueTypes plus(ValueTypes other) {
    Map<Kind, Long> sum = new EnumMap<>(Kind.class);
    sum.putAll(counts);
    other.counts.forEach((kind, count) -> sum.merge(kind, count, Long::sum));
    return new ValueTypes(
        sum,
        Math.max(integerDigits, other.integerDigits),
        Math.max(scale, other.scale),
        Math.max(digits, other.digits),
        beyondLong || other.beyondLong);
  }

  /**
   * The type of a column that takes all of them as they are; empty: they are all null, which says
   * nothing. Objects and arrays, and values of several kinds, are text: a {@code string} takes
   * every value as it stands, and nothing that comes later can fail to fit.
   */
  public Optional<String> type() {
    Set<Kind> kinds = EnumSet.noneOf(Kind.class);
    kinds.addAll(counts.keySet());
    kinds.remove(Kind.NULL);
    if (kinds.isEmpty()) {
      return Optional.empty();
    }
    if (NUMBERS.containsAll(kinds)) {
      return Optional.of(number());
    }
    return Optional.of(kinds.equals(EnumSet.of(Kind.BOOLEAN)) ? "boolean" : "string");
  }

  private String number() {
    if (!counts.containsKey(Kind.FRACTION)) {
      return beyondLong ? decimal().orElse("string") : "bigint";
    }
    return exactAsDouble() ? "double" : decimal().orElse("string");
  }

  private boolean exactAsDouble() {
    return digits <= EXACT_DIGITS && integerDigits <= MOST_EXPONENT && scale <= MOST_EXPONENT;
  }

  /** A decimal for all numbers; empty: none has room for them. */
  private Optional<String> decimal() {
    return decimal(Math.max(LONG_DIGITS, integerDigits), scale);
  }

  /**
   * What a column of whole numbers or decimals can be widened to in Delta, without touching a file,
   * so that it takes these numbers too, none of which it takes now; empty: nothing. Values of other
   * kinds are not looked at.
   */
  public Optional<String> widened(String type) {
    if (counts.keySet().stream().noneMatch(NUMBERS::contains)) {
      return Optional.empty();
    }
    String from = type.trim().toLowerCase(Locale.ROOT);
    if (BIGINTS.contains(from)) {
      return decimal();
    }
    if (INTS.contains(from)) {
      if (!counts.containsKey(Kind.FRACTION) && !beyondLong) {
        return Optional.of("bigint");
      }
      return counts.containsKey(Kind.FRACTION) && exactAsDouble()
          ? Optional.of("double")
          : decimal();
    }
    Matcher decimal = DECIMAL.matcher(from);
    if (!decimal.matches()) {
      return Optional.empty();
    }
    int precision = Integer.parseInt(decimal.group(1));
    int after = decimal.group(2) == null ? 0 : Integer.parseInt(decimal.group(2));
    return decimal(Math.max(precision - after, integerDigits), Math.max(after, scale));
  }

  private static Optional<String> decimal(int before, int after) {
    return before + after > MOST_DIGITS
        ? Optional.empty()
        : Optional.of("decimal(%d,%d)".formatted(before + after, after));
  }
}
