package dev.tributary.cli.table;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import io.delta.kernel.Scan;
import io.delta.kernel.Snapshot;
import io.delta.kernel.Table;
import io.delta.kernel.data.ColumnarBatch;
import io.delta.kernel.data.FilteredColumnarBatch;
import io.delta.kernel.data.Row;
import io.delta.kernel.defaults.engine.DefaultEngine;
import io.delta.kernel.engine.Engine;
import io.delta.kernel.engine.FileReadResult;
import io.delta.kernel.exceptions.KernelEngineException;
import io.delta.kernel.exceptions.TableNotFoundException;
import io.delta.kernel.exceptions.UnsupportedTableFeatureException;
import io.delta.kernel.internal.InternalScanFileUtils;
import io.delta.kernel.internal.ScanImpl;
import io.delta.kernel.internal.actions.AddFile;
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
    try {
      return Optional.of(
          new DeltaSnapshot(engine, Table.forPath(engine, location).getLatestSnapshot(engine)));
    } catch (TableNotFoundException e) {
      return Optional.empty();
    } catch (UnsupportedTableFeatureException e) {
      throw new TributaryException(
          ErrorCode.NOT_SUPPORTED,
          "The table %s has features that can only be read with Spark: %s. Look at it there."
              .formatted(location, e.getUnsupportedFeatures()),
          e);
    } catch (KernelEngineException | UncheckedIOException e) {
      throw unavailable(location, e);
    }
  }

  /** Its Delta version. */
  public long version() {
    return snapshot.getVersion();
  }

  /** Its columns' names. */
  public List<String> columns() {
    return snapshot.getSchema().fieldNames();
  }

  /**
   * What the table is at this version. Reads its log and no data.
   *
   * @throws TributaryException TABLE_UNAVAILABLE if the log cannot be read
   */
  public DeltaTable describe() {
    ScanImpl scan = (ScanImpl) snapshot.getScanBuilder().build();
    long files = 0;
    long bytes = 0;
    long rows = 0;
    boolean counted = true;
    try (CloseableIterator<FilteredColumnarBatch> batches = scan.getScanFiles(engine, true)) {
      while (batches.hasNext()) {
        try (CloseableIterator<Row> added = batches.next().getRows()) {
          while (added.hasNext()) {
            AddFile file =
                new AddFile(added.next().getStruct(InternalScanFileUtils.ADD_FILE_ORDINAL));
            files++;
            bytes += file.getSize();
            counted &= file.getNumRecords().isPresent();
            rows += file.getNumRecords().orElse(0L);
            rows -= file.getDeletionVector().map(deleted -> deleted.getCardinality()).orElse(0L);
          }
        }
      }
    } catch (IOException | KernelEngineException | UncheckedIOException e) {
      throw unavailable(snapshot.getPath(), e);
    }
    return DeltaTable.of(
        snapshot,
        snapshot.getTimestamp(engine),
        new DeltaTable.Size(files, bytes, counted ? Optional.of(rows) : Optional.empty()));
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
   * @throws TributaryException TABLE_UNAVAILABLE if a file cannot be read
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
      throw unavailable(snapshot.getPath(), e);
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

  private static TributaryException unavailable(String location, Exception cause) {
    return new TributaryException(
        ErrorCode.TABLE_UNAVAILABLE,
        "The table %s cannot be read: %s. Check the store and its credentials, and try again."
            .formatted(location, cause.getMessage()),
        cause);
  }
}
