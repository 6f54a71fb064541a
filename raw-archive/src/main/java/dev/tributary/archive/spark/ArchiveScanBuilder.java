package dev.tributary.archive.spark;

import org.apache.spark.sql.connector.read.Scan;
import org.apache.spark.sql.connector.read.ScanBuilder;
import org.apache.spark.sql.connector.read.SupportsPushDownRequiredColumns;
import org.apache.spark.sql.types.StructType;

final class ArchiveScanBuilder implements ScanBuilder, SupportsPushDownRequiredColumns {
  private final ReadOptions options;
  private final RowLayout layout;
  private final ArchiveLogs logs;
  private StructType schema;

  ArchiveScanBuilder(ReadOptions options, RowLayout layout, ArchiveLogs logs) {
    this.options = options;
    this.layout = layout;
    this.logs = logs;
    this.schema = layout.schema();
  }

  @Override
  public void pruneColumns(StructType required) {
    schema = layout.prune(required);
  }

  @Override
  public Scan build() {
    return new ArchiveScan(options, layout, schema, logs);
  }
}
