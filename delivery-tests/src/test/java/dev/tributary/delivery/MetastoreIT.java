package dev.tributary.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tributary.core.json.Json;
import dev.tributary.core.metastore.DdlOperation;
import dev.tributary.core.metastore.HttpMetastoreAdmin;
import dev.tributary.core.metastore.MetastoreAdmin;
import dev.tributary.core.metastore.MetastoreConnection;
import dev.tributary.core.spec.ColumnSpec;
import dev.tributary.phase2.plan.Plan;
import dev.tributary.phase2.plan.PlanKind;
import dev.tributary.phase2.plan.PlanLog;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * What drivers make of the metastore while they run, and what they do without it: for some seconds,
 * or as many as the system property {@code tributary.test.outage} says.
 */
@Tag("delivery")
class MetastoreIT {
  private static final Duration TRIGGER = Duration.ofSeconds(5);
  private static final Duration OUTAGE =
      Duration.ofSeconds(Integer.getInteger("tributary.test.outage", 15));
  private static final Pattern ADDRESS = Pattern.compile("served at (http://127[.0-9]+:[0-9]+)");

  @Test
  void aChangeIsInTheTableWithinOneTriggerAndOneThatTheTableRefusesComesBackWithTheReason() {
    MetastoreAdmin metastore = DeliveryStack.shared().metastore();
    Pipeline pipeline = Pipeline.create("changing", 2).withAppendTable();
    pipeline.produce(100);
    DriverRun first = pipeline.phase1("--trigger", "300ms");
    DriverRun second = pipeline.phase2("--trigger", TRIGGER.toMillis() + "ms");
    pipeline.awaitArchiveExact(first);
    pipeline.awaitTablesExact(second);

    long asked = System.currentTimeMillis();
    long version = add(metastore, pipeline, "note", "string");
    await("version %d, while every trigger has records to take".formatted(version))
        .atMost(Duration.ofSeconds(480))
        .pollInterval(Duration.ofMillis(100))
        .until(
            () -> {
              pipeline.produce(5);
              return state(metastore, pipeline, version).equals("active");
            });
    JsonNode active = metastore.show(path(pipeline, version));
    assertThat(pipeline.columns()).contains("note");
    requireNoTriggerBetween(asked, version, pipeline.plans());
    assertThat(active.at("/activation/sequences/" + pipeline.name()).asLong())
        .as("from which manifest entry on it is in force")
        .isPositive();
    pipeline.produce(50);
    pipeline.awaitArchiveExact(first);
    pipeline.awaitTablesExact(second);

    long refused =
        metastore
            .ddl(pipeline.name(), List.of(new DdlOperation.SetNullable("note", false)))
            .version();
    JsonNode rejected = awaitState(metastore, pipeline, refused, "rejected");
    assertThat(rejected.at("/activation/reason").asText())
        .as("why, as the driver says")
        .contains("without a value in the column 'note'");
    assertThat(metastore.show("datasets/" + pipeline.name()).path("version").asLong())
        .as("the version before is the one that counts")
        .isEqualTo(version);
    pipeline.produce(50);
    pipeline.awaitArchiveExact(first);
    pipeline.awaitTablesExact(second);

    DriverRun.requireAlive(first, second);
    assertThat(first.terminate()).as(first.log()).isZero();
    assertThat(second.terminate()).as(second.log()).isZero();
  }

  @Test
  void withoutTheMetastoreBothPhasesGoOnAndStartAndSaySo() throws Exception {
    int port = freePort();
    Path folder = DeliveryStack.shared().folder().resolve("metastore-of-its-own");
    MetastoreChild metastore = MetastoreChild.start(folder, port);
    Pipeline pipeline = Pipeline.create("forsaken", 2).withAppendTable();
    pipeline.moveTo(metastore);
    pipeline.set("TRIBUTARY_METASTORE_CACHE", pipeline.folder().resolve("specs").toString());
    pipeline.produce(100);
    DriverRun first = pipeline.phase1("--trigger", "300ms", "--metrics.port", "0");
    DriverRun second = pipeline.phase2("--trigger", "300ms", "--metrics.port", "0");
    pipeline.awaitArchiveExact(first);
    pipeline.awaitTablesExact(second);

    metastore.kill();
    long end = System.nanoTime() + OUTAGE.toNanos();
    do {
      pipeline.produce(50);
      pipeline.awaitArchiveExact(first);
      pipeline.awaitTablesExact(second);
    } while (System.nanoTime() < end);
    requireAway(first, second);
    assertThat(first.terminate()).as(first.log()).isZero();
    assertThat(second.terminate()).as(second.log()).isZero();

    DriverRun again = pipeline.phase1("--trigger", "300ms", "--metrics.port", "0");
    DriverRun alsoAgain = pipeline.phase2("--trigger", "300ms", "--metrics.port", "0");
    pipeline.produce(50);
    pipeline.awaitArchiveExact(again);
    pipeline.awaitTablesExact(alsoAgain);
    requireAway(again, alsoAgain);

    MetastoreAdmin back =
        new HttpMetastoreAdmin(MetastoreConnection.to(MetastoreChild.start(folder, port).url()));
    awaitState(back, pipeline, add(back, pipeline, "note", "string"), "active");
    for (DriverRun driver : List.of(again, alsoAgain)) {
      await()
          .atMost(Duration.ofSeconds(240))
          .until(() -> health(driver).path("metastore").asText().equals("answers"));
      assertThat(driver.terminate()).as(driver.log()).isZero();
      assertThat(driver.log()).contains("The metastore answers again");
    }
  }

  @Test
  void aProposalIsMadeOfWhatTheTopicHoldsAndCanBeApplied() throws IOException {
    Pipeline pipeline = Pipeline.create("proposed", 2);
    pipeline.produce(100);
    DriverRun proposed =
        pipeline.command("dataset", "propose", "--topic", pipeline.name()).expectExit(0);
    assertThat(proposed.log())
        .contains("id", "gone", "that of the metastore's source " + pipeline.name());
    Path file = Files.writeString(pipeline.folder().resolve("datasets.yaml"), proposed.log());
    DriverRun planned = pipeline.command("apply", file.toString(), "--plan").expectExit(0);
    assertThat(planned.log()).contains(pipeline.name());
  }

  /**
   * What was planned since the change was asked for begins with it, but for a batch of the trigger
   * that was under way: one that began later has to take up the version.
   */
  private static void requireNoTriggerBetween(long asked, long version, PlanLog plans) {
    List<Plan> since =
        LongStream.rangeClosed(0, plans.head().orElseThrow())
            .mapToObj(plans::plan)
            .flatMap(Optional::stream)
            .filter(plan -> plan.plannedAt() >= asked)
            .toList();
    List<Plan> before = since.stream().filter(plan -> plan.datasetVersion() < version).toList();
    assertThat(before).as("batches between the request and the change").hasSizeLessThanOrEqualTo(1);
    assertThat(since.get(before.size()).kind()).isEqualTo(PlanKind.DDL);
    assertThat(since.subList(before.size(), since.size()))
        .as("from there on")
        .allSatisfy(plan -> assertThat(plan.datasetVersion()).isEqualTo(version));
  }

  /** Phase 1 asks the metastore every ten seconds, and only then knows that it is away. */
  private static void requireAway(DriverRun... drivers) throws Exception {
    for (DriverRun driver : drivers) {
      await("the health of a driver")
          .atMost(Duration.ofSeconds(240))
          .until(() -> health(driver).path("metastore").asText().equals("away"));
      assertThat(health(driver).path("status").asText()).isEqualTo("ok");
      assertThat(driver.log()).contains("Going on with the last known");
    }
  }

  private static JsonNode health(DriverRun driver) throws Exception {
    Matcher address = ADDRESS.matcher(driver.log());
    assertThat(address.find()).as("the log says where the metrics are").isTrue();
    return Json.mapper()
        .readTree(
            HttpClient.newHttpClient()
                .send(
                    HttpRequest.newBuilder(URI.create(address.group(1) + "/health")).build(),
                    HttpResponse.BodyHandlers.ofString())
                .body());
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  private static long add(MetastoreAdmin metastore, Pipeline pipeline, String name, String type) {
    return metastore
        .ddl(pipeline.name(), List.of(new DdlOperation.AddColumn(ColumnSpec.of(name, type))))
        .version();
  }

  private static JsonNode awaitState(
      MetastoreAdmin metastore, Pipeline pipeline, long version, String state) {
    await("version %d of %s".formatted(version, pipeline.name()))
        .atMost(Duration.ofSeconds(480))
        .pollInterval(Duration.ofMillis(50))
        .until(() -> state(metastore, pipeline, version).equals(state));
    return metastore.show(path(pipeline, version));
  }

  private static String state(MetastoreAdmin metastore, Pipeline pipeline, long version) {
    return metastore.show(path(pipeline, version)).path("state").asText();
  }

  private static String path(Pipeline pipeline, long version) {
    return "datasets/%s/versions/%d".formatted(pipeline.name(), version);
  }
}
