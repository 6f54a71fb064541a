package dev.tributary.phase2.tiers;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.metastore.TableTiers;
import io.delta.kernel.Snapshot;
import io.delta.kernel.Table;
import io.delta.kernel.data.FilteredColumnarBatch;
import io.delta.kernel.data.Row;
import io.delta.kernel.engine.Engine;
import io.delta.kernel.exceptions.KernelEngineException;
import io.delta.kernel.exceptions.TableNotFoundException;
import io.delta.kernel.exceptions.UnsupportedTableFeatureException;
import io.delta.kernel.internal.InternalScanFileUtils;
import io.delta.kernel.internal.ScanImpl;
import io.delta.kernel.internal.actions.AddFile;
import io.delta.kernel.internal.actions.Protocol;
import io.delta.kernel.types.FieldMetadata;
import io.delta.kernel.types.StructField;
import io.delta.kernel.utils.CloseableIterator;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** The logs of Delta tables, read without Spark. */
public final class DeltaLogs {
  private static final String COMMENT = "comment";
  private static final Pattern SECRET =
      Pattern.compile("password|passwd|secret|token|credential", Pattern.CASE_INSENSITIVE);

  private DeltaLogs() {}

  /**
   * The newest version of the table at the given place; empty if there is none.
   *
   * @throws TributaryException TABLE_UNAVAILABLE, NOT_SUPPORTED for a table that only Spark can
   *     read
   */
  public static Optional<Snapshot> newest(Engine engine, String location) {
    try {
      return Optional.of(Table.forPath(engine, location).getLatestSnapshot(engine));
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

  /**
   * What a table is at a version. Reads its log and no data.
   *
   * @throws TributaryException TABLE_UNAVAILABLE if the log cannot be read
   */
  public static TableTiers.Delta describe(Engine engine, Snapshot snapshot) {
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
    Protocol protocol = snapshot.getProtocol();
    return new TableTiers.Delta(
        snapshot.getPath(),
        snapshot.getVersion(),
        snapshot.getTimestamp(engine),
        protocol.getMinReaderVersion(),
        protocol.getMinWriterVersion(),
        List.copyOf(new TreeSet<>(protocol.getReaderAndWriterFeatures())),
        files,
        bytes,
        counted ? Optional.of(rows) : Optional.empty(),
        snapshot.getSchema().fields().stream().map(DeltaLogs::column).toList(),
        snapshot.getPartitionColumnNames(),
        masked(snapshot.getTableProperties()));
  }

  private static TableTiers.Column column(StructField field) {
    FieldMetadata metadata = field.getMetadata();
    return new TableTiers.Column(
        field.getName(),
        ColumnType.of(field.getDataType()),
        field.isNullable(),
        metadata.contains(COMMENT) ? Optional.of(metadata.getString(COMMENT)) : Optional.empty());
  }

  private static Map<String, String> masked(Map<String, String> properties) {
    Map<String, String> masked = new TreeMap<>(properties);
    masked.replaceAll((name, value) -> SECRET.matcher(name).find() ? "***" : value);
    return masked;
  }

  /** Of a table whose log or data cannot be read. */
  public static TributaryException unavailable(String location, Exception cause) {
    return new TributaryException(
        ErrorCode.TABLE_UNAVAILABLE,
        "The table %s cannot be read: %s. Check the store and its credentials, and try again."
            .formatted(location, cause.getMessage()),
        cause);
  }
}
