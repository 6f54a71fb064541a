package dev.tributary.core.spec;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * When a dataset's rows happened, and how far that may be from when they were ingested, so that it
 * comes out the same however late a plan is done. A row without an event time is neither late nor
 * ahead, but unusable.
 *
 * @param column a declared column of type timestamp or date
 * @param latenessMillis how long after it happened a row is ingested at most; of a date, the day
 *     counts; absent: it is never late
 * @param late what becomes of a row that is ingested later, which may have a table of its own; warn
 *     unless it is given
 * @param aheadMillis how long before it happened, by the clocks of those who sent it, a row is
 *     ingested at most; absent: it is never ahead
 * @param ahead what becomes of a row that is further ahead; warn unless it is given
 * @param unusable what becomes of a row without an event time, and of one whose event time nobody
 *     can mean; empty: it is written as any other, as by releases that do not know the field
 */
public record EventTimeSpec(
    String column,
    Optional<Long> latenessMillis,
    CheckPolicy late,
    Optional<Long> aheadMillis,
    CheckPolicy ahead,
    Optional<CheckPolicy> unusable) {
  private static final String FIELD = "checks.eventTime";

  /** What the table of late rows has beside the columns of the table. */
  private static final Set<String> OF_LATE_ROWS =
      Set.of("_plan", "_generation", "_dataset_version");

  /** A hundred years. */
  private static final long LONGEST = 36_525L * 24 * 60 * 60 * 1_000;

  /** Fills in defaults and refuses one that nothing is late or ahead by. */
  public EventTimeSpec {
    column = SpecChecks.required(FIELD + ".column", column);
    latenessMillis = latenessMillis == null ? Optional.empty() : latenessMillis;
    aheadMillis = aheadMillis == null ? Optional.empty() : aheadMillis;
    late = late == null ? CheckPolicy.WARN : late;
    ahead = CheckPolicy.notOfLateRows(FIELD + ".ahead", ahead == null ? CheckPolicy.WARN : ahead);
    unusable =
        unusable == null
            ? Optional.empty()
            : unusable.map(given -> CheckPolicy.notOfLateRows(FIELD + ".unusable", given));
    SpecChecks.range(FIELD + ".latenessMillis", latenessMillis, 0, LONGEST);
    SpecChecks.range(FIELD + ".aheadMillis", aheadMillis, 0, LONGEST);
    if (latenessMillis.isEmpty() && aheadMillis.isEmpty()) {
      throw SpecChecks.invalid(
          FIELD, column, "Give latenessMillis, aheadMillis or both, or leave eventTime out.");
    }
  }

  /** One that writes what is unusable. */
  public EventTimeSpec(
      String column,
      Optional<Long> latenessMillis,
      CheckPolicy late,
      Optional<Long> aheadMillis,
      CheckPolicy ahead) {
    this(column, latenessMillis, late, aheadMillis, ahead, Optional.empty());
  }

  /** Whether rows that are late have a table of their own. */
  public boolean routesLate() {
    return late == CheckPolicy.TABLE && latenessMillis.isPresent();
  }

  void requireDeclared(List<ColumnSpec> columns) {
    if (routesLate()) {
      columns.stream()
          .map(ColumnSpec::name)
          .filter(name -> OF_LATE_ROWS.contains(name.toLowerCase(Locale.ROOT)))
          .findFirst()
          .ifPresent(
              name -> {
                throw SpecChecks.invalid(
                    "columns",
                    name,
                    "The table of late rows has a column of this name; choose another and give its"
                        + " JSON field as path.");
              });
    }
    SpecChecks.declared(FIELD + ".column", List.of(column), columns);
    if (type(columns).isEmpty()) {
      throw SpecChecks.invalid(
          FIELD + ".column", column, "Name a column of type timestamp or date.");
    }
  }

  /** Whether it is a date among these columns, rather than a timestamp. */
  public boolean isDate(List<ColumnSpec> columns) {
    return type(columns).filter("date"::equalsIgnoreCase).isPresent();
  }

  private Optional<String> type(List<ColumnSpec> columns) {
    return columns.stream()
        .filter(declared -> declared.name().equalsIgnoreCase(column))
        .map(declared -> declared.type().trim())
        .filter(type -> type.matches("(?i)timestamp|date"))
        .findFirst();
  }
}
