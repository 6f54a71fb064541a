package dev.tributary.benchmarks;

import dev.tributary.core.metastore.MetastoreAdmin;
import dev.tributary.core.spec.ArchiveSpec;
import dev.tributary.core.spec.BatchSpec;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.SourceSpec;
import dev.tributary.core.spec.TargetSpec;
import dev.tributary.core.spec.WriteMode;
import dev.tributary.core.spec.WriteSpec;
import java.util.List;

/** Registers the sources and datasets that the product's drivers run. */
final class Pipelines {
  private final MetastoreAdmin metastore;
  private final String bootstrapServers;

  Pipelines(MetastoreAdmin metastore, String bootstrapServers) {
    this.metastore = metastore;
    this.bootstrapServers = bootstrapServers;
  }

  void source(String name, String topic, String archive, BatchSpec batch) {
    metastore.putSource(
        new SourceSpec(
            name,
            bootstrapServers,
            List.of(topic),
            null,
            null,
            null,
            new ArchiveSpec(archive, null, null, null),
            batch,
            null,
            null));
  }

  void append(String name, String source, String table) {
    metastore.putDataset(dataset(name, source, table, WriteSpec.append(), null));
  }

  /** Batches of so many records, each a manifest entry of the archive. */
  void upsert(String name, String source, String table, long batchRecords) {
    WriteSpec write =
        new WriteSpec(WriteMode.UPSERT, List.of(Orders.KEY), List.of(Orders.ORDER), null, null);
    metastore.putDataset(dataset(name, source, table, write, batchRecords));
  }

  /** The same into a table that is partitioned by the day of an order. */
  void changes(String name, String source, String table, long batchRecords) {
    WriteSpec write =
        new WriteSpec(WriteMode.UPSERT, OrderHistory.KEY, List.of(Orders.ORDER), null, null);
    DatasetSpec dataset = dataset(name, source, table, write, batchRecords);
    metastore.putDataset(
        dataset.withTarget(dataset.target().withPartitionBy(OrderHistory.PARTITIONS)));
  }

  private static DatasetSpec dataset(
      String name, String source, String table, WriteSpec write, Long batchRecords) {
    return new DatasetSpec(
        name,
        source,
        null,
        new TargetSpec(table, null, null),
        Orders.COLUMNS,
        write,
        null,
        null,
        batchRecords,
        null);
  }
}
