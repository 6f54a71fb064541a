package dev.tributary.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.tributary.core.json.Json;
import dev.tributary.phase2.plan.BackfillTotals;
import dev.tributary.phase2.plan.Backfilled;
import dev.tributary.phase2.plan.DdlChange;
import dev.tributary.phase2.plan.Plan;
import dev.tributary.phase2.plan.PlanAccount;
import dev.tributary.phase2.plan.PlanCounts;
import dev.tributary.phase2.plan.PlanKind;
import dev.tributary.phase2.plan.PlanLog;
import dev.tributary.phase2.plan.PlanOutcome;
import dev.tributary.phase2.plan.PlanSource;
import dev.tributary.phase2.plan.TableVersions;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecoverCommandTest {
  @TempDir private Path lake;

  @Test
  void theSpecsBesideThePlanLogsOfAllTablesAreFound() throws Exception {
    Path specs = Files.createDirectories(lake.resolve("_plans/orders/specs"));
    Files.writeString(specs.resolve("orders-1.json"), "{\"name\":\"orders\"}");
    Files.writeString(specs.resolve("orders-12.json"), "{\"name\":\"orders\"}");
    Files.writeString(specs.resolve("else.txt"), "x");
    Files.createDirectories(lake.resolve("_plans/orders/00000"));
    Files.createDirectories(lake.resolve("_plans/empty"));
    assertThat(found(Map.of(), lake)).containsExactly("orders1", "orders12");
    assertThat(found(Map.of(), lake.resolve("none"))).isEmpty();
  }

  @Test
  void specsOfABackfillIntoAnotherTableAreNoVersionsOfTheDataset() throws Exception {
    Path own = lake.resolve("orders");
    Path again = lake.resolve("orders_again");
    spec(own, 1);
    spec(again, 1);
    spec(again, 7);
    PlanLog plans = PlanLog.open(again.toUri().toString(), new Configuration(false));
    plans.put(plan());
    plans.put(account());

    assertThat(found(Map.of("orders", own.toUri().toString()), lake))
        .as("of a dataset that the metastore knows")
        .containsExactly("orders1");
    assertThat(found(Map.of(), lake)).as("of one that it does not know").containsExactly("orders1");
    assertThat(found(Map.of("orders", lake.resolve("else").toUri().toString()), lake))
        .as("of one whose table was another one when the backup was made")
        .containsExactly("orders1");
  }

  @Test
  void versionsAreSentInPartsThatAServiceTakesAndInTheirOrder() {
    List<ObjectNode> versions = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      versions.add(Json.mapper().createObjectNode().put("version", i).put("x", "x".repeat(90_000)));
    }
    List<List<ObjectNode>> parts = RecoverCommand.parts(versions);
    assertThat(parts).hasSizeBetween(3, 4);
    assertThat(parts.stream().flatMap(List::stream).toList()).isEqualTo(versions);
    assertThat(parts)
        .allSatisfy(
            part ->
                assertThat(part.stream().mapToLong(one -> Json.write(one).length).sum())
                    .isLessThanOrEqualTo(1_000_000));
    assertThat(RecoverCommand.parts(List.of())).isEmpty();
  }

  private static void spec(Path table, int version) throws IOException {
    Path specs =
        Files.createDirectories(
            table.resolveSibling("_plans").resolve(table.getFileName()).resolve("specs"));
    Files.writeString(
        specs.resolve("orders-%d.json".formatted(version)),
        "{\"name\":\"orders\",\"target\":{\"path\":\"%s\"}}".formatted(table.toUri()));
  }

  private static List<String> found(Map<String, String> known, Path folder) {
    return new SpecsBesidePlans(new Configuration(false), known)
        .in(List.of(new org.apache.hadoop.fs.Path(folder.toUri()))).stream()
            .map(spec -> spec.path("dataset").asText() + spec.path("version").asLong())
            .toList();
  }

  @Test
  void whatThePlansSayOfAVersionIsSentWithIt() throws Exception {
    Path own = lake.resolve("orders");
    spec(own, 1);
    assertThat(states()).as("no plan was put yet").containsExactly("1 pending");
    PlanLog plans = PlanLog.open(own.toUri().toString(), new Configuration(false));
    spec(own, 2);
    spec(own, 4);
    plans.put(plan(0, PlanKind.DDL, 1));
    plans.put(account(0, PlanOutcome.COMMITTED, 1, 1));
    plans.put(plan(1, PlanKind.DDL, 2));
    assertThat(states())
        .as("a plan may bring it")
        .containsExactly("1 active", "2 pending", "4 pending");
    plans.put(account(1, PlanOutcome.VOID, 2, 1));
    assertThat(states()).containsExactly("1 active", "2 rejected", "4 rejected");
    plans.put(plan(2, PlanKind.DDL, 4));
    plans.put(account(2, PlanOutcome.COMMITTED, 4, 4));
    assertThat(states()).containsExactly("1 active", "2 rejected", "4 active");
  }

  private List<String> states() {
    Map<String, String> known = Map.of("orders", lake.resolve("orders").toUri().toString());
    return new SpecsBesidePlans(new Configuration(false), known)
        .in(List.of(new org.apache.hadoop.fs.Path(lake.toUri()))).stream()
            .map(spec -> spec.path("version").asLong() + " " + spec.path("state").asText())
            .toList();
  }

  private static Plan plan() {
    return plan(0, PlanKind.BACKFILL, 7);
  }

  private static Plan plan(long number, PlanKind kind, long version) {
    return new Plan(
        Plan.FORMAT,
        number,
        0,
        "id",
        kind,
        "orders",
        version,
        "run",
        17,
        new PlanSource("file:/raw", List.of()),
        List.of(),
        Map.of(),
        kind == PlanKind.DDL ? Optional.of(new DdlChange(0, version)) : Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  private static PlanAccount account() {
    return account(0, PlanOutcome.COMMITTED, 7, 7);
  }

  private static PlanAccount account(long number, PlanOutcome outcome, long version, long inForce) {
    return new PlanAccount(
        Plan.FORMAT,
        number,
        0,
        "id",
        "run",
        18,
        outcome,
        "orders",
        version,
        PlanCounts.NONE,
        new TableVersions(Optional.of(0L), Optional.empty(), Optional.empty()),
        List.of(),
        Map.of(),
        Map.of("orders", inForce),
        Map.of(),
        Optional.empty(),
        List.of(),
        Optional.empty(),
        Optional.of(new Backfilled(0, Map.of("orders", BackfillTotals.NONE))),
        List.of(),
        Map.of(),
        Map.of(),
        Optional.empty());
  }

  @Test
  void aDatabaseThatWasBegunAnewLearnsWhereItIsToldToLookAndNotByItself() throws Exception {
    Path specs = Files.createDirectories(lake.resolve("_plans/orders/specs"));
    Files.writeString(specs.resolve("orders-12.json"), "{\"name\":\"orders\"}");
    List<JsonNode> sent = new ArrayList<>();
    HttpServer metastore =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    metastore.createContext("/datasets", http -> answer(http, "{\"items\":[]}"));
    metastore.createContext(
        "/recovery",
        http -> {
          if (http.getRequestMethod().equals("POST")) {
            sent.add(Json.mapper().readTree(http.getRequestBody().readAllBytes()));
          }
          answer(http, "{\"needed\":false,\"recovered\":12}");
        });
    metastore.start();
    String url = "http://127.0.0.1:" + metastore.getAddress().getPort();
    try {
      assertThat(new RecoverCommand().run(new String[] {"--metastore.url", url})).isZero();
      assertThat(sent).isEmpty();
      assertThat(
              new RecoverCommand()
                  .run(
                      new String[] {
                        "--metastore.url", url, "--table-location", lake.toUri().toString()
                      }))
          .isZero();
    } finally {
      metastore.stop(0);
    }
    assertThat(sent).hasSize(2);
    assertThat(sent.get(0).at("/versions/0/version").asLong()).isEqualTo(12);
    assertThat(sent.get(0).path("done").asBoolean()).isFalse();
    assertThat(sent.get(1).path("versions")).isEmpty();
    assertThat(sent.get(1).path("done").asBoolean()).isTrue();
  }

  private static void answer(HttpExchange http, String body) throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    http.getResponseHeaders().set("Content-Type", "application/json");
    http.sendResponseHeaders(200, bytes.length);
    http.getResponseBody().write(bytes);
    http.close();
  }
}
