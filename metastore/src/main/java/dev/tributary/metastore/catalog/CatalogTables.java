package dev.tributary.metastore.catalog;

import dev.tributary.core.json.Json;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.Deletes;
import dev.tributary.core.spec.HistoryColumns;
import dev.tributary.core.spec.SpecState;
import dev.tributary.core.spec.WriteMode;
import dev.tributary.metastore.catalog.CatalogTable.Column;
import dev.tributary.metastore.catalog.CatalogTable.Lifecycle;
import dev.tributary.metastore.store.CatalogRepository.Due;
import dev.tributary.metastore.store.Database;
import dev.tributary.metastore.store.DatasetRepository;
import dev.tributary.metastore.store.StoredDataset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Describes tables as drivers make them: the declared columns, and those of the platform. */
final class CatalogTables {
  private final Database database;
  private final DatasetRepository datasets = new DatasetRepository();

  CatalogTables(Database database) {
    this.database = database;
  }

  /** What the catalog is to say; of a retired dataset what its table was last. */
  CatalogTable of(Due due) {
    StoredDataset noted =
        database.read(
            connection -> datasets.find(connection, due.dataset(), due.version()).orElseThrow());
    DatasetSpec spec = spec(noted);
    if (spec.state() != SpecState.RETIRED) {
      return table(spec, due, Lifecycle.ACTIVE);
    }
    Optional<StoredDataset> inForce =
        database.read(connection -> datasets.inForce(connection, due.dataset()));
    return table(inForce.map(CatalogTables::spec).orElse(spec), due, Lifecycle.RETIRED);
  }

  private static DatasetSpec spec(StoredDataset dataset) {
    return Json.read(dataset.spec().getBytes(StandardCharsets.UTF_8), DatasetSpec.class);
  }

  private static CatalogTable table(DatasetSpec spec, Due due, Lifecycle lifecycle) {
    List<Column> columns = new ArrayList<>();
    spec.columns()
        .forEach(column -> columns.add(new Column(column.name(), column.type(), column.comment())));
    spec.partitions()
        .forEach(
            partition ->
                partition
                    .derivation()
                    .ifPresent(
                        derivation ->
                            columns.add(
                                ours(
                                    partition.name(),
                                    derivation.type(),
                                    "The partition that comes from " + partition.column()))));
    if (spec.unknownFields().rescues()) {
      columns.add(
          ours(
              spec.unknownFields().column(),
              "string",
              "The fields that no column is declared for, as JSON"));
    }
    columns.add(ours("_topic", "string", "Kafka topic"));
    columns.add(ours("_incarnation", "int", "How often the topic was created again"));
    columns.add(ours("_partition", "int", "Kafka partition"));
    columns.add(ours("_offset", "bigint", "Kafka offset"));
    columns.add(ours("_timestamp", "timestamp", "The record's own time"));
    columns.add(ours("_ingest_time", "timestamp", "When the archive took it in"));
    columns.add(ours("_sequence", "bigint", "The archive's entry that holds it"));
    if (spec.explodes()) {
      columns.add(ours("_row", "int", "Which row of its record, from 0"));
    }
    if (spec.write().mode() == WriteMode.UPSERT && spec.write().deletes() == Deletes.SOFT) {
      columns.add(ours("_deleted", "boolean", "Whether a delete was the last event of its key"));
    }
    if (spec.write().mode() == WriteMode.HISTORY) {
      columns.addAll(ofHistory(spec));
    }
    return new CatalogTable(spec.name(), due.version(), spec.target().path(), columns, lifecycle);
  }

  private static List<Column> ofHistory(DatasetSpec spec) {
    String time = spec.write().orderBy().get(0);
    String type =
        spec.columns().stream()
            .filter(column -> column.name().equalsIgnoreCase(time))
            .findFirst()
            .orElseThrow()
            .type();
    List<Column> columns = new ArrayList<>();
    if (spec.write().deletes() == Deletes.SOFT) {
      columns.add(ours("_deleted", "boolean", "Whether the version is a delete"));
    }
    columns.add(ours(HistoryColumns.VALID_FROM, type, "From when on the version was valid"));
    columns.add(ours(HistoryColumns.VALID_TO, type, "Until when, exclusively; null: until now"));
    columns.add(ours(HistoryColumns.CURRENT, "boolean", "Whether it is the last of its key"));
    return columns;
  }

  private static Column ours(String name, String type, String comment) {
    return new Column(name, type, Optional.of(comment));
  }
}
