package dev.tributary.archive.spark;

import java.util.EnumSet;
import java.util.Set;
import org.apache.spark.sql.connector.catalog.SupportsRead;
import org.apache.spark.sql.connector.catalog.SupportsWrite;
import org.apache.spark.sql.connector.catalog.TableCapability;
import org.apache.spark.sql.connector.read.ScanBuilder;
import org.apache.spark.sql.connector.write.LogicalWriteInfo;
import org.apache.spark.sql.connector.write.WriteBuilder;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.util.CaseInsensitiveStringMap;

/** An archive as Spark sees it. Lives as long as a query, and keeps what is known of the logs. */
final class RawArchiveTable implements SupportsRead, SupportsWrite {
  private final CaseInsensitiveStringMap options;
  private final RowLayout layout;
  private final ArchiveLogs logs = new ArchiveLogs(HadoopSettings.ofSession());

  RawArchiveTable(CaseInsensitiveStringMap options) {
    this.options = options;
    this.layout = RowLayout.of(options);
  }

  @Override
  public String name() {
    return "raw-archive " + options.getOrDefault("path", "");
  }

  @Override
  @SuppressWarnings("deprecation")
  public StructType schema() {
    return layout.schema();
  }

  @Override
  public Set<TableCapability> capabilities() {
    return EnumSet.of(
        TableCapability.BATCH_READ,
        TableCapability.MICRO_BATCH_READ,
        TableCapability.BATCH_WRITE,
        TableCapability.STREAMING_WRITE,
        // The sink finds its columns by name and checks them itself.
        TableCapability.ACCEPT_ANY_SCHEMA);
  }

  @Override
  public ScanBuilder newScanBuilder(CaseInsensitiveStringMap readOptions) {
    return new ArchiveScanBuilder(readOptions, layout, logs);
  }

  @Override
  public WriteBuilder newWriteBuilder(LogicalWriteInfo info) {
    return new ArchiveWriteBuilder(info, logs);
  }
}
