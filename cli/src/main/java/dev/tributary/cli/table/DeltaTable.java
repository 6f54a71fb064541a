package dev.tributary.cli.table;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.delta.kernel.Snapshot;
import io.delta.kernel.internal.actions.Protocol;
import io.delta.kernel.types.FieldMetadata;
import io.delta.kernel.types.StructField;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * What a version of a Delta table is.
 *
 * @param location its URI
 * @param version Delta's
 * @param committedAt when that version was committed, epoch milliseconds
 * @param minReaderVersion of its protocol
 * @param minWriterVersion of its protocol
 * @param features of its protocol, by name
 * @param size what it holds
 * @param columns in their order
 * @param partitionBy the partition columns
 * @param properties the table properties; the values of those whose name speaks of a secret are
 *     masked
 */
public record DeltaTable(
    String location,
    long version,
    long committedAt,
    int minReaderVersion,
    int minWriterVersion,
    List<String> features,
    @JsonUnwrapped Size size,
    List<Column> columns,
    List<String> partitionBy,
    Map<String, String> properties) {
  private static final String COMMENT = "comment";
  private static final Pattern SECRET =
      Pattern.compile("password|passwd|secret|token|credential", Pattern.CASE_INSENSITIVE);

  /** Copies the collections. */
  public DeltaTable {
    features = List.copyOf(features);
    columns = List.copyOf(columns);
    partitionBy = List.copyOf(partitionBy);
    properties = Collections.unmodifiableMap(new TreeMap<>(properties));
  }

  /**
   * What the files of a table hold.
   *
   * @param files data files
   * @param bytes of these files
   * @param rows that are not deleted, by the files' statistics; empty where a file has none
   */
  public record Size(long files, long bytes, Optional<Long> rows) {}

  /**
   * A column.
   *
   * @param name of the column
   * @param type as DDL writes it
   * @param nullable whether it may be null
   * @param comment of the column
   */
  public record Column(String name, String type, boolean nullable, Optional<String> comment) {
    private static Column of(StructField field) {
      FieldMetadata metadata = field.getMetadata();
      return new Column(
          field.getName(),
          ColumnType.of(field.getDataType()),
          field.isNullable(),
          metadata.contains(COMMENT) ? Optional.of(metadata.getString(COMMENT)) : Optional.empty());
    }
  }

  static DeltaTable of(Snapshot snapshot, long committedAt, Size size) {
    Protocol protocol = snapshot.getProtocol();
    return new DeltaTable(
        snapshot.getPath(),
        snapshot.getVersion(),
        committedAt,
        protocol.getMinReaderVersion(),
        protocol.getMinWriterVersion(),
        List.copyOf(new TreeSet<>(protocol.getReaderAndWriterFeatures())),
        size,
        snapshot.getSchema().fields().stream().map(Column::of).toList(),
        snapshot.getPartitionColumnNames(),
        masked(snapshot.getTableProperties()));
  }

  private static Map<String, String> masked(Map<String, String> properties) {
    Map<String, String> masked = new TreeMap<>(properties);
    masked.replaceAll((name, value) -> SECRET.matcher(name).find() ? "***" : value);
    return masked;
  }
}
