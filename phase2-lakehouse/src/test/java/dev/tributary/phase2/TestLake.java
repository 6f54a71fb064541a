package dev.tributary.phase2;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tributary.core.json.Json;
import dev.tributary.core.spec.BreakerSpec;
import dev.tributary.core.spec.ColumnSpec;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.PayloadFormat;
import dev.tributary.core.spec.TargetSpec;
import dev.tributary.core.spec.TransformSpec;
import dev.tributary.core.spec.WriteSpec;
import dev.tributary.phase2.backfill.BackfillRequest;
import dev.tributary.phase2.backfill.BackfillUnit;
import dev.tributary.phase2.backfill.DryRunUnit;
import dev.tributary.phase2.backfill.ReplayDryRunUnit;
import dev.tributary.phase2.backfill.ReplayRequest;
import dev.tributary.phase2.backfill.ReplayUnit;
import dev.tributary.phase2.erase.EraseRequest;
import dev.tributary.phase2.erase.EraseUnit;
import dev.tributary.phase2.live.DatasetUnit;
import dev.tributary.phase2.live.LiveSettings;
import dev.tributary.phase2.maintain.LiveMaintenance;
import dev.tributary.phase2.maintain.MaintenanceReport;
import dev.tributary.phase2.maintain.MaintenanceRequest;
import dev.tributary.phase2.maintain.MaintenanceUnit;
import dev.tributary.phase2.plan.PlanAccount;
import dev.tributary.phase2.plan.PlanLog;
import dev.tributary.phase2.rebuild.RebuildRequest;
import dev.tributary.phase2.rebuild.RebuildUnit;
import dev.tributary.phase2.report.ReportOutput;
import dev.tributary.streaming.PipelineMetrics;
import dev.tributary.streaming.RunUnit;
import dev.tributary.streaming.StopSignal;
import dev.tributary.streaming.TriggerSpec;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;
import java.util.function.Function;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** One dataset "events" over an archive in a folder, and runs of it. */
public final class TestLake {
  private static final Duration ALIVE_INTERVAL = Duration.ofMillis(200);
  private static final Duration ALIVE_TIMEOUT = Duration.ofSeconds(2);

  private final Path folder;
  private final TestArchive archive;
  private final KnownSpecs specs = new KnownSpecs();
  private Duration tableReports = Duration.ZERO;

  /** A lake without a dataset. */
  public TestLake(Path folder) {
    // Before anything that may load the fault points.
    TestSpark.get();
    this.folder = folder;
    this.archive = new TestArchive(folder.resolve("raw"), "events");
    specs.source(archive);
  }

  /** The archive of another topic that the dataset reads besides. */
  public TestArchive anotherTopic(String topic) {
    TestArchive other = new TestArchive(folder.resolve("raw"), topic);
    specs.source(archive, topic);
    return other;
  }

  /** Has runs report their tables, so far apart at least. */
  public void reportTables(Duration interval) {
    tableReports = interval;
  }

  /** The archive. */
  public TestArchive archive() {
    return archive;
  }

  /** What is registered. */
  public KnownSpecs specs() {
    return specs;
  }

  /** Registers the next version of the dataset, which appends, with table properties. */
  public void define(List<ColumnSpec> columns, Map<String, String> properties) {
    specs.dataset(
        new DatasetSpec(
            "events",
            "events",
            null,
            new TargetSpec(table(), null, properties),
            columns,
            WriteSpec.append(),
            null,
            null,
            null,
            null));
  }

  /** Registers the next version of the dataset, with another table than a plain one. */
  public void define(List<ColumnSpec> columns, WriteSpec write, TargetSpec target) {
    specs.dataset(
        new DatasetSpec("events", "events", null, target, columns, write, null, null, null, null));
  }

  /** Registers the next version of the dataset. */
  public void define(
      List<ColumnSpec> columns,
      WriteSpec write,
      List<TransformSpec> transforms,
      BreakerSpec breaker,
      Long mostRecords) {
    specs.dataset(
        new DatasetSpec(
            "events",
            "events",
            null,
            new TargetSpec(table(), null, null),
            columns,
            write,
            transforms,
            breaker,
            mostRecords,
            null));
  }

  /** Registers the next version of the dataset, whose values are change events. */
  public void defineChangeEvents(
      List<ColumnSpec> columns, WriteSpec write, TargetSpec target, TransformSpec... transforms) {
    specs.dataset(
        new DatasetSpec(
                "events",
                "events",
                null,
                target,
                columns,
                write,
                List.of(transforms),
                null,
                1L,
                null)
            .withFormat(PayloadFormat.DEBEZIUM));
  }

  /** Runs the dataset up to now, as a run of its own. */
  public void run() throws InterruptedException {
    unit(UUID.randomUUID().toString()).run(new StopSignal());
  }

  /** Runs another dataset that is registered up to now, as a run of its own. */
  public void run(String dataset) throws InterruptedException {
    unit(
            dataset,
            UUID.randomUUID().toString(),
            new PipelineMetrics(dataset, "phase2", Clock.systemUTC()))
        .run(new StopSignal());
  }

  /** A unit that runs the dataset up to now. */
  public DatasetUnit unit(String run) {
    return unit(run, new PipelineMetrics("events", "phase2", Clock.systemUTC()));
  }

  /** A unit that runs the dataset up to now, and is measured. */
  public DatasetUnit unit(String run, PipelineMetrics metrics) {
    return unit("events", run, metrics);
  }

  private DatasetUnit unit(String dataset, String run, PipelineMetrics metrics) {
    return unit(dataset, run, new TriggerSpec.AvailableNow(), metrics);
  }

  /** A unit that runs the dataset, batch after batch, until it is stopped. */
  public DatasetUnit continuous() {
    return unit(
        "events",
        UUID.randomUUID().toString(),
        new TriggerSpec.Every(Duration.ofMillis(200)),
        new PipelineMetrics("events", "phase2", Clock.systemUTC()));
  }

  private DatasetUnit unit(
      String dataset, String run, TriggerSpec trigger, PipelineMetrics metrics) {
    LiveSettings settings = new LiveSettings(trigger, ALIVE_INTERVAL, ALIVE_TIMEOUT, tableReports);
    return new DatasetUnit(
        TestSpark.get(),
        specs,
        dataset,
        run,
        settings,
        metrics,
        Clock.systemUTC(),
        new LiveMaintenance(TestSpark.get(), specs, run, settings, Clock.systemUTC()),
        spec -> true);
  }

  /** A backfill of the dataset, as a run of its own. */
  public BackfillUnit backfill(BackfillRequest request) {
    return new BackfillUnit(
        TestSpark.get(),
        specs,
        request,
        UUID.randomUUID().toString(),
        ALIVE_INTERVAL,
        ALIVE_TIMEOUT,
        metrics("backfill"),
        Clock.systemUTC());
  }

  /** What a backfill would do. */
  public JsonNode dryRun(BackfillRequest request) throws Exception {
    return reported(
        output ->
            new DryRunUnit(
                TestSpark.get(), specs, request, output, metrics("backfill"), Clock.systemUTC()),
        new StopSignal());
  }

  /** Takes up quarantined records, as a run of its own; what it reports. */
  public JsonNode replay(ReplayRequest request) throws Exception {
    return reported(
        output ->
            new ReplayUnit(
                TestSpark.get(),
                specs,
                request,
                UUID.randomUUID().toString(),
                ALIVE_INTERVAL,
                ALIVE_TIMEOUT,
                output,
                metrics("replay"),
                Clock.systemUTC()),
        new StopSignal());
  }

  /** What a replay would do. */
  public JsonNode dryRun(ReplayRequest request) throws Exception {
    return reported(
        output ->
            new ReplayDryRunUnit(
                TestSpark.get(), specs, request, output, metrics("replay"), Clock.systemUTC()),
        new StopSignal());
  }

  /** Erases, or shows what that would be, as a run of its own; what it reports. */
  public JsonNode erase(EraseRequest request) throws Exception {
    return erase(request, new StopSignal());
  }

  /** The same, of which a stop may be asked. */
  public JsonNode erase(EraseRequest request, StopSignal stop) throws Exception {
    return reported(
        output ->
            new EraseUnit(
                TestSpark.get(),
                specs,
                request,
                UUID.randomUUID().toString(),
                ALIVE_INTERVAL,
                ALIVE_TIMEOUT,
                output,
                metrics("erase"),
                Clock.systemUTC()),
        stop);
  }

  /** Rebuilds the table, as a run of its own; what it reports. */
  public JsonNode rebuild(RebuildRequest request) throws Exception {
    return reported(
        output ->
            new RebuildUnit(
                TestSpark.get(),
                specs,
                request,
                UUID.randomUUID().toString(),
                ALIVE_INTERVAL,
                ALIVE_TIMEOUT,
                output,
                metrics("rebuild"),
                Clock.systemUTC()),
        new StopSignal());
  }

  /** Runs a unit; what it reports. */
  private static JsonNode reported(Function<ReportOutput, RunUnit> unit, StopSignal stop)
      throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    unit.apply(new ReportOutput(true, new PrintStream(out, true, StandardCharsets.UTF_8)))
        .run(stop);
    return Json.mapper().readTree(out.toByteArray());
  }

  private static PipelineMetrics metrics(String job) {
    return new PipelineMetrics("events." + job, "phase2", Clock.systemUTC());
  }

  /**
   * Maintains the dataset's table, as a run of its own; what was done is told also where it fails.
   */
  public void maintain(MaintenanceRequest request, Consumer<MaintenanceReport> reports)
      throws InterruptedException {
    new MaintenanceUnit(
            TestSpark.get(),
            specs,
            List.of(specs.dataset("events").orElseThrow().spec()),
            request,
            new MaintenanceUnit.MaintenanceRun(
                UUID.randomUUID().toString(),
                ALIVE_INTERVAL,
                ALIVE_TIMEOUT,
                new Semaphore(1),
                reports),
            metrics("maintain"),
            Clock.systemUTC())
        .run(new StopSignal());
  }

  /** The table's URI. */
  public String table() {
    return folder.resolve("lake/events").toUri().toString();
  }

  /** Which version of Delta's protocol a reader of the table needs. */
  public int readerVersion() {
    return io.delta.tables.DeltaTable.forPath(TestSpark.get(), table())
        .detail()
        .select("minReaderVersion")
        .head()
        .getInt(0);
  }

  /** The plan log. */
  public PlanLog log() {
    return PlanLog.open(table(), new Configuration());
  }

  /** The newest accounts. */
  public PlanAccount account() {
    return log().latestAccount().orElseThrow();
  }

  /** Makes the quarantine what a release has left that wrote no values to it. */
  public void quarantineFromBefore() {
    String quarantine = log().folders().quarantine().toString();
    load(quarantine)
        .drop("_value", "_value_base64", "_key_base64", "_headers")
        .write()
        .format("delta")
        .mode("overwrite")
        .option("overwriteSchema", "true")
        .save(quarantine);
    TestSpark.get()
        .sql(
            "ALTER TABLE delta.`%s` UNSET TBLPROPERTIES IF EXISTS ('parquet.block.size', 'parquet.block.row.count.limit', 'parquet.page.size.row.check.min', 'parquet.page.size.row.check.max', 'delta.dataSkippingNumIndexedCols')"
                .formatted(quarantine));
  }

  /** The rows of a query over the views {@code t} (table) and {@code q} (quarantine, if any). */
  public List<String> query(String sql) {
    load(table()).createOrReplaceTempView("t");
    Path quarantine = folder.resolve("lake/_quarantine/events");
    if (quarantine.toFile().exists()) {
      load(quarantine.toUri().toString()).createOrReplaceTempView("q");
    }
    return TestSpark.get().sql(sql).collectAsList().stream().map(Row::toString).toList();
  }

  private static Dataset<Row> load(String path) {
    return TestSpark.get().read().format("delta").load(path);
  }
}
