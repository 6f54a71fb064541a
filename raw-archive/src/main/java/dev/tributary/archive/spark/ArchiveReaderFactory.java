package dev.tributary.archive.spark;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import dev.tributary.core.json.Json;
import dev.tributary.core.spec.ColumnSpec;
import dev.tributary.core.spec.UnknownFields;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.List;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.connector.read.InputPartition;
import org.apache.spark.sql.connector.read.PartitionReader;
import org.apache.spark.sql.connector.read.PartitionReaderFactory;
import org.apache.spark.sql.types.StructType;

/** Makes a task's reader, on an executor. */
final class ArchiveReaderFactory implements PartitionReaderFactory {
  private static final long serialVersionUID = 1L;

  private final StructType schema;
  private final String columns;
  private final UnknownFields unknownFields;
  private final HashMap<String, String> hadoop;

  ArchiveReaderFactory(RowLayout layout, StructType schema, HashMap<String, String> hadoop) {
    this.schema = schema;
    this.unknownFields = layout.unknownFields();
    this.hadoop = hadoop;
    try {
      this.columns = Json.mapper().writeValueAsString(layout.columns());
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public PartitionReader<InternalRow> createReader(InputPartition partition) {
    ScanTask task = ((ScanTask.Packed) partition).unpack();
    return new ArchivePartitionReader(
        task,
        new RowFiller(schema, declared(), unknownFields),
        new StoredSegments(task.files(), HadoopSettings.configuration(hadoop)));
  }

  private List<ColumnSpec> declared() {
    try {
      return Json.mapper().readValue(columns, new TypeReference<List<ColumnSpec>>() {});
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }
}
