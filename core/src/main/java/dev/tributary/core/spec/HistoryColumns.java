package dev.tributary.core.spec;

import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** The columns by which a history tells the versions of a key apart. */
public final class HistoryColumns {
  /** From when on the version was valid: what its event has in the first ordering column. */
  public static final String VALID_FROM = "_valid_from";

  /** Until when, exclusively: from when on the next one was; null while there is none. */
  public static final String VALID_TO = "_valid_to";

  /** Whether it is the last of its key, and no delete came after it. */
  public static final String CURRENT = "_current";

  private static final List<String> ALL = List.of(VALID_FROM, VALID_TO, CURRENT);
  private static final Pattern WITHOUT_ORDER =
      Pattern.compile("(?i)\\s*(array|map|struct|variant)\\b.*");

  private HistoryColumns() {}

  /** Refuses a history without a time, and other columns of these names. */
  static void require(
      WriteSpec write,
      List<ColumnSpec> columns,
      List<String> partitionBy,
      UnknownFieldsSpec unknownFields) {
    if (write.mode() != WriteMode.HISTORY) {
      return;
    }
    requireOrder(write, columns);
    columns.forEach(
        column ->
            requireFree(
                "columns", column.name(), "choose another and give its JSON field as path"));
    partitionBy.forEach(
        text ->
            requireFree(
                "target.partitionBy",
                PartitionColumn.of(text, columns).name(),
                "give the derived one another with 'as NAME'"));
    if (unknownFields.rescues()) {
      requireFree("unknownFields.column", unknownFields.column(), "choose another");
    }
  }

  private static void requireOrder(WriteSpec write, List<ColumnSpec> columns) {
    if (write.orderBy().isEmpty()) {
      throw SpecChecks.invalid(
          "write.orderBy",
          "[]",
          "A history needs an ordering column, whose values say from when on a version is valid:"
              + " name it here, before those that decide between events of one time.");
    }
    String first = write.orderBy().get(0);
    Optional<ColumnSpec> unordered =
        columns.stream()
            .filter(column -> column.name().equalsIgnoreCase(first))
            .filter(column -> WITHOUT_ORDER.matcher(column.type()).matches())
            .findFirst();
    unordered.ifPresent(
        column -> {
          throw SpecChecks.invalid(
              "write.orderBy",
              first,
              "It is of type %s, which is no time; begin with a timestamp, a date or a number."
                  .formatted(column.type()));
        });
  }

  static boolean isOne(String name) {
    return ALL.stream().anyMatch(name::equalsIgnoreCase);
  }

  private static void requireFree(String field, String name, String remedy) {
    if (isOne(name)) {
      throw SpecChecks.invalid(
          field, name, "A history has the columns %s of its own; %s.".formatted(ALL, remedy));
    }
  }
}
