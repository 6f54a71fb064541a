package dev.tributary.metastore;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tributary.metastore.RunningMetastore.Answer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real HTTP against the real service. */
final class MetastoreServiceTest {
  private static final String SOURCE =
      """
      {"bootstrapServers":"localhost:9092","topic":"orders","archive":{"location":"s3a://raw/archive"}}
      """;
  private static final String DATASET =
      """
      {"source":"orders","target":{"path":"s3a://lake/orders","partitionBy":["day"]},
       "columns":[{"name":"id","type":"bigint"},{"name":"at","type":"timestamp"},
                  {"name":"day","type":"date"},{"name":"note","type":"string"},
                  {"name":"gone","type":"boolean"}],
       "write":{"mode":"upsert","primaryKey":["id"],"orderBy":["at"],"deleteWhen":"gone = true"}}
      """;

  @TempDir private Path folder;
  private RunningMetastore metastore;

  @BeforeEach
  void start() {
    metastore = new RunningMetastore(folder, "0", "--max-body-bytes", "64k");
  }

  @AfterEach
  void stop() {
    metastore.close();
  }

  private Answer put(String path, String body, String... headers) {
    return metastore.send("PUT", path, body, headers);
  }

  private void createOrders() {
    assertThat(put("/sources/orders", SOURCE).status()).isEqualTo(201);
    assertThat(put("/datasets/orders", DATASET).status()).isEqualTo(201);
  }

  private Answer ddl(String operations) {
    return metastore.send(
        "POST", "/ddl", "{\"table\":\"orders\",\"operations\":" + operations + "}");
  }

  @Test
  void aSourceIsCreatedWithDefaultsAndReadBack() {
    Answer created = put("/sources/orders", SOURCE);
    assertThat(created.status()).isEqualTo(201);
    Answer read = metastore.get("/sources/orders");
    assertThat(read.status()).isEqualTo(200);
    assertThat(read.body()).isEqualTo(created.body());
    assertThat(read.header("ETag"))
        .isEqualTo("\"1-%d\"".formatted(read.body().path("createdAt").asLong()));
    assertThat(read.body().at("/spec/topics/0").asText()).isEqualTo("orders");
    assertThat(read.body().at("/spec/isolation").asText()).isEqualTo("read_committed");
    String etag = read.header("ETag");
    assertThat(metastore.send("GET", "/sources/orders", "", "If-None-Match", etag).status())
        .isEqualTo(304);
  }

  @Test
  void twoSourcesMayNotWriteOneTopicIntoOneArchive() {
    createOrders();
    String same =
        "{\"bootstrapServers\":\"localhost:9092\",\"topics\":[\"clicks\",\"orders\"],"
            + "\"archive\":{\"location\":\"s3://raw/archive/\"}}";
    Answer refused = put("/sources/more_orders", same);
    assertThat(refused.status()).isEqualTo(409);
    assertThat(refused.detail()).contains("The source orders keeps the topic orders");
    assertThat(put("/sources/more_orders", same.replace("raw/archive", "raw/other")).status())
        .isEqualTo(201);
  }

  @Test
  void theSameAgainGetsNoNewVersion() {
    createOrders();
    Answer again = put("/datasets/orders", DATASET, "If-Match", "\"1.1\"");
    assertThat(again.status()).isEqualTo(200);
    assertThat(again.body().path("version").asInt()).isEqualTo(1);
  }

  @Test
  void replacingNeedsTheVersionThatIsReplaced() {
    createOrders();
    String changed =
        DATASET.replace("\"source\":\"orders\"", "\"source\":\"orders\",\"group\":\"b\"");
    Answer without = put("/datasets/orders", changed);
    assertThat(without.status()).isEqualTo(428);
    assertThat(without.code()).isEqualTo("precondition-required");
    Answer stale = put("/datasets/orders", changed, "If-Match", "\"7.7\"");
    assertThat(stale.status()).isEqualTo(412);
    assertThat(stale.detail()).contains("\"7.7\"").contains("\"1.1-pending.");
    Answer right = put("/datasets/orders", changed, "If-Match", "\"1.1\"");
    assertThat(right.status()).isEqualTo(200);
    assertThat(right.body().path("version").asInt()).isEqualTo(2);
    assertThat(put("/datasets/new", DATASET, "If-Match", "*").status()).isEqualTo(412);
  }

  @Test
  void twoWhoReplaceTheSameVersionAtOnceLeaveNoLostUpdate() {
    createOrders();
    List<Integer> statuses =
        IntStream.range(0, 16)
            .parallel()
            .mapToObj(
                i ->
                    put(
                            "/datasets/orders",
                            DATASET.replace(
                                "\"source\":\"orders\"",
                                "\"source\":\"orders\",\"maxRecordsPerBatch\":" + (i + 1)),
                            "If-Match",
                            "\"1.1\"")
                        .status())
            .toList();
    assertThat(statuses).filteredOn(status -> status == 200).hasSize(1);
    assertThat(statuses).filteredOn(status -> status == 412).hasSize(15);
    assertThat(metastore.get("/datasets/orders/versions").body().path("items")).hasSize(2);
  }

  @Test
  void ddlOfManyAtOnceIsSerialisedIntoDenseVersions() {
    createOrders();
    List<Integer> statuses =
        IntStream.range(0, 24)
            .parallel()
            .mapToObj(
                i ->
                    ddl("[{\"op\":\"add_column\",\"column\":{\"name\":\"c%d\",\"type\":\"int\"}}]"
                            .formatted(i))
                        .status())
            .toList();
    assertThat(statuses).containsOnly(200);
    List<Integer> versions = new ArrayList<>();
    metastore
        .get("/datasets/orders/versions")
        .body()
        .path("items")
        .forEach(item -> versions.add(item.path("version").asInt()));
    assertThat(versions)
        .containsExactlyElementsOf(IntStream.rangeClosed(0, 24).mapToObj(i -> 25 - i).toList());
    assertThat(metastore.get("/datasets/orders").body().at("/spec/columns")).hasSize(29);
  }

  @Test
  void addedDroppedAndRenamedColumnsMakeOneNewVersion() {
    createOrders();
    Answer changed =
        ddl(
            """
            [{"op":"add_column","column":{"name":"city","type":"struct<name:string,zip:int>"}},
             {"op":"rename_column","name":"note","to":"remark"}]
            """);
    assertThat(changed.status()).isEqualTo(200);
    assertThat(changed.body().path("version").asInt()).isEqualTo(2);
    assertThat(changed.body().path("state").asText()).isEqualTo("pending");
    assertThat(changed.body().path("operation").asText())
        .isEqualTo("add_column city, rename_column note to remark");
    assertThat(changed.body().at("/spec/columns/3/name").asText()).isEqualTo("remark");
    assertThat(changed.body().at("/spec/columns/3/path").asText()).isEqualTo("note");
    assertThat(ddl("[{\"op\":\"drop_column\",\"name\":\"remark\"}]").status()).isEqualTo(200);
    assertThat(metastore.get("/datasets/orders/versions/1").body().at("/spec/columns")).hasSize(5);
  }

  @Test
  void ddlIsAllOrNothing() {
    createOrders();
    Answer refused =
        ddl(
            """
            [{"op":"add_column","column":{"name":"city","type":"string"}},
             {"op":"drop_column","name":"id"}]
            """);
    assertThat(refused.status()).isEqualTo(409);
    assertThat(refused.code()).isEqualTo("change-refused");
    assertThat(refused.pointer()).isEqualTo("/operations/1/name");
    assertThat(refused.detail()).contains("The column id is used as a key column.");
    assertThat(refused.body().path("remedy").asText()).isNotEmpty();
    assertThat(metastore.get("/datasets/orders").body().path("version").asInt()).isEqualTo(1);
  }

  @Test
  void columnsThatSomethingStandsOnAreKept() {
    createOrders();
    for (String column : List.of("id", "AT", "day", "gone")) {
      Answer refused = ddl("[{\"op\":\"drop_column\",\"name\":\"%s\"}]".formatted(column));
      assertThat(refused.status()).as(column).isEqualTo(409);
    }
  }

  @Test
  void columnsThatCannotBeAddedAreRefusedByTheirPointer() {
    createOrders();
    activation(1, "\"outcome\":\"active\"");
    assertThat(pointerOfAdd("{\"name\":\"ID\",\"type\":\"int\"}"))
        .isEqualTo("/operations/0/column/name");
    assertThat(pointerOfAdd("{\"name\":\"_Offset\",\"type\":\"int\"}"))
        .isEqualTo("/operations/0/column/name");
    assertThat(pointerOfAdd("{\"name\":\"x\",\"type\":\"array<strin>\"}"))
        .isEqualTo("/operations/0/column/type");
    assertThat(pointerOfAdd("{\"name\":\"x\",\"type\":\"int\",\"nullable\":false}"))
        .isEqualTo("/operations/0/column/nullable");
    assertThat(pointerOfAdd("{\"name\":\"x\",\"type\":\"int\",\"nulable\":true}"))
        .isEqualTo("/operations/0/column/nulable");
  }

  private String pointerOfAdd(String column) {
    Answer answer = ddl("[{\"op\":\"add_column\",\"column\":" + column + "}]");
    assertThat(answer.status()).as(answer.detail()).isBetween(400, 409);
    return answer.pointer();
  }

  @Test
  void pauseAndResumeMakeVersions() {
    createOrders();
    String body = "{\"table\":\"orders\",\"operations\":[{\"op\":\"pause\"}]}";
    Answer paused = metastore.send("POST", "/dml", body);
    assertThat(paused.body().at("/spec/state").asText()).isEqualTo("paused");
    assertThat(metastore.send("POST", "/dml", body).body().path("version").asInt()).isEqualTo(2);
    Answer resumed = metastore.send("POST", "/dml", body.replace("pause", "resume"));
    assertThat(resumed.body().at("/spec/state").asText()).isEqualTo("active");
    assertThat(resumed.body().path("version").asInt()).isEqualTo(3);
  }

  @Test
  void retiringKeepsHistoryAndTheSourceWaitsForItsReaders() {
    createOrders();
    Answer early = metastore.send("DELETE", "/sources/orders", "");
    assertThat(early.status()).isEqualTo(409);
    assertThat(early.detail()).contains("[orders]");
    assertThat(metastore.send("DELETE", "/datasets/orders", "").status()).isEqualTo(200);
    assertThat(metastore.send("DELETE", "/sources/orders", "").status()).isEqualTo(200);
    assertThat(metastore.get("/datasets/orders").body().at("/spec/state").asText())
        .isEqualTo("retired");
    assertThat(metastore.get("/datasets/orders/versions").body().path("items")).hasSize(2);
    Answer resumed =
        metastore.send(
            "POST", "/dml", "{\"table\":\"orders\",\"operations\":[{\"op\":\"resume\"}]}");
    assertThat(resumed.status()).isEqualTo(409);
  }

  @Test
  void aSourceStandsInlineAndDisagreementIsRefused() {
    String inline =
        DATASET.replace(
            "\"source\":\"orders\"",
            "\"source\":{\"topic\":\"shop.Orders\",\"bootstrapServers\":\"b:9092\","
                + "\"archive\":{\"location\":\"s3a://raw/a\"}}");
    assertThat(put("/datasets/first", inline).body().at("/spec/source").asText())
        .isEqualTo("shop_orders");
    assertThat(metastore.get("/sources/shop_orders").status()).isEqualTo(200);
    assertThat(put("/datasets/second", inline.replace("lake/orders", "lake/o2")).status())
        .isEqualTo(201);
    Answer other = put("/datasets/third", inline.replace("b:9092", "c:9092"));
    assertThat(other.status()).isEqualTo(409);
    assertThat(other.pointer()).isEqualTo("/source");
    assertThat(metastore.get("/datasets/third").status()).isEqualTo(404);
  }

  @Test
  void aRefusedDatasetLeavesNoInlineSourceBehind() {
    String broken =
        DATASET
            .replace(
                "\"source\":\"orders\"",
                "\"source\":{\"topic\":\"t\",\"bootstrapServers\":\"b:9092\","
                    + "\"archive\":{\"location\":\"s3a://raw/a\"}}")
            .replace("\"bigint\"", "\"biggint\"");
    Answer refused = put("/datasets/orders", broken);
    assertThat(refused.status()).isEqualTo(400);
    assertThat(refused.pointer()).isEqualTo("/columns/0/type");
    assertThat(put("/sources/orders", SOURCE).status()).as("commits what is open").isEqualTo(201);
    assertThat(metastore.get("/sources/t").status()).isEqualTo(404);
  }

  @Test
  void whatATableCannotBecomeIsRefused() {
    createOrders();
    activation(1, "\"outcome\":\"active\"");
    assertThat(pointerOfReplace("s3a://lake/orders", "s3a://lake/other")).isEqualTo("/target/path");
    assertThat(pointerOfReplace("\"string\"", "\"int\"")).isEqualTo("/columns/3/type");
    assertThat(pointerOfReplace("[\"id\"]", "[\"note\"]")).isEqualTo("/write/primaryKey");
    assertThat(pointerOfReplace("[\"day\"]", "[]")).isEqualTo("/target/partitionBy");
    assertThat(pointerOfReplace("\"note\"", "\"NOTE\"")).isEqualTo("/columns/3/name");
  }

  private String pointerOfReplace(String from, String to) {
    Answer answer = put("/datasets/orders", DATASET.replace(from, to), "If-Match", "\"1.1\"");
    assertThat(answer.status()).as(answer.detail()).isEqualTo(409);
    return answer.pointer();
  }

  @Test
  void anActivationMovesStatesAndARejectionGoesBack() {
    createOrders();
    activation(1, "\"outcome\":\"active\",\"sequences\":{\"orders\":3},\"deltaVersion\":0");
    assertThat(metastore.get("/datasets/orders").body().path("state").asText()).isEqualTo("active");
    ddl("[{\"op\":\"add_column\",\"column\":{\"name\":\"a\",\"type\":\"int\"}}]");
    activation(2, "\"outcome\":\"rejected\",\"reason\":\"the table has it\"");
    Answer current = metastore.get("/datasets/orders");
    assertThat(current.body().path("version").asInt()).isEqualTo(1);
    assertThat(current.body().path("latestVersion").asInt()).isEqualTo(2);
    assertThat(current.header("ETag"))
        .isEqualTo("\"1.2-active.%d\"".formatted(current.body().path("createdAt").asLong()));
    assertThat(
            metastore.get("/datasets/orders/versions/2").body().at("/activation/reason").asText())
        .isEqualTo("the table has it");
    Answer next = ddl("[{\"op\":\"add_column\",\"column\":{\"name\":\"b\",\"type\":\"int\"}}]");
    assertThat(next.body().path("version").asInt()).isEqualTo(3);
    assertThat(next.body().at("/spec/columns")).hasSize(6);
    activation(3, "\"outcome\":\"active\"");
    activation(1, "\"outcome\":\"active\",\"sequences\":{\"orders\":3},\"deltaVersion\":0");
    assertThat(states()).containsExactly("active", "rejected", "superseded");
  }

  @Test
  void whereEveryVersionIsRejectedTheNewestIsGoneOnFrom() {
    createOrders();
    activation(1, "\"outcome\":\"rejected\",\"reason\":\"no JAR\"");
    assertThat(metastore.get("/datasets/orders").body().path("state").asText())
        .isEqualTo("rejected");
    ddl("[{\"op\":\"add_column\",\"column\":{\"name\":\"a\",\"type\":\"int\"}}]");
    activation(2, "\"outcome\":\"rejected\",\"reason\":\"no JAR\"");
    assertThat(metastore.get("/datasets/orders").body().path("version").asInt()).isEqualTo(2);
    ddl("[{\"op\":\"add_column\",\"column\":{\"name\":\"b\",\"type\":\"int\"}}]");
    activation(2, "\"outcome\":\"active\"");
    activation(3, "\"outcome\":\"active\"");
    assertThat(states()).containsExactly("active", "superseded", "rejected");
  }

  @Test
  void aRejectedVersionGivesBackTheSourceItLeftAndTheStateItEnded() {
    createOrders();
    put("/sources/others", SOURCE.replace("orders", "others"));
    String moved = DATASET.replace("\"source\":\"orders\"", "\"source\":\"others\"");
    put("/datasets/orders", moved, "If-Match", "*");
    activation(2, "\"outcome\":\"rejected\",\"reason\":\"it cannot\"");
    Answer early = metastore.send("DELETE", "/sources/orders", "");
    assertThat(early.status()).isEqualTo(409);
    assertThat(early.detail()).contains("[orders]");
    assertThat(metastore.send("DELETE", "/sources/others", "").status()).isEqualTo(200);

    assertThat(metastore.send("DELETE", "/datasets/orders", "").status()).isEqualTo(200);
    activation(3, "\"outcome\":\"rejected\",\"reason\":\"it cannot\"");
    assertThat(metastore.send("DELETE", "/sources/orders", "").status())
        .as("version 1 is read again")
        .isEqualTo(409);
  }

  @Test
  void aDatasetThatWasPausedOverABadChangeCanBeResumedOnceThatIsRejected() {
    createOrders();
    activation(1, "\"outcome\":\"active\"");
    dml("pause");
    ddl("[{\"op\":\"add_column\",\"column\":{\"name\":\"bad\",\"type\":\"int\"}}]");
    dml("resume");
    activation(4, "\"outcome\":\"rejected\",\"reason\":\"the table has it\"");
    assertThat(states()).containsExactly("rejected", "rejected", "pending", "active");
    Answer now = metastore.get("/datasets/orders");
    assertThat(now.body().path("version").asInt()).as("paused, without the change").isEqualTo(2);
    assertThat(
            metastore.get("/datasets/orders/versions/3").body().at("/activation/reason").asText())
        .isEqualTo("As version 4: the table has it");
    Answer resumed = dml("resume");
    assertThat(resumed.body().path("version").asInt()).isEqualTo(5);
    assertThat(resumed.body().at("/spec/columns").findValuesAsText("name")).doesNotContain("bad");
    activation(5, "\"outcome\":\"active\"");
    assertThat(metastore.get("/datasets/orders").body().at("/spec/state").asText())
        .isEqualTo("active");
  }

  private Answer dml(String operation) {
    Answer answer =
        metastore.send(
            "POST",
            "/dml",
            "{\"table\":\"orders\",\"operations\":[{\"op\":\"%s\"}]}".formatted(operation));
    assertThat(answer.status()).as(answer.detail()).isEqualTo(200);
    return answer;
  }

  @Test
  void aVersionThatIsInForceIsNotRejectedByAReportThatComesLate() {
    createOrders();
    activation(1, "\"outcome\":\"active\"");
    ddl("[{\"op\":\"add_column\",\"column\":{\"name\":\"a\",\"type\":\"int\"}}]");
    activation(2, "\"outcome\":\"active\"");
    activation(2, "\"outcome\":\"rejected\",\"reason\":\"another driver lacks a JAR\"");
    activation(1, "\"outcome\":\"rejected\",\"reason\":\"another driver lacks a JAR\"");
    assertThat(states()).containsExactly("active", "superseded");
    assertThat(metastore.get("/datasets/orders").body().path("version").asInt()).isEqualTo(2);
  }

  @Test
  void whereAVersionCameIntoForceStaysWhateverALaterRunReports() {
    createOrders();
    activation(1, "\"outcome\":\"active\",\"sequences\":{\"orders\":3},\"deltaVersion\":0");
    activation(1, "\"outcome\":\"active\",\"sequences\":{\"orders\":9},\"deltaVersion\":5");
    JsonNode activation = metastore.get("/datasets/orders").body().path("activation");
    assertThat(activation.at("/sequences/orders").asInt()).isEqualTo(3);
    assertThat(activation.path("deltaVersion").asInt()).isZero();
  }

  @Test
  void aSourceThatIsCreatedWithItsDatasetStandsInTheAuditToo() {
    String inline =
        DATASET.replace(
            "\"source\":\"orders\"",
            "\"source\":{\"topic\":\"shop\",\"bootstrapServers\":\"b:9092\","
                + "\"archive\":{\"location\":\"s3a://raw/a\"}}");
    put("/datasets/first?reason=begin", inline);
    put("/datasets/second", inline.replace("s3a://lake/orders", "s3a://lake/second"));
    List<String> entries = new ArrayList<>();
    metastore
        .get("/audit")
        .body()
        .path("items")
        .forEach(
            item ->
                entries.add(
                    "%s %s %s"
                        .formatted(
                            item.path("action").asText(),
                            item.path("resource").asText(),
                            item.path("reason").asText())));
    assertThat(entries)
        .containsExactly(
            "create /datasets/second ",
            "create /datasets/first begin",
            "create /sources/shop begin");
  }

  private void activation(int version, String rest) {
    Answer answer =
        metastore.send(
            "POST",
            "/activations",
            "{\"dataset\":\"orders\",\"version\":%d,\"run\":\"r1\",%s}".formatted(version, rest));
    assertThat(answer.status()).as(answer.detail()).isEqualTo(204);
  }

  private List<String> states() {
    List<String> states = new ArrayList<>();
    metastore
        .get("/datasets/orders/versions")
        .body()
        .path("items")
        .forEach(item -> states.add(item.path("state").asText()));
    return states;
  }

  @Test
  void theConfigurationIsDatasetAndSourceTogether() {
    createOrders();
    Answer first = metastore.get("/config/orders");
    assertThat(first.body().at("/dataset/spec/name").asText()).isEqualTo("orders");
    assertThat(first.body().at("/source/spec/topics/0").asText()).isEqualTo("orders");
    String etag = first.header("ETag");
    assertThat(metastore.send("GET", "/config/orders", "", "If-None-Match", etag).status())
        .isEqualTo(304);
    ddl("[{\"op\":\"drop_column\",\"name\":\"note\"}]");
    assertThat(metastore.send("GET", "/config/orders", "", "If-None-Match", etag).status())
        .isEqualTo(200);
    assertThat(metastore.get("/config/orders?version=1").body().at("/dataset/spec/columns"))
        .hasSize(5);
    assertThat(metastore.get("/config/orders?version=9").status()).isEqualTo(404);
    assertThat(metastore.get("/config/orders?version=x").status()).isEqualTo(400);
    assertThat(metastore.get("/config/nothing").code()).isEqualTo("not-found");
  }

  @Test
  void listsComeInPages() {
    put("/sources/orders", SOURCE);
    for (int i = 0; i < 5; i++) {
      put("/datasets/d" + i, DATASET.replace("lake/orders", "lake/d" + i));
    }
    List<String> names = new ArrayList<>();
    String path = "/datasets?limit=2";
    while (!path.isEmpty()) {
      Answer page = metastore.get(path);
      page.body().path("items").forEach(item -> names.add(item.path("name").asText()));
      String token = page.body().path("nextPageToken").asText("");
      path = token.isEmpty() ? "" : "/datasets?limit=2&pageToken=" + token;
    }
    assertThat(names).containsExactly("d0", "d1", "d2", "d3", "d4");
    assertThat(metastore.get("/datasets?limit=0").code()).isEqualTo("request-invalid");
    assertThat(metastore.get("/datasets?pageToken=%21").code()).isEqualTo("request-invalid");
  }

  @Test
  void whatTheServiceDoesNotKnowIsRefused() {
    createOrders();
    Answer query = metastore.get("/datasets?limt=1");
    assertThat(query.code()).isEqualTo("request-invalid");
    assertThat(query.detail()).contains("limt").contains("Did you mean limit?");
    Answer field = put("/sources/other", SOURCE.replace("{\"boot", "{\"isolatoin\":\"x\",\"boot"));
    assertThat(field.pointer()).isEqualTo("/isolatoin");
    assertThat(field.detail()).contains("Did you mean isolation?");
    Answer both =
        put("/sources/other", SOURCE.replace("\"topic\"", "\"topics\":[\"a\"],\"topic\""));
    assertThat(both.pointer()).isEqualTo("/topic");
  }

  @Test
  void errorsAreProblemDocumentsWithoutInsides() {
    for (Answer answer :
        List.of(
            metastore.get("/nothing"),
            metastore.get("/sources/%00"),
            metastore.get("/sources/" + "x".repeat(20_000)),
            metastore.send("PATCH", "/sources/x", "{}"),
            put("/sources/x", "{\"a\":"),
            put("/sources/x", "[]"),
            put("/sources/x", "null"),
            metastore.send("POST", "/ddl", "null"),
            metastore.send("POST", "/ddl", "{\"table\":\"orders\",\"operations\":[null]}"),
            metastore.send(
                "POST", "/ddl", "{\"table\":\"orders\",\"operations\":[{\"op\":\"x\"}]}"),
            metastore.send(
                "POST", "/ddl", "{\"table\":\"orders\",\"operations\":[{\"op\":\"add_column\"}]}"),
            metastore.send("POST", "/runs", "{}"),
            metastore.send("POST", "/activations", "{\"dataset\":\"x\"}"),
            put("/sources/X", SOURCE),
            put("/sources/x", SOURCE.replace("\"topic\":\"orders\"", "\"topics\":[null]")),
            put("/sources/x", SOURCE.replace("{\"boot", "{\"kafkaOptions\":{\"a\":null},\"boot")),
            put("/datasets/x", DATASET.replace("[\"id\"]", "[null]")),
            put("/datasets/x", DATASET.replace("{\"name\":\"id\",\"type\":\"bigint\"}", "null")),
            put("/datasets/x", "\"" + "x".repeat(70_000) + "\""))) {
      assertThat(answer.status()).as(answer.response().body()).isBetween(400, 499);
      assertThat(answer.header("Content-Type")).isEqualTo("application/problem+json");
      assertThat(answer.body().path("status").asInt()).isEqualTo(answer.status());
      assertThat(answer.code()).isNotEmpty();
      assertThat(answer.response().body())
          .doesNotContain("Exception")
          .doesNotContain("at dev.")
          .doesNotContain("jackson");
    }
    assertThat(put("/datasets/x", "\"" + "x".repeat(70_000) + "\"").status()).isEqualTo(413);
    assertThat(metastore.send("PATCH", "/sources/x", "{}").status()).isEqualTo(405);
  }

  @Test
  void aLiteralSecretIsRefusedAndNotRepeated() {
    Answer answer =
        put(
            "/sources/x",
            SOURCE.replace(
                "{\"boot", "{\"kafkaOptions\":{\"sasl.jaas.config\":\"hunter2\"},\"boot"));
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.pointer()).isEqualTo("/kafkaOptions/sasl.jaas.config");
    assertThat(answer.body().path("remedy").asText())
        .isEqualTo("Use a reference: env:NAME or file:/path.");
    assertThat(answer.response().body()).doesNotContain("hunter2");
  }

  @Test
  void aKafkaOptionThatDriversWouldIgnoreIsRefused() {
    Answer answer =
        put(
            "/sources/x",
            SOURCE.replace(
                "{\"boot",
                "{\"kafkaOptions\":{\"fetch.min.bytes\":\"1\",\"isolation.level\":\"read_uncommitted\"},\"boot"));
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.code()).isEqualTo("spec-invalid");
    assertThat(answer.pointer()).isEqualTo("/kafkaOptions/isolation.level");
    assertThat(answer.response().body()).contains("Set isolation of the source.");
    assertThat(
            put(
                    "/sources/x",
                    SOURCE.replace(
                        "{\"boot", "{\"kafkaOptions\":{\"fetch.min.bytes\":\"1\"},\"boot"))
                .status())
        .isEqualTo(201);
  }

  @Test
  void runsReportAndAreListedNewestFirst() {
    for (int at = 1; at <= 3; at++) {
      assertThat(
              metastore
                  .send(
                      "POST",
                      "/runs",
                      "{\"run\":\"r%d\",\"pipeline\":\"orders\",\"phase\":2,\"state\":\"running\",\"at\":%d}"
                          .formatted(at, at))
                  .status())
          .isEqualTo(204);
    }
    Answer runs = metastore.get("/runs?pipeline=orders&limit=2");
    assertThat(runs.body().at("/items/0/run").asText()).isEqualTo("r3");
    assertThat(runs.body().path("items")).hasSize(2);
    assertThat(metastore.get("/runs?pipeline=other").body().path("items")).isEmpty();
  }

  @Test
  void theLastReportOfATableIsToldWithItsTimeAndAnOlderOneOfItsRunIsNot() {
    assertThat(metastore.send("POST", "/tables", table("r1", 5, 5)).status()).isEqualTo(404);
    createOrders();
    assertThat(metastore.get("/datasets/orders/table").body().has("reported")).isFalse();
    assertThat(metastore.get("/datasets/none/table").status()).isEqualTo(404);

    assertThat(metastore.send("POST", "/tables", table("r1", 5, 5)).status()).isEqualTo(204);
    metastore.send("POST", "/tables", table("r1", 4, 4));
    Answer told = metastore.get("/datasets/orders/table");
    assertThat(told.body().at("/reported/at").asLong()).isEqualTo(5);
    assertThat(told.body().at("/reported/tiers/table/version").asLong()).isEqualTo(5);

    metastore.send("POST", "/tables", table("r2", 3, 9));
    assertThat(metastore.get("/tables").body().at("/items/0/reported/tiers/table/version").asLong())
        .as("a clock that is ahead does not keep the next run from being heard")
        .isEqualTo(9);

    Answer other =
        metastore.send(
            "POST",
            "/tables",
            table("r2", 3, 9).replace("{\"dataset\":\"orders\",\"v", "{\"dataset\":\"x\",\"v"));
    assertThat(other.status()).isEqualTo(400);
    assertThat(other.pointer()).isEqualTo("/tiers/dataset");
  }

  private static String table(String run, long at, long version) {
    return """
        {"dataset":"orders","run":"%s","at":%d,"tiers":{"dataset":"orders","version":1,"location":"file:///orders",
         "archive":[],"table":{"location":"file:///orders","version":%d,"committedAt":1,"minReaderVersion":1,
         "minWriterVersion":2,"features":[],"files":1,"bytes":1,"columns":[],"partitionBy":[],"properties":{}}}}
        """
        .formatted(run, at, version);
  }

  @Test
  void aReportThatIsRepeatedWithItsKeyIsTakenInOnce() {
    String run = "{\"run\":\"r\",\"pipeline\":\"orders\",\"phase\":2,\"state\":\"%s\",\"at\":1}";
    String[] key = {"Idempotency-Key", "run-1"};
    Answer first = metastore.send("POST", "/runs", run.formatted("running"), key);
    assertThat(first.status()).isEqualTo(204);
    assertThat(first.header("Idempotency-Replayed")).isEmpty();
    metastore.send("POST", "/runs", run.formatted("failed"));
    metastore.close();
    metastore = new RunningMetastore(folder);
    Answer again = metastore.send("POST", "/runs", run.formatted("running"), key);
    assertThat(again.status()).isEqualTo(204);
    assertThat(again.header("Idempotency-Replayed")).isEqualTo("true");
    assertThat(metastore.get("/runs").body().at("/items/0/state").asText())
        .as("what came in between stays")
        .isEqualTo("failed");
    Answer other = metastore.send("POST", "/runs", run.formatted("stopped"), key);
    assertThat(other.status()).isEqualTo(422);
    assertThat(other.code()).isEqualTo("idempotency-key-reused");

    String active = "{\"dataset\":\"orders\",\"version\":1,\"outcome\":\"active\",\"run\":\"r\"}";
    String[] next = {"Idempotency-Key", "activation-1"};
    assertThat(metastore.send("POST", "/activations", active, next).status()).isEqualTo(404);
    createOrders();
    Answer taken = metastore.send("POST", "/activations", active, next);
    assertThat(taken.status()).as("a refusal keeps no key").isEqualTo(204);
    assertThat(taken.header("Idempotency-Replayed")).isEmpty();
    assertThat(metastore.send("POST", "/activations", active, next).header("Idempotency-Replayed"))
        .isEqualTo("true");
    assertThat(
            metastore.send("POST", "/activations", active.replace("\"r\"", "\"r2\""), next).code())
        .isEqualTo("idempotency-key-reused");
    assertThat(states()).containsExactly("active");
  }

  @Test
  void runsComeInPagesAlsoWhereManyReportAtOneTime() {
    List<String> all = new ArrayList<>();
    for (String pipeline : List.of("b", "a/ä \\n")) {
      for (int at = 3; at > 0; at--) {
        for (int phase = 2; phase > 0; phase--) {
          String run = "%s at %d of phase %d".formatted(pipeline, at / 2, phase);
          for (String part : List.of("y", "x")) {
            Answer answer =
                metastore.send(
                    "POST",
                    "/runs",
                    "{\"run\":\"%s %d %s\",\"pipeline\":\"%s\",\"phase\":%d,\"state\":\"running\",\"at\":%d}"
                        .formatted(run, at, part, pipeline, phase, at / 2));
            assertThat(answer.status()).as(answer.detail()).isEqualTo(204);
          }
        }
      }
    }
    metastore.get("/runs").body().path("items").forEach(item -> all.add(run(item)));
    assertThat(all).hasSize(24);
    assertThat(pages("/runs?limit=5")).isEqualTo(all);
    assertThat(pages("/runs?limit=1")).isEqualTo(all);
    assertThat(pages("/runs?limit=24")).isEqualTo(all);
    assertThat(pages("/runs?pipeline=b&limit=5"))
        .isEqualTo(all.stream().filter(run -> run.startsWith("b")).toList());
    for (String token : List.of("b3JkZXJz", "e30", "bnVsbA", "!")) {
      Answer refused = metastore.get("/runs?pageToken=" + token);
      assertThat(refused.status()).as(token).isEqualTo(400);
      assertThat(refused.detail())
          .startsWith("The page token '%s' is not one of this service.".formatted(token));
    }
  }

  private List<String> pages(String path) {
    List<String> runs = new ArrayList<>();
    String token = "";
    do {
      JsonNode page = metastore.get(path + token).body();
      page.path("items").forEach(item -> runs.add(run(item)));
      token = page.has("nextPageToken") ? "&pageToken=" + page.get("nextPageToken").asText() : "";
    } while (!token.isEmpty());
    return runs;
  }

  private static String run(JsonNode item) {
    return item.path("run").asText();
  }

  @Test
  void healthAndMetricsAnswer() {
    assertThat(metastore.get("/health/live").status()).isEqualTo(200);
    assertThat(metastore.get("/health/ready").status()).isEqualTo(200);
    metastore.get("/datasets/some-name");
    assertThat(metastore.get("/metrics").response().body())
        .contains(
            "tributary_metastore_request_seconds_count{method=\"GET\",route=\"/datasets/{name}\",status=\"404\"}"
                + " 1")
        .doesNotContain("some-name");
  }

  @Test
  void whatWasAnsweredIsThereAfterARestart() {
    createOrders();
    ddl("[{\"op\":\"drop_column\",\"name\":\"note\"}]");
    metastore.close();
    metastore = new RunningMetastore(folder);
    assertThat(metastore.get("/datasets/orders").body().path("version").asInt()).isEqualTo(2);
  }

  @Test
  void topicsThatAreFoundByAPatternAreAddedOnceAndKeptWhenThePatternIsWrittenAgain() {
    String pattern =
        """
        {"topicPattern":"sales[.].*","bootstrapServers":"b:1","archive":{"location":"s3a://raw/p"}}
        """;
    Answer made = metastore.send("PUT", "/sources/sales", pattern);
    assertThat(made.status()).as(made.detail()).isEqualTo(201);
    assertThat(made.body().at("/spec/topics")).isEmpty();
    metastore.send(
        "PUT",
        "/sources/other",
        pattern.replace("\"topicPattern\":\"sales[.].*\"", "\"topic\":\"sales.x\""));
    metastore.reader().foundTopics("sales", List.of("sales.a", "sales.x"));
    metastore.reader().foundTopics("sales", List.of("sales.a"));
    metastore.reader().foundTopics("sales", List.of("sales.b", "sales.a"));
    Answer now = metastore.get("/sources/sales");
    assertThat(now.body().path("version").asLong()).as("nothing new, no version").isEqualTo(3);
    assertThat(now.body().path("operation").asText()).isEqualTo("found sales.b");
    assertThat(now.body().at("/spec/topics").toString())
        .as("another source keeps sales.x in this archive")
        .isEqualTo("[\"sales.a\",\"sales.b\"]");
    Answer again = metastore.send("PUT", "/sources/sales", pattern, "If-Match", "*");
    assertThat(again.body().path("version").asLong()).isEqualTo(3);
    Answer stranger =
        metastore.send("POST", "/sources/sales/topics", "{\"topics\":[\"salesmen\"]}");
    assertThat(stranger.status()).isEqualTo(409);
    assertThat(stranger.pointer()).isEqualTo("/topics/0");
    assertThat(stranger.detail()).contains("whose pattern is 'sales[.].*'");
    Answer broken = metastore.send("PUT", "/sources/s", pattern.replace("[.].*", "["));
    assertThat(broken.pointer()).isEqualTo("/topicPattern");
    Answer late =
        metastore.send(
            "PUT", "/sources/s", pattern.replace("{\"topic", "{\"start\":\"latest\",\"topic"));
    assertThat(late.pointer()).isEqualTo("/start");
    assertThat(late.detail()).contains("topics are found after their first records");
  }

  @Test
  void whatDriversMakeOfAVersionStandsInTheAuditOnce() {
    createOrders();
    activation(1, "\"outcome\":\"active\"");
    activation(1, "\"outcome\":\"active\"");
    ddl("[{\"op\":\"drop_column\",\"name\":\"note\"}]");
    activation(2, "\"outcome\":\"rejected\",\"reason\":\"It cannot be.\"");
    List<String> entries = new ArrayList<>();
    for (JsonNode item : metastore.get("/audit").body().path("items")) {
      if (item.path("resource").asText().equals("/datasets/orders")) {
        entries.add(
            "%s %s %s %s"
                .formatted(
                    item.path("by").asText(),
                    item.path("action").asText(),
                    item.path("version").asText(),
                    item.path("reason").asText()));
      }
    }
    assertThat(entries)
        .containsExactly(
            "anonymous rejected 2 It cannot be.", "anonymous active 1 ", "anonymous create 1 ");
  }

  @Test
  void oneFolderIsOneArchiveHoweverItsSlashesAreWritten() {
    String source =
        "{\"topic\":\"o\",\"bootstrapServers\":\"b:1\",\"archive\":{\"location\":\"%s\"}}";
    assertThat(put("/sources/x", source.formatted("file:/raw/a")).status()).isEqualTo(201);
    Answer second = put("/sources/y", source.formatted("file:///raw/a"));
    assertThat(second.status()).isEqualTo(409);
    assertThat(second.pointer()).isEqualTo("/archive/location");
  }
}
