package dev.tributary.core.spec;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A column that a table is partitioned by: a declared one ({@code country}), or one that is derived
 * from a declared timestamp or date ({@code day(happened)}, {@code hour(happened) as hour}).
 *
 * @param name its name in the table
 * @param derivation how it comes from the column; empty: it is the column
 * @param column the declared column
 */
public record PartitionColumn(String name, Optional<Derivation> derivation, String column) {
  private static final Pattern DERIVED =
      Pattern.compile(
          "(year|month|day|hour)\\(\\s*([^()]+?)\\s*\\)(?:\\s+as\\s+([A-Za-z_][A-Za-z0-9_]*))?",
          Pattern.CASE_INSENSITIVE);

  /** How long the time is that a partition holds. */
  public enum Derivation {
    /** The year as an int: 2026. */
    YEAR("int"),
    /** The month as a string: 2026-11. */
    MONTH("string"),
    /** The day as a date. */
    DAY("date"),
    /** The hour as a string: 2026-11-21-08. */
    HOUR("string");

    private final String type;

    Derivation(String type) {
      this.type = type;
    }

    /** The type of the partition column. */
    public String type() {
      return type;
    }
  }

  /**
   * Reads one of {@code target.partitionBy}. Without {@code as} a derived column is called after
   * its column and derivation: {@code happened_day}.
   */
  public static PartitionColumn of(String text, List<ColumnSpec> columns) {
    Matcher derived = DERIVED.matcher(text);
    if (columns.stream().anyMatch(column -> column.name().equalsIgnoreCase(text))
        || !derived.matches()) {
      return new PartitionColumn(text, Optional.empty(), text);
    }
    String function = derived.group(1).toLowerCase(Locale.ROOT);
    String name = derived.group(3) == null ? derived.group(2) + "_" + function : derived.group(3);
    return new PartitionColumn(
        name, Optional.of(Derivation.valueOf(function.toUpperCase(Locale.ROOT))), derived.group(2));
  }
}
