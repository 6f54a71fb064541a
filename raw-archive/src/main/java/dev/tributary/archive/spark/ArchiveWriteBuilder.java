package dev.tributary.archive.spark;

import org.apache.spark.sql.connector.write.LogicalWriteInfo;
import org.apache.spark.sql.connector.write.Write;
import org.apache.spark.sql.connector.write.WriteBuilder;

/** Appends; there is no other way to write to an archive. */
final class ArchiveWriteBuilder implements WriteBuilder {
  private final LogicalWriteInfo info;
  private final ArchiveLogs logs;

  ArchiveWriteBuilder(LogicalWriteInfo info, ArchiveLogs logs) {
    this.info = info;
    this.logs = logs;
  }

  @Override
  public Write build() {
    // Refuses columns that cannot be archived before anything is read.
    SinkColumns.of(info.schema());
    return new ArchiveWrite(info.options(), info.schema(), logs);
  }
}
