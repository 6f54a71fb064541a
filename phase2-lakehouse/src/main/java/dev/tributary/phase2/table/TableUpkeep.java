package dev.tributary.phase2.table;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.count_if;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.sum;
import static org.apache.spark.sql.functions.when;

import io.delta.tables.DeltaOptimizeBuilder;
import io.delta.tables.DeltaTable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.StringJoiner;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.delta.DeltaColumnMapping;
import org.apache.spark.sql.delta.DeltaLog;
import org.apache.spark.sql.delta.Snapshot;
import org.apache.spark.sql.types.StructField;
import scala.Option;

/**
 * What keeps a table's files in order and changes none of its rows: few great files in the place of
 * many small ones, deletion vectors written out, files that nothing names any more removed. Its
 * commits bear no plan's mark. Like {@link DeltaTransactions} it needs Delta's internal API. Used
 * by one thread at a time.
 */
public final class TableUpkeep {
  private static final PlanMark NO_MARK = new PlanMark("", -1);
  private static final String VACUUM_START = "VACUUM START";
  private static final String VACUUM_END = "VACUUM END";

  private static final Map<String, String> SETTINGS =
      Map.of(
          "spark.sql.session.timeZone",
          "UTC",
          "spark.sql.caseSensitive",
          "false",
          // Counts of later plans are taken from the files' statistics.
          "spark.databricks.delta.stats.collect",
          "true",
          // What a vacuum did is taken from the table's log, where it can be read later too.
          "spark.databricks.delta.vacuum.logging.enabled",
          "true",
          // Else Delta keeps to the table's property whatever it is told.
          "spark.databricks.delta.vacuum.retentionWindowIgnore.enabled",
          "false",
          // Who may go below it is decided by the caller, who knows what is under way.
          "spark.databricks.delta.retentionDurationCheck.enabled",
          "false");

  private final SparkSession session;
  private final Path table;

  /**
   * Of one table, in a session of its own.
   *
   * @param fileBytes about how great files become; those of half of it are left alone
   * @param codec how they are compressed; empty: as Spark does
   */
  public TableUpkeep(SparkSession parent, Path table, long fileBytes, Optional<String> codec) {
    this.session = parent.newSession();
    this.table = table;
    SETTINGS.forEach((key, value) -> session.conf().set(key, value));
    session
        .conf()
        .set("spark.databricks.delta.optimize.minFileSize", Long.toString(small(fileBytes)));
    session.conf().set("spark.databricks.delta.optimize.maxFileSize", Long.toString(fileBytes));
    codec.ifPresent(name -> session.conf().set("spark.sql.parquet.compression.codec", name));
    // A vacuum lists a table's folders in so many tasks, ten thousand by default, however few.
    int tasks = 8 * parent.sparkContext().defaultParallelism();
    session
        .conf()
        .set("spark.sql.sources.parallelPartitionDiscovery.parallelism", Integer.toString(tasks));
  }

  /** Below which size a file is small. */
  public static long small(long fileBytes) {
    return fileBytes / 2;
  }

  /** Whether there is a table. */
  public boolean exists() {
    return inSession(() -> snapshot().version() >= 0);
  }

  /** How long the table itself keeps files that were replaced, in whole hours. */
  public long retentionHours() {
    return inSession(
        () -> {
          long millis = DeltaLog.tombstoneRetentionMillis(snapshot().metadata());
          return (millis + TimeUnit.HOURS.toMillis(1) - 1) / TimeUnit.HOURS.toMillis(1);
        });
  }

  /**
   * The partitions that have files; a table without partition columns is one. Files of a clustered
   * table that are not clustered yet count as small ones.
   *
   * @param smallerThan below which size a file is small
   */
  public List<PartitionFiles> files(long smallerThan) {
    return inSession(() -> files(snapshot(), smallerThan));
  }

  private static List<PartitionFiles> files(Snapshot snapshot, long smallerThan) {
    StructField[] partition = snapshot.metadata().partitionSchema().fields();
    Column[] by = new Column[partition.length];
    for (int i = 0; i < partition.length; i++) {
      String key = DeltaColumnMapping.getPhysicalName(partition[i]);
      by[i] = col("partitionValues").getItem(key).as("partition" + i);
    }
    Column size = col("size");
    Column least = size.lt(smallerThan);
    Column small = Clustering.pending(snapshot).map(least::or).orElse(least);
    Column deleting = col("deletionVector").isNotNull();
    List<PartitionFiles> files = new ArrayList<>();
    for (Row row :
        snapshot
            .allFiles()
            .toDF()
            .groupBy(by)
            .agg(
                count(lit(1)),
                sum(size),
                count_if(small),
                sum(when(small, size).otherwise(0)),
                count_if(deleting),
                sum(when(deleting, size).otherwise(0)))
            .collectAsList()) {
      int first = partition.length;
      if (row.getLong(first) > 0) {
        files.add(
            new PartitionFiles(
                name(partition, row),
                predicate(partition, row),
                row.getLong(first),
                row.getLong(first + 1),
                row.getLong(first + 2),
                row.getLong(first + 3),
                row.getLong(first + 4),
                row.getLong(first + 5)));
      }
    }
    return files;
  }

  private static String name(StructField[] partition, Row values) {
    StringJoiner name = new StringJoiner("/");
    for (int i = 0; i < partition.length; i++) {
      name.add("%s=%s".formatted(partition[i].name(), values.getString(i)));
    }
    return name.toString();
  }

  private static Optional<String> predicate(StructField[] partition, Row values) {
    if (partition.length == 0) {
      return Optional.empty();
    }
    StringJoiner all = new StringJoiner(" AND ", "(", ")");
    for (int i = 0; i < partition.length; i++) {
      String column = quoted(partition[i].name());
      all.add(
          values.isNullAt(i)
              ? column + " IS NULL"
              : "%s = CAST('%s' AS %s)"
                  .formatted(
                      column,
                      values.getString(i).replace("\\", "\\\\").replace("'", "\\'"),
                      partition[i].dataType().sql()));
    }
    return Optional.of(all.toString());
  }

  /**
   * Makes few files of the small ones, in one commit that changes no row; those of a clustered
   * table are clustered by it.
   *
   * @throws org.apache.spark.sql.delta.DeltaConcurrentModificationException somebody has changed
   *     one of these files meanwhile; nothing was done
   */
  public Rewritten compact(List<PartitionFiles> partitions) {
    return inSession(
        () -> {
          DeltaOptimizeBuilder optimize = DeltaTable.forPath(session, table.toString()).optimize();
          return rewritten(
              where(partitions).map(optimize::where).orElse(optimize).executeCompaction());
        });
  }

  /**
   * Writes the files that have deletion vectors anew without the rows that these leave out, in one
   * commit that changes no row.
   *
   * @throws org.apache.spark.sql.delta.DeltaConcurrentModificationException as {@link #compact}
   */
  public Rewritten purge(List<PartitionFiles> partitions) {
    return inSession(
        () ->
            rewritten(
                session.sql(
                    "REORG TABLE delta.%s%s APPLY (PURGE)"
                        .formatted(
                            quoted(table.toString()),
                            where(partitions).map(" WHERE "::concat).orElse("")))));
  }

  private static Optional<String> where(List<PartitionFiles> partitions) {
    StringJoiner any = new StringJoiner(" OR ");
    for (PartitionFiles partition : partitions) {
      if (partition.predicate().isEmpty()) {
        return Optional.empty();
      }
      any.add(partition.predicate().get());
    }
    return Optional.of(any.toString());
  }

  private static Rewritten rewritten(Dataset<Row> result) {
    Row metrics = result.head().getAs("metrics");
    Row removed = metrics.getAs("filesRemoved");
    Row added = metrics.getAs("filesAdded");
    return new Rewritten(
        metrics.<Long>getAs("numFilesRemoved"),
        removed.<Long>getAs("totalSize"),
        metrics.<Long>getAs("numFilesAdded"),
        added.<Long>getAs("totalSize"));
  }

  /** What a vacuum would remove. */
  public Vacuumed vacuumable(long hours) {
    return inSession(
        () -> new Vacuumed(session.sql(vacuumStatement(hours) + " DRY RUN").count(), 0));
  }

  /** Removes files that were replaced, or never named, more than so many hours ago. */
  public Vacuumed vacuum(long hours) {
    return inSession(
        () -> {
          long before = snapshot().version();
          session.sql(vacuumStatement(hours));
          return vacuumedSince(before);
        });
  }

  private String vacuumStatement(long hours) {
    return "VACUUM delta.%s RETAIN %d HOURS".formatted(quoted(table.toString()), hours);
  }

  private Vacuumed vacuumedSince(long before) {
    CommitFiles commits = new CommitFiles(table, session.sessionState().newHadoopConf());
    long files = 0;
    long bytes = 0;
    for (long version = before + 1; version <= snapshot().version(); version++) {
      Optional<CommitFile> commit = commits.read(version, NO_MARK);
      if (commit.isPresent() && commit.get().operation().equals(VACUUM_START)) {
        bytes = metric(commit.get(), "sizeOfDataToDelete");
      }
      if (commit.isPresent() && commit.get().operation().equals(VACUUM_END)) {
        files = metric(commit.get(), "numDeletedFiles");
      }
    }
    return new Vacuumed(files, bytes);
  }

  private static long metric(CommitFile commit, String name) {
    return Long.parseLong(commit.metrics().getOrDefault(name, "0"));
  }

  private Snapshot snapshot() {
    return DeltaLog.forTable(session, table).update(false, Option.empty(), Option.empty());
  }

  private static String quoted(String name) {
    return "`" + name.replace("`", "``") + "`";
  }

  /** Delta reads its settings from the thread's session. */
  private <T> T inSession(Supplier<T> work) {
    Option<SparkSession> before = SparkSession.getActiveSession();
    SparkSession.setActiveSession(session);
    try {
      return work.get();
    } finally {
      if (before.isEmpty()) {
        SparkSession.clearActiveSession();
      } else {
        SparkSession.setActiveSession(before.get());
      }
    }
  }
}
