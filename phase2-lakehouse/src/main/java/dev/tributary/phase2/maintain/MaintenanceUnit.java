package dev.tributary.phase2.maintain;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.metastore.Metastore;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.TableCompression;
import dev.tributary.phase2.execute.PlanExecutor;
import dev.tributary.phase2.live.Heartbeat;
import dev.tributary.phase2.live.PlanWatch;
import dev.tributary.phase2.maintain.MaintenanceReport.Part;
import dev.tributary.phase2.plan.Plan;
import dev.tributary.phase2.plan.PlanLog;
import dev.tributary.phase2.plan.TableFolders;
import dev.tributary.phase2.table.DeltaTransactions;
import dev.tributary.phase2.table.Rewritten;
import dev.tributary.phase2.table.TableUpkeep;
import dev.tributary.storage.ConditionalWriteProbe;
import dev.tributary.storage.ObjectStores;
import dev.tributary.streaming.Commit;
import dev.tributary.streaming.PipelineMetrics;
import dev.tributary.streaming.RunUnit;
import dev.tributary.streaming.StopSignal;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.SparkSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Maintains one table and those beside it: quarantine and tombstones. Its commits are no plans:
 * they change no row and bear no mark, and where they meet those of a plan it is they that yield.
 */
public final class MaintenanceUnit implements RunUnit {
  /** Ends the ids of maintenance runs among the signs of life. */
  static final String SUFFIX = "-maintain";

  private static final Logger LOG = LoggerFactory.getLogger(MaintenanceUnit.class);

  private static final String RETENTION = "delta.logRetentionDuration";

  /** Half of the 30 days for which Delta keeps commits, unless the table says something else. */
  private static final Duration LONG_OPEN = Duration.ofDays(15);

  /** Half of the day for which it keeps them at least. */
  private static final Duration LONG_OPEN_AT_LEAST = Duration.ofHours(12);

  private final SparkSession spark;
  private final Metastore metastore;
  private final List<DatasetSpec> datasets;
  private final MaintenanceRequest request;
  private final MaintenanceRun within;
  private final PipelineMetrics metrics;
  private final Clock clock;
  private final String run;
  private final Path table;

  /**
   * What the tables of one driver share.
   *
   * @param run the driver's run id
   * @param aliveInterval how often it shows that it is alive
   * @param aliveTimeout how long another's sign of life may stay the same
   * @param oneAtATime what a table is maintained under, so that one is at a time
   * @param reports where the reports go
   */
  public record MaintenanceRun(
      String run,
      Duration aliveInterval,
      Duration aliveTimeout,
      Semaphore oneAtATime,
      Consumer<MaintenanceReport> reports) {}

  /**
   * A unit that does nothing yet.
   *
   * @param datasets those that write into the table; at least one
   */
  public MaintenanceUnit(
      SparkSession spark,
      Metastore metastore,
      List<DatasetSpec> datasets,
      MaintenanceRequest request,
      MaintenanceRun within,
      PipelineMetrics metrics,
      Clock clock) {
    this.spark = spark;
    this.metastore = metastore;
    this.datasets = List.copyOf(datasets);
    this.request = request;
    this.within = within;
    this.metrics = metrics;
    this.clock = clock;
    String once = UUID.randomUUID().toString().substring(0, 8);
    this.run = within.run() + "." + datasets.get(0).name() + "-" + once + SUFFIX;
    this.table = TableFolders.of(datasets.get(0).target().path()).table();
  }

  @Override
  public String name() {
    return metrics.pipeline();
  }

  @Override
  public List<PipelineMetrics> pipelines() {
    return List.of(metrics);
  }

  @Override
  public void run(StopSignal stop) throws InterruptedException {
    metrics.running();
    while (!within.oneAtATime().tryAcquire(200, TimeUnit.MILLISECONDS)) {
      if (stop.requested()) {
        return;
      }
    }
    try {
      maintain(stop);
    } finally {
      within.oneAtATime().release();
    }
  }

  private void maintain(StopSignal stop) throws InterruptedException {
    Configuration configuration = spark.sessionState().newHadoopConf();
    PlanLog log = PlanLog.open(datasets.get(0).target().path(), configuration);
    if (request.tasks().contains(MaintenanceRequest.Task.VACUUM)) {
      VacuumSafety.requireAlone(table, others());
    }
    if (request.dryRun()) {
      work(log, stop);
      return;
    }
    ConditionalWriteProbe.require(
        log.store(),
        log.folders().plans(),
        configuration.getBoolean(ObjectStores.SINGLE_DRIVER, false));
    requireUpToDate(log);
    try (Heartbeat heartbeat = new Heartbeat(log, run, within.aliveInterval(), clock)) {
      heartbeat.during(() -> uninterrupted(log, stop));
    }
  }

  /**
   * Each commit brings nearer the day when Delta removes the commits that tell what became of the
   * newest plan: whether a RESTORE came after it, and whether it is in the table though it has no
   * account yet.
   */
  private void requireUpToDate(PlanLog log) {
    OptionalLong head = log.head();
    if (head.isEmpty()) {
      return;
    }
    Optional<Plan> open =
        log.account(head.getAsLong()).isPresent() ? Optional.empty() : log.plan(head.getAsLong());
    Duration age =
        open.map(plan -> Duration.ofMillis(clock.millis() - plan.plannedAt()))
            .orElse(Duration.ZERO);
    if (open.isPresent() && age.compareTo(longOpen(log)) > 0) {
      throw TributaryException.of(
          ErrorCode.CHANGE_REFUSED,
          "Plan %d of %s was put %d hours ago and is not done; what is committed beside it would make Delta forget in time whether the table has it."
              .formatted(open.get().plan(), table, age.toHours()),
          "Run phase 2 of %s first (resumed where it is paused, and with a ruling where the plan waits for one)."
              .formatted(datasets.stream().map(DatasetSpec::name).toList()));
    }
    try {
      new PlanExecutor(spark, log, run, clock).requireNotRestored();
    } catch (TributaryException e) {
      throw e.code() == ErrorCode.TABLE_RESTORED
          ? new TributaryException(
              e.code(),
              e.getMessage()
                  + " Until its phase 2 has run (resumed where it is paused), the table is not maintained: Delta would forget the RESTORE in time.",
              e)
          : e;
    }
  }

  private Duration longOpen(PlanLog log) {
    boolean said =
        new DeltaTransactions(spark)
            .state(log.folders().table())
            .filter(state -> state.properties().containsKey(RETENTION))
            .isPresent();
    return said ? LONG_OPEN_AT_LEAST : LONG_OPEN;
  }

  private boolean uninterrupted(PlanLog log, StopSignal stop) {
    try {
      work(log, stop);
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new TributaryException(
          ErrorCode.TABLE_UNAVAILABLE, "Interrupted while %s was maintained.".formatted(table), e);
    }
  }

  private void work(PlanLog log, StopSignal stop) throws InterruptedException {
    List<TableMaintenance> tables = tables(log);
    tables.forEach(TableMaintenance::requireRetention);
    List<Part> parts = new ArrayList<>();
    try {
      for (TableMaintenance each : tables) {
        parts.add(each.rewrite(stop));
      }
      for (int i = 0; i < tables.size(); i++) {
        parts.set(i, tables.get(i).vacuum(parts.get(i), stop));
      }
    } finally {
      // A vacuum that is refused leaves what was compacted.
      if (!parts.isEmpty() || tables.isEmpty()) {
        report(parts);
      }
    }
  }

  private List<TableMaintenance> tables(PlanLog log) {
    PlanWatch watch = new PlanWatch(log, within.aliveTimeout());
    CommitTurns turns = new CommitTurns(watch);
    VacuumSafety safety = new VacuumSafety(log, watch, run, within.aliveTimeout(), clock);
    Map<String, Path> folders = new LinkedHashMap<>();
    folders.put("table", log.folders().table());
    folders.put("quarantine", log.folders().quarantine());
    folders.put("tombstones", log.folders().tombstones());
    for (DatasetSpec dataset : datasets) {
      folders.put(
          datasets.size() == 1 ? "late rows" : "late rows of " + dataset.name(),
          log.folders().late(dataset.name()));
    }
    List<TableMaintenance> tables = new ArrayList<>();
    folders.forEach(
        (name, folder) -> {
          TableUpkeep upkeep = new TableUpkeep(spark, folder, request.fileBytes(), codec(name));
          if (upkeep.exists()) {
            tables.add(
                new TableMaintenance(
                    name, folder, upkeep, request, turns, safety, this::committed));
          }
        });
    return tables;
  }

  private Optional<String> codec(String name) {
    return name.equals("table")
        ? datasets.stream()
            .map(dataset -> dataset.target().compression())
            .flatMap(Optional::stream)
            .findFirst()
            .map(TableCompression::codec)
        : Optional.empty();
  }

  /** The folders of all that a vacuum must not meet. */
  private List<String> others() {
    return Stream.concat(
            metastore.datasets().stream().map(dataset -> dataset.spec().target().path()),
            metastore.sources().stream().map(source -> source.spec().archive().location()))
        .toList();
  }

  private void committed(Rewritten done) {
    metrics.committed(new Commit(0, done.bytesBefore(), 0, Duration.ZERO));
    LOG.info(
        "{}: {} files ({} bytes) became {} ({} bytes)",
        table,
        done.filesBefore(),
        done.bytesBefore(),
        done.filesAfter(),
        done.bytesAfter());
  }

  private void report(List<Part> parts) {
    within
        .reports()
        .accept(
            new MaintenanceReport(
                datasets.stream().map(DatasetSpec::name).toList(),
                table.toString(),
                request.dryRun(),
                parts));
  }
}
