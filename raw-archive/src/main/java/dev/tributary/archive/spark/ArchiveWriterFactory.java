package dev.tributary.archive.spark;

import java.util.HashMap;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.connector.write.DataWriter;
import org.apache.spark.sql.connector.write.DataWriterFactory;
import org.apache.spark.sql.connector.write.streaming.StreamingDataWriterFactory;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.util.CaseInsensitiveStringMap;

/** Makes a task's writer, on an executor. */
final class ArchiveWriterFactory implements DataWriterFactory, StreamingDataWriterFactory {
  private static final long serialVersionUID = 1L;

  private final HashMap<String, String> options;
  private final StructType schema;
  private final byte[] start;
  private final HashMap<String, String> hadoop;

  ArchiveWriterFactory(
      CaseInsensitiveStringMap options,
      StructType schema,
      BatchStart start,
      HashMap<String, String> hadoop) {
    this.options = new HashMap<>(options.asCaseSensitiveMap());
    this.schema = schema;
    this.start = start.toJson();
    this.hadoop = hadoop;
  }

  @Override
  public DataWriter<InternalRow> createWriter(int partitionId, long taskId) {
    return new ArchiveDataWriter(
        SinkOptions.of(new CaseInsensitiveStringMap(options)),
        SinkColumns.of(schema),
        BatchStart.parse(start),
        new ArchiveLogs(hadoop));
  }

  @Override
  public DataWriter<InternalRow> createWriter(int partitionId, long taskId, long epochId) {
    return createWriter(partitionId, taskId);
  }
}
