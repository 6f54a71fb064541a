package dev.tributary.archive.spark;

import org.apache.spark.sql.connector.read.Scan;
import org.apache.spark.sql.connector.read.ScanBuilder;
import org.apache.spark.sql.connector.read.SupportsPushDownRequiredColumns;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.util.CaseInsensitiveStringMap;

final class ArchiveScanBuilder implements ScanBuilder, SupportsPushDownRequiredColumns {
  private final CaseInsensitiveStringMap given;
  private final ReadOptions options;
  private final RowLayout layout;
  private final ArchiveLogs logs;
  private StructType schema;

  ArchiveScanBuilder(CaseInsensitiveStringMap given, RowLayout layout, ArchiveLogs logs) {
    this.given = given;
    this.options = ReadOptions.of(given);
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
    return new ArchiveScan(given, options, layout, schema, logs);
  }
}
