package dev.tributary.metastore.change;

import static dev.tributary.metastore.change.Documents.refused;

import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.WriteMode;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Refuses Delta table properties under which drivers could not keep what they promise. All others
 * are Delta's to judge, before a version is put into force.
 */
final class TableProperties {
  private static final Pattern INTERVAL =
      Pattern.compile("(?:interval\\s+)?(\\d{1,6})\\s+(hour|day|week)s?", Pattern.CASE_INSENSITIVE);
  private static final long HOURS_OF_LOG = 24;

  private TableProperties() {}

  static void require(DatasetSpec dataset) {
    dataset
        .target()
        .properties()
        .forEach((name, value) -> require(dataset, name.toLowerCase(Locale.ROOT), name, value));
  }

  private static void require(DatasetSpec dataset, String folded, String name, String value) {
    if (folded.startsWith("tributary.")) {
      throw wrong(name, value, "Drivers keep their own properties under this prefix.");
    }
    if (folded.equals("delta.settransactionretentionduration")) {
      throw wrong(name, value, "Delta would forget which plans the table bears.");
    }
    if (folded.startsWith("delta.coordinatedcommits.")
        || folded.startsWith("delta.feature.catalog")) {
      throw wrong(name, value, "Drivers commit to the table's own log and know no other.");
    }
    if (folded.equals("delta.columnmapping.mode") && !value.equals("name")) {
      throw wrong(name, value, "Columns are renamed and dropped by the mode 'name'.");
    }
    if (folded.equals("delta.appendonly")
        && value.equalsIgnoreCase("true")
        && dataset.write().mode().keyed()) {
      throw wrong(
          name,
          value,
          "%s changes rows."
              .formatted(dataset.write().mode() == WriteMode.UPSERT ? "An upsert" : "A history"));
    }
    if (folded.equals("delta.enabledeletionvectors")
        && dataset.target().mergeStrategy().isPresent()) {
      throw wrong(name, value, "target.mergeStrategy says it already.");
    }
    if (folded.equals("delta.logretentionduration") && hours(value) < HOURS_OF_LOG) {
      throw wrong(
          name,
          value,
          "A run that finishes another's plan looks for its commit in the table's log: keep that"
              + " for a day at least.");
    }
  }

  /** What is no interval is Delta's to refuse. */
  private static long hours(String interval) {
    Matcher matcher = INTERVAL.matcher(interval.trim());
    if (!matcher.matches()) {
      return interval.matches("(?i).*(minute|second).*") ? 0 : Long.MAX_VALUE;
    }
    long hours =
        Map.of("hour", 1L, "day", 24L, "week", 168L).get(matcher.group(2).toLowerCase(Locale.ROOT));
    return Long.parseLong(matcher.group(1)) * hours;
  }

  private static RuntimeException wrong(String name, String value, String reason) {
    return refused(
        "/target/properties/" + name.replace("~", "~0").replace("/", "~1"),
        "The table property %s cannot be '%s'. %s".formatted(name, value, reason),
        "Leave it out.");
  }
}
