package dev.tributary.core.spec;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * The columns in which a dataset of change events keeps what happened to each row. They are
 * ordinary columns of the dataset, declared by their format where nobody declares them.
 */
public final class ChangeEventColumns {
  /** What happened: {@code c}, {@code u}, {@code d} or {@code r}. */
  public static final String OP = "_cdc_op";

  /** When it happened at the source, epoch milliseconds. */
  public static final String TIME = "_cdc_ts_ms";

  /** Where in the source's log it stands, as text that sorts as the log does. */
  public static final String POSITION = "_cdc_position";

  /** What {@link #OP} holds for a delete. */
  public static final String DELETE = "d";

  private static final String DELETED = OP + " = '" + DELETE + "'";
  private static final List<ColumnSpec> ALL =
      List.of(
          column(OP, "string", "What happened to the row: c, u, d or r."),
          column(TIME, "bigint", "When it happened at the source, epoch milliseconds."),
          column(
              POSITION, "string", "Where in the source's log it stands; sorts as the log does."));

  /** All of them. */
  public static final Set<String> NAMES = Set.of(OP, TIME, POSITION);

  private ChangeEventColumns() {}

  private static ColumnSpec column(String name, String type, String comment) {
    return new ColumnSpec(name, type, null, null, Optional.of(comment));
  }

  /** Whether a dataset has this column because of its format. */
  public static boolean hasByFormat(DatasetSpec dataset, String column) {
    return dataset.format() == PayloadFormat.DEBEZIUM && isOne(column);
  }

  private static boolean isOne(String column) {
    return ALL.stream().anyMatch(each -> each.name().equalsIgnoreCase(column));
  }

  /** The columns, and those of the format that are not among them. */
  static List<ColumnSpec> added(PayloadFormat format, List<ColumnSpec> columns) {
    if (format != PayloadFormat.DEBEZIUM || columns == null || columns.isEmpty()) {
      return columns;
    }
    List<ColumnSpec> all = new ArrayList<>(columns);
    for (ColumnSpec own : ALL) {
      Optional<ColumnSpec> declared =
          columns.stream().filter(column -> column.name().equalsIgnoreCase(own.name())).findFirst();
      declared.ifPresentOrElse(column -> requireSame(own, column), () -> all.add(own));
    }
    return all;
  }

  private static void requireSame(ColumnSpec own, ColumnSpec declared) {
    boolean elsewhere = declared.path().filter(path -> !path.equals(own.name())).isPresent();
    if (!declared.name().equals(own.name())
        || !declared.type().trim().equalsIgnoreCase(own.type())
        || elsewhere) {
      throw SpecChecks.invalid(
          "columns",
          "%s %s".formatted(declared.name(), declared.type()),
          "The format debezium fills the column %s of type %s: declare it so, without a path, or leave it out."
              .formatted(own.name(), own.type()));
    }
  }

  /** How change events are merged, where nothing else is said: by position, deletes by op. */
  static WriteSpec merged(PayloadFormat format, WriteSpec write) {
    if (format != PayloadFormat.DEBEZIUM || !write.mode().keyed()) {
      return write;
    }
    write
        .deleteWhen()
        .filter(predicate -> !predicate.toLowerCase(Locale.ROOT).contains(OP))
        .ifPresent(
            predicate -> {
              throw SpecChecks.invalid(
                  "write.deleteWhen",
                  predicate,
                  "It makes rows of the source's deletes. Leave it out, or add: or %s."
                      .formatted(DELETED));
            });
    return new WriteSpec(
        write.mode(),
        write.primaryKey(),
        write.orderBy().isEmpty() ? order(write.mode()) : write.orderBy(),
        write.deletes(),
        Optional.of(write.deleteWhen().orElse(DELETED)));
  }

  /** A version is valid from a time on, and not from a position in a log. */
  private static List<String> order(WriteMode mode) {
    return mode == WriteMode.HISTORY ? List.of(TIME, POSITION) : List.of(POSITION);
  }
}
