package dev.tributary.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tributary.phase2.plan.Plan;
import dev.tributary.phase2.plan.PlanLog;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The DAGs under Airflow's own scheduler, which submits real drivers by spark-submit. Nothing but
 * what a person would do in Airflow's pages is done here: runs are triggered by its API.
 */
class AirflowIT {
  private static final Duration PATIENCE = Duration.ofSeconds(480);
  private static final LocalDate FIRST_DAY = LocalDate.now(ZoneOffset.UTC).minusDays(9);
  private static final LocalDate SECOND_DAY = FIRST_DAY.plusDays(1);

  private static AirflowServer airflow;
  private static HeldDrivers held;

  @BeforeAll
  static void startAirflow() {
    Assumptions.assumeFalse(Boolean.getBoolean("airflow.skip"), "Skipped, as -Dairflow.skip says.");
    Path folder = DeliveryStack.shared().folder().resolve("airflow");
    held = HeldDrivers.in(folder.resolve("faults"));
    Map<String, String> environment = new HashMap<>(DeliveryStack.shared().environment());
    environment.put(
        "TRIBUTARY_AIRFLOW_SPARK_SUBMIT",
        SparkHome.in(folder.resolve("spark")).submit().toString());
    environment.put("TRIBUTARY_AIRFLOW_MASTER", "local[2]");
    environment.put("TRIBUTARY_AIRFLOW_DRIVER_MEMORY", "1g");
    environment.put(
        "TRIBUTARY_AIRFLOW_SUBMIT_OPTIONS",
        "--conf spark.ui.enabled=false --driver-java-options '-XX:TieredStopAtLevel=1"
            + " -XX:+UseSerialGC %s'".formatted(held.flag()));
    // What a driver gets that is held and therefore cannot leave.
    environment.put("TRIBUTARY_AIRFLOW_STOP_TIMEOUT", "5s");
    environment.put("TRIBUTARY_AIRFLOW_DRIVER_OPTIONS", "--metrics.host 127.0.0.1");
    environment.put("TRIBUTARY_AIRFLOW_RETRIES", "2");
    environment.put("TRIBUTARY_AIRFLOW_RETRY_DELAY", "1s");
    environment.put("TRIBUTARY_AIRFLOW_RETRY_CAP", "2s");
    // Nothing runs but what the tests ask for, and what that calls.
    for (String schedule : List.of("", "PHASE2_", "SYNC_", "RECONCILE_", "MAINTENANCE_")) {
      environment.put("TRIBUTARY_AIRFLOW_%sSCHEDULE".formatted(schedule), "0 0 29 2 *");
    }
    airflow = AirflowServer.start(folder, environment);
  }

  @BeforeEach
  void takeBackOrders() {
    held.takeBack();
  }

  @AfterAll
  static void stopAirflow() {
    Optional.ofNullable(airflow).ifPresent(AirflowServer::close);
  }

  @Test
  @Tag("long")
  void aBackfillOfTwoDaysThatTheFormAskedForGoesBetweenTheLiveBatches() {
    Pipeline pipeline =
        Pipeline.create("airflow", 2)
            .filteredBy(List.of(BasicSteps.filter("n % 3 <> 1")), event -> event.n() % 3 != 1)
            .withAppendTable();
    archiveOn(FIRST_DAY, pipeline);
    archiveOn(SECOND_DAY, pipeline);
    Set<Long> ofTheDays =
        pipeline.produced().values().stream().map(AirflowIT::n).collect(Collectors.toSet());
    pipeline.produce(400);
    sync(pipeline);

    Live first = Live.begin(pipeline);
    first.awaitPhase2();
    pipeline.assertArchiveExact();
    pipeline.assertTablesExact();
    Set<Long> before =
        pipeline.produced().values().stream().map(AirflowIT::n).collect(Collectors.toSet());

    // The second version keeps what the first one dropped, from where it takes effect.
    pipeline
        .filteredBy(List.of(), event -> !before.contains(event.n()) || event.n() % 3 != 1)
        .withAppendTable();
    pipeline.produce(200);
    Live.begin(pipeline).awaitPhase2();
    pipeline.assertTablesExact();

    pipeline.produce(600);
    held.order("phase2.after-account", "stop");
    String backfill =
        airflow.trigger(
            "tributary_backfill",
            Map.of(
                "dataset",
                pipeline.name(),
                "from_date",
                FIRST_DAY.toString(),
                "to_date",
                SECOND_DAY.toString(),
                "mode",
                "fill",
                "version",
                2));
    // One chunk is done and others are to come; the live DAG runs from its start to its end
    // between.
    ProcessHandle between = held.awaitHeld("phase2.after-account");
    Live.begin(pipeline).awaitPhase2();
    assertThat(between.isAlive()).isTrue();
    HeldDrivers.release(between);
    airflow.awaitSuccess("tributary_backfill", backfill);

    // Of the two days now everything is there, of the live records between them what it was.
    pipeline.filteredBy(
        List.of(),
        event ->
            ofTheDays.contains(event.n()) || !before.contains(event.n()) || event.n() % 3 != 1);
    pipeline.assertArchiveExact();
    pipeline.assertTablesExact();
    assertThat(strictlyInOrder(pipeline.plans()))
        .contains("ddl")
        .containsSubsequence("backfill", "live", "backfill");
    List<JsonNode> days =
        airflow.tasks("tributary_backfill", backfill).stream()
            .filter(task -> task.get("task_id").asText().equals("backfill__" + pipeline.name()))
            .toList();
    assertThat(days)
        .extracting(day -> day.get("state").asText())
        .containsOnly("success")
        .hasSize(2);
    assertThat(days)
        .extracting(day -> day.get("rendered_map_index").asText())
        .containsExactlyInAnyOrder(FIRST_DAY.toString(), SECOND_DAY.toString());
    assertThat(days)
        .extracting(day -> day.get("pool").asText())
        .containsOnly(
            "tributary_table_s3a_%s_lake_%s".formatted(DeliveryStack.BUCKET, pipeline.name()));
    // The accounts of each day stand in its task's log.
    assertThat(airflow.log("tributary_backfill", backfill))
        .contains("\\\"processed\\\": 200")
        .contains("chunk 1 of ");
    Pipeline.assertReconciled(List.of(pipeline));
  }

  @Test
  @Tag("delivery")
  void tasksThatAreKilledInTheMiddleAreTriedAgainAndNothingIsLostOrThereTwice() {
    Pipeline pipeline = Pipeline.create("killed", 2).withAppendTable();
    pipeline.produce(4_000);
    sync(pipeline);

    // Phase 2 is called as soon as phase 1 is done. Its first plan is that of the table itself.
    held.order("phase2.after-table", "stop 2");
    // Records are archived, and the driver has said so to nobody, when its task is cleared.
    held.order("archive.after-manifest", "stop");
    Live live = Live.begin(pipeline);
    ProcessHandle first = held.awaitHeld("archive.after-manifest");
    ProcessHandle told = airflow.awaitRunner("batch 1 --source " + pipeline.name());
    assertThat(first.parent()).contains(told);
    airflow.clear(live.phase1(), live.run(), "ingest");
    // It finishes its batch, as a driver does that is told to go.
    HeldDrivers.awaitToldToGo(first);
    HeldDrivers.release(first);
    live.awaitPhase1();
    assertTriedAgain(live.phase1(), live.run());
    assertGone(told);
    assertGone(first);
    pipeline.assertArchiveExact();

    // The first plan of records stands in the table and not yet in the accounts when the worker is
    // killed. The driver cannot go of its own accord.
    ProcessHandle second = held.awaitHeld("phase2.after-table");
    String run = airflow.awaitRunBeside(live.phase2(), live.known());
    ProcessHandle runner = airflow.awaitRunner("batch 2 --dataset " + pipeline.name());
    assertThat(second.parent()).contains(runner);
    AirflowServer.workerOf(runner).destroyForcibly();
    airflow.awaitSuccess(live.phase2(), run);
    assertTriedAgain(live.phase2(), run);
    assertGone(runner);
    assertGone(second);
    pipeline.assertTablesExact();
    strictlyInOrder(pipeline.plans());
    Pipeline.assertReconciled(List.of(pipeline));
  }

  /** Produces records and archives them as on a day that is over. */
  private static void archiveOn(LocalDate day, Pipeline pipeline) {
    pipeline.produce(200);
    Clock clock = Clock.fixed(day.atTime(LocalTime.NOON).toInstant(ZoneOffset.UTC), ZoneOffset.UTC);
    new PastDays(pipeline, clock).archive();
  }

  /** Has the DAGs of a pipeline made. */
  private static void sync(Pipeline pipeline) {
    airflow.awaitDag("tributary_catalog_sync");
    airflow.awaitSuccess(
        "tributary_catalog_sync", airflow.trigger("tributary_catalog_sync", Map.of()));
    airflow.awaitDag("tributary_phase1__" + pipeline.name());
    airflow.awaitDag("tributary_phase2__" + pipeline.name());
  }

  /** A run of phase 1 that was triggered, and the run of phase 2 that its asset calls. */
  private record Live(String phase1, String run, String phase2, List<String> known) {
    static Live begin(Pipeline pipeline) {
      String phase1 = "tributary_phase1__" + pipeline.name();
      String phase2 = "tributary_phase2__" + pipeline.name();
      List<String> known = airflow.runs(phase2);
      return new Live(phase1, airflow.trigger(phase1, Map.of()), phase2, known);
    }

    void awaitPhase1() {
      airflow.awaitSuccess(phase1, run);
    }

    void awaitPhase2() {
      awaitPhase1();
      airflow.awaitSuccess(phase2, airflow.awaitRunBeside(phase2, known));
    }
  }

  private static void assertTriedAgain(String dag, String run) {
    assertThat(airflow.tasks(dag, run))
        .extracting(task -> task.get("try_number").asInt())
        .allMatch(tries -> tries > 1);
  }

  private static void assertGone(ProcessHandle process) {
    await("the end of process %d of the killed task".formatted(process.pid()))
        .atMost(PATIENCE)
        .until(() -> !process.isAlive());
  }

  /** The kinds of all plans; each was put after the one before it was done. */
  private static List<String> strictlyInOrder(PlanLog plans) {
    List<String> kinds = new ArrayList<>();
    for (long n = 0; n <= plans.head().orElseThrow(); n++) {
      Plan plan = plans.plan(n).orElseThrow();
      kinds.add(plan.kind().text());
      if (n > 0) {
        assertThat(plans.account(n - 1).orElseThrow().doneAt())
            .as("the end of the plan before plan %d", n)
            .isLessThanOrEqualTo(plan.plannedAt());
      }
    }
    return kinds;
  }

  private static long n(Message message) {
    return message.event().map(Event::n).orElse(-1L);
  }
}
