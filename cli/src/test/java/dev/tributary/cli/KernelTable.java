package dev.tributary.cli;

import dev.tributary.core.json.Json;
import dev.tributary.phase2.step.Coordinates;
import io.delta.kernel.DataWriteContext;
import io.delta.kernel.Operation;
import io.delta.kernel.Table;
import io.delta.kernel.Transaction;
import io.delta.kernel.data.ColumnVector;
import io.delta.kernel.data.FilteredColumnarBatch;
import io.delta.kernel.data.Row;
import io.delta.kernel.defaults.engine.DefaultEngine;
import io.delta.kernel.defaults.internal.data.DefaultColumnarBatch;
import io.delta.kernel.defaults.internal.data.vector.DefaultGenericVector;
import io.delta.kernel.engine.Engine;
import io.delta.kernel.expressions.Literal;
import io.delta.kernel.internal.types.DataTypeJsonSerDe;
import io.delta.kernel.internal.util.Utils;
import io.delta.kernel.types.IntegerType;
import io.delta.kernel.types.LongType;
import io.delta.kernel.types.StringType;
import io.delta.kernel.types.StructType;
import io.delta.kernel.types.TimestampType;
import io.delta.kernel.utils.CloseableIterable;
import io.delta.kernel.utils.CloseableIterator;
import io.delta.kernel.utils.DataFileStatus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;

/** A Delta table on local disk that is written without Spark. */
public final class KernelTable {
  private final Engine engine = DefaultEngine.create(new Configuration());
  private final Path folder;

  private KernelTable(Path folder) {
    this.folder = folder;
  }

  /** Creates it without rows. */
  public static KernelTable create(
      Path folder, StructType schema, List<String> partitionBy, Map<String, String> properties) {
    KernelTable table = new KernelTable(folder);
    Transaction transaction =
        table
            .table()
            .createTransactionBuilder(table.engine, "test", Operation.CREATE_TABLE)
            .withSchema(table.engine, schema)
            .withPartitionColumns(table.engine, partitionBy)
            .withTableProperties(table.engine, properties)
            .build(table.engine);
    transaction.commit(table.engine, CloseableIterable.emptyIterable());
    return table;
  }

  /** A quarantine as phase 2 makes it, without headers and whole keys, which nobody reads here. */
  public static KernelTable quarantineOfValues(Path folder) {
    StructType schema =
        quarantineSchema().add("_value", StringType.STRING).add("_value_base64", StringType.STRING);
    return create(folder, schema, List.of(), Map.of());
  }

  /** The same of a release from before it held values. */
  public static KernelTable quarantine(Path folder) {
    return create(folder, quarantineSchema(), List.of(), Map.of());
  }

  /** The same after a replay. */
  public static KernelTable replayedQuarantine(Path folder) {
    StructType schema =
        quarantineSchema()
            .add("_resolved_at", TimestampType.TIMESTAMP)
            .add("_resolved_plan", LongType.LONG);
    return create(folder, schema, List.of(), Map.of());
  }

  private static StructType quarantineSchema() {
    StructType coordinates = DataTypeJsonSerDe.deserializeStructType(Coordinates.schema().json());
    return coordinates
        .add("_key", StringType.STRING)
        .add("_step", StringType.STRING)
        .add("_code", StringType.STRING)
        .add("_message", StringType.STRING)
        .add("_dataset", StringType.STRING)
        .add("_dataset_version", LongType.LONG)
        .add("_plan", LongType.LONG)
        .add("_generation", IntegerType.INTEGER);
  }

  private Table table() {
    return Table.forPath(engine, folder.toUri().toString());
  }

  /** Adds a file with rows; each has a value or null for every column in its order. */
  public void append(Map<String, Literal> partition, List<Object[]> rows) throws IOException {
    Transaction transaction =
        table().createTransactionBuilder(engine, "test", Operation.WRITE).build(engine);
    StructType schema = transaction.getSchema(engine);
    ColumnVector[] columns = new ColumnVector[schema.length()];
    for (int column = 0; column < columns.length; column++) {
      int at = column;
      columns[column] =
          DefaultGenericVector.fromArray(
              schema.at(column).getDataType(), rows.stream().map(row -> row[at]).toArray());
    }
    FilteredColumnarBatch batch =
        new FilteredColumnarBatch(
            new DefaultColumnarBatch(rows.size(), schema, columns), Optional.empty());
    Row state = transaction.getTransactionState(engine);
    DataWriteContext context = Transaction.getWriteContext(engine, state, partition);
    try (CloseableIterator<FilteredColumnarBatch> data =
            Transaction.transformLogicalData(
                engine, state, Utils.singletonCloseableIterator(batch), partition);
        CloseableIterator<DataFileStatus> files =
            engine
                .getParquetHandler()
                .writeParquetFiles(
                    context.getTargetDirectory(), data, context.getStatisticsColumns());
        CloseableIterator<Row> actions =
            Transaction.generateAppendActions(engine, state, files, context)) {
      transaction.commit(engine, CloseableIterable.inMemoryIterable(actions));
    }
  }

  /** Puts a commit of one action as it is. */
  void commit(long version, Map<String, ?> action) throws IOException {
    Files.write(
        folder.resolve("_delta_log").resolve("%020d.json".formatted(version)), Json.write(action));
  }
}
