package dev.tributary.cli.table;

import dev.tributary.phase2.tiers.DeltaLogs;
import io.delta.kernel.Scan;
import io.delta.kernel.Snapshot;
import io.delta.kernel.data.ColumnarBatch;
import io.delta.kernel.data.FilteredColumnarBatch;
import io.delta.kernel.data.Row;
import io.delta.kernel.defaults.engine.DefaultEngine;
import io.delta.kernel.engine.Engine;
import io.delta.kernel.engine.FileReadResult;
import io.delta.kernel.exceptions.KernelEngineException;
import io.delta.kernel.internal.InternalScanFileUtils;
import io.delta.kernel.internal.data.ScanStateRow;
import io.delta.kernel.internal.util.Utils;
import io.delta.kernel.types.StructField;
import io.delta.kernel.types.StructType;
import io.delta.kernel.utils.CloseableIterator;
import io.delta.kernel.utils.FileStatus;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Predicate;
import org.apache.hadoop.conf.Configuration;

/** The newest version of a Delta table, read without Spark. Not thread-safe. */
public final class DeltaSnapshot {
  private final Engine engine;
  private final Snapshot snapshot;

  private DeltaSnapshot(Engine engine, Snapshot snapshot) {
    this.engine = engine;
    this.snapshot = snapshot;
  }

  /** The table at the given place; empty if there is none. */
  public static Optional<DeltaSnapshot> open(String location, Configuration configuration) {
    Engine engine = DefaultEngine.create(configuration);
    return DeltaLogs.newest(engine, location).map(snapshot -> new DeltaSnapshot(engine, snapshot));
  }

  /** Its Delta version. */
  public long version() {
    return snapshot.getVersion();
  }

  /** Its columns' names. */
  public List<String> columns() {
    return snapshot.getSchema().fieldNames();
  }

  /** The greatest transaction version that the application committed. */
  public OptionalLong transactionVersion(String applicationId) {
    return snapshot
        .getLatestTransactionVersion(engine, applicationId)
        .map(OptionalLong::of)
        .orElseGet(OptionalLong::empty);
  }

  /**
   * Reads the given columns row by row until the reader answers false. A row is valid only while
   * the reader runs.
   *
   * @throws dev.tributary.core.error.TributaryException TABLE_UNAVAILABLE if a file cannot be read
   */
  public void read(List<String> columns, Predicate<Row> reader) {
    StructType schema =
        new StructType(
            snapshot.getSchema().fields().stream()
                .filter(field -> columns.contains(field.getName()))
                .sorted(
                    java.util.Comparator.comparing(
                        (StructField field) -> columns.indexOf(field.getName())))
                .toList());
    Scan scan = snapshot.getScanBuilder().withReadSchema(schema).build();
    Row state = scan.getScanState(engine);
    StructType physical = ScanStateRow.getPhysicalDataReadSchema(state);
    try (CloseableIterator<FilteredColumnarBatch> batches = scan.getScanFiles(engine)) {
      while (batches.hasNext()) {
        try (CloseableIterator<Row> files = batches.next().getRows()) {
          while (files.hasNext()) {
            if (!readFile(state, files.next(), physical, reader)) {
              return;
            }
          }
        }
      }
    } catch (IOException | KernelEngineException | UncheckedIOException e) {
      throw DeltaLogs.unavailable(snapshot.getPath(), e);
    }
  }

  private boolean readFile(Row state, Row file, StructType physical, Predicate<Row> reader)
      throws IOException {
    FileStatus status = InternalScanFileUtils.getAddFileStatus(file);
    CloseableIterator<ColumnarBatch> data =
        engine
            .getParquetHandler()
            .readParquetFiles(Utils.singletonCloseableIterator(status), physical, Optional.empty())
            .map(FileReadResult::getData);
    try (CloseableIterator<FilteredColumnarBatch> logical =
        Scan.transformPhysicalData(engine, state, file, data)) {
      while (logical.hasNext()) {
        try (CloseableIterator<Row> rows = logical.next().getRows()) {
          while (rows.hasNext()) {
            if (!reader.test(rows.next())) {
              return false;
            }
          }
        }
      }
    }
    return true;
  }
}
