package dev.tributary.core.spec;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** All columns of a dataset's table: the declared ones, and those that drivers add to them. */
public final class TableColumns {
  private TableColumns() {}

  /** The columns of a table that is created for this version. */
  public static List<ColumnSpec> of(DatasetSpec spec) {
    return of(spec, List.of());
  }

  /**
   * The columns of a table that stood under other versions before. What is declared no more was
   * dropped; what drivers added stays.
   *
   * @param earlier the versions that were in force before
   */
  public static List<ColumnSpec> of(DatasetSpec spec, List<DatasetSpec> earlier) {
    Map<String, ColumnSpec> columns = new LinkedHashMap<>();
    spec.columns().forEach(column -> put(columns, column));
    added(spec).forEach(column -> put(columns, column));
    earlier.forEach(before -> added(before).forEach(column -> put(columns, column)));
    return List.copyOf(columns.values());
  }

  private static void put(Map<String, ColumnSpec> columns, ColumnSpec column) {
    columns.putIfAbsent(column.name().toLowerCase(Locale.ROOT), column);
  }

  private static List<ColumnSpec> added(DatasetSpec spec) {
    List<ColumnSpec> columns = new ArrayList<>();
    for (PartitionColumn partition : spec.partitions()) {
      partition
          .derivation()
          .ifPresent(
              derivation ->
                  columns.add(
                      column(
                          partition.name(),
                          derivation.type(),
                          "The partition that comes from " + partition.column())));
    }
    if (spec.unknownFields().rescues()) {
      columns.add(
          column(
              spec.unknownFields().column(),
              "string",
              "The fields that no column is declared for, as JSON"));
    }
    CoordinatesSpec names = spec.coordinates();
    columns.add(column(names.topic(), "string", "Kafka topic"));
    columns.add(column(names.incarnation(), "int", "How often the topic was created again"));
    columns.add(column(names.partition(), "int", "Kafka partition"));
    columns.add(column(names.offset(), "bigint", "Kafka offset"));
    columns.add(column(names.timestamp(), "timestamp", "The record's own time"));
    columns.add(column(names.ingestTime(), "timestamp", "When the archive took it in"));
    columns.add(column(names.sequence(), "bigint", "The archive's entry that holds it"));
    if (spec.explodes()) {
      columns.add(column(names.row(), "int", "Which row of its record, from 0"));
    }
    if (spec.write().mode().keyed() && spec.write().deletes() == Deletes.SOFT) {
      columns.add(
          column("_deleted", "boolean", "Whether a delete was the last event, or is this one"));
    }
    if (spec.write().mode() == WriteMode.HISTORY) {
      String type = typeOf(spec, spec.write().orderBy().get(0));
      columns.add(column(HistoryColumns.VALID_FROM, type, "From when on the version was valid"));
      columns.add(
          column(HistoryColumns.VALID_TO, type, "Until when, exclusively; null: until now"));
      columns.add(column(HistoryColumns.CURRENT, "boolean", "Whether it is the last of its key"));
    }
    return columns;
  }

  private static String typeOf(DatasetSpec spec, String name) {
    return spec.columns().stream()
        .filter(column -> column.name().equalsIgnoreCase(name))
        .findFirst()
        .orElseThrow()
        .type();
  }

  private static ColumnSpec column(String name, String type, String comment) {
    return new ColumnSpec(name, type, null, null, Optional.of(comment));
  }
}
