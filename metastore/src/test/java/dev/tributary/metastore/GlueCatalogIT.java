package dev.tributary.metastore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tributary.metastore.RunningMetastore.Answer;
import java.io.File;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.glue.model.Column;
import software.amazon.awssdk.services.glue.model.StorageDescriptor;
import software.amazon.awssdk.services.glue.model.Table;

/** What drivers put in force comes to stand in a real Glue API. */
final class GlueCatalogIT {
  private static final String COLUMNS =
      """
      {"name":"Id","type":"long","nullable":false},
      {"name":"amount","type":"decimal(10, 2)","comment":"Before tax,\\n in euros."},
      {"name":"lines","type":"array<struct<sku: string, price:decimal>>"}
      """;

  private static int port;
  private static GlueServer glue;

  @TempDir private Path folder;
  private String database;

  @BeforeAll
  static void prepare() throws Exception {
    System.setProperty("aws.accessKeyId", "test");
    System.setProperty("aws.secretAccessKey", "test");
    GlueServer.prepare();
    port = freePort();
    glue = GlueServer.start(port);
  }

  @AfterAll
  static void stop() {
    if (glue != null) {
      glue.close();
    }
  }

  @BeforeEach
  void makeDatabase() {
    database = "lake_" + Integer.toUnsignedString(folder.hashCode());
    glue.client().createDatabase(request -> request.databaseInput(input -> input.name(database)));
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  private RunningMetastore metastore(String glueDatabase, int gluePort) {
    return new RunningMetastore(folder, "0", settings(glueDatabase, gluePort));
  }

  private static String[] settings(String glueDatabase, int gluePort) {
    return new String[] {
      "--catalog.glue.database",
      glueDatabase,
      "--catalog.glue.region",
      "eu-west-1",
      "--catalog.glue.endpoint",
      GlueServer.address(gluePort).toString(),
      "--catalog.retry.first",
      "100ms",
      "--catalog.retry.cap",
      "500ms"
    };
  }

  private static void put(RunningMetastore metastore, String name) {
    Answer answer =
        metastore.send(
            "PUT",
            "/datasets/" + name,
            """
            {"source":{"topic":"o","bootstrapServers":"b:1","archive":{"location":"s3a://raw/a"}},
             "target":{"path":"s3a://lake/%s/","partitionBy":["id"]},"columns":[%s]}
            """
                .formatted(name, COLUMNS));
    assertThat(answer.status()).as(answer.detail()).isEqualTo(201);
  }

  private static void activate(RunningMetastore metastore, String name, long version) {
    report(metastore, name, version, "\"active\"");
  }

  private static void report(
      RunningMetastore metastore, String name, long version, String outcome) {
    Answer answer =
        metastore.send(
            "POST",
            "/activations",
            "{\"dataset\":\"%s\",\"version\":%d,\"outcome\":%s,\"run\":\"r\"}"
                .formatted(name, version, outcome));
    assertThat(answer.status()).isEqualTo(204);
  }

  private static JsonNode catalog(RunningMetastore metastore, String name) {
    return metastore.get("/datasets/" + name + "/catalog").body();
  }

  private static JsonNode awaitState(RunningMetastore metastore, String name, String state) {
    await()
        .atMost(Duration.ofSeconds(20))
        .pollInterval(Duration.ofMillis(50))
        .untilAsserted(
            () ->
                assertThat(catalog(metastore, name).path("state").asText())
                    .as(catalog(metastore, name).toString())
                    .isEqualTo(state));
    return catalog(metastore, name);
  }

  private static void ddl(RunningMetastore metastore, String name, String operation) {
    Answer answer =
        metastore.send(
            "POST", "/ddl", "{\"table\":\"%s\",\"operations\":[%s]}".formatted(name, operation));
    assertThat(answer.status()).as(answer.detail()).isEqualTo(200);
  }

  @Test
  void aTableIsThereOnceItIsInForceAsAthenaAndSparkReadDelta() {
    try (RunningMetastore metastore = metastore(database, port)) {
      put(metastore, "orders");
      assertThat(catalog(metastore, "orders").path("state").asText())
          .as("no driver has made a table")
          .isEqualTo("none");
      activate(metastore, "orders", 1);
      JsonNode synced = awaitState(metastore, "orders", "in_sync");
      assertThat(synced.path("table").asText()).isEqualTo(database + ".orders");
      assertThat(synced.path("version").asLong()).isEqualTo(1);

      Table table = glue.table(database, "orders");
      assertThat(table.tableType()).isEqualTo("EXTERNAL_TABLE");
      assertThat(table.partitionKeys()).isEmpty();
      assertThat(table.parameters())
          .containsAllEntriesOf(
              Map.of(
                  "EXTERNAL", "TRUE",
                  "table_type", "DELTA",
                  "classification", "delta",
                  "spark.sql.sources.provider", "delta",
                  "tributary.dataset", "orders",
                  "tributary.version", "1",
                  "tributary.state", "active"));
      StorageDescriptor storage = table.storageDescriptor();
      assertThat(storage.location()).isEqualTo("s3://lake/orders");
      assertThat(storage.serdeInfo().parameters()).containsEntry("path", "s3://lake/orders");
      assertThat(storage.columns())
          .extracting(column -> column.name() + " " + column.type())
          .containsExactly(
              "id bigint",
              "amount decimal(10,2)",
              "lines array<struct<sku:string,price:decimal(10,0)>>",
              "_topic string",
              "_incarnation int",
              "_partition int",
              "_offset bigint",
              "_timestamp timestamp",
              "_ingest_time timestamp",
              "_sequence bigint");
      assertThat(storage.columns().get(1).comment()).isEqualTo("Before tax, in euros.");
      assertThat(metastore.get("/metrics").response().body())
          .contains("tributary_metastore_catalog_due{state=\"behind\"} 0");
    }
  }

  @Test
  void aChangeStandsThereWhenItIsInForceAndARejectedOneNever() {
    try (RunningMetastore metastore = metastore(database, port)) {
      put(metastore, "orders");
      activate(metastore, "orders", 1);
      awaitState(metastore, "orders", "in_sync");
      ddl(metastore, "orders", "{\"op\":\"rename_column\",\"name\":\"amount\",\"to\":\"net\"}");
      assertThat(catalog(metastore, "orders").path("version").asLong())
          .as("pending is not in force")
          .isEqualTo(1);
      report(metastore, "orders", 2, "\"rejected\",\"reason\":\"no\"");
      ddl(
          metastore,
          "orders",
          "{\"op\":\"rename_column\",\"name\":\"amount\",\"to\":\"gross\"},"
              + "{\"op\":\"add_column\",\"column\":{\"name\":\"note\",\"type\":\"string\"}}");
      activate(metastore, "orders", 3);
      await().untilAsserted(() -> assertThat(version(metastore, "orders")).isEqualTo(3));
      assertThat(glue.table(database, "orders").storageDescriptor().columns())
          .extracting(Column::name)
          .startsWith("id", "gross", "lines", "note")
          .doesNotContain("amount", "net");
      // What others have added stays.
      addParameter("owner", "sales");
      Answer retired = metastore.send("DELETE", "/datasets/orders", "");
      assertThat(retired.status()).isEqualTo(200);
      await().untilAsserted(() -> assertThat(version(metastore, "orders")).isEqualTo(4));
      Table table = glue.table(database, "orders");
      assertThat(table.parameters())
          .as("the rows can still be read")
          .containsEntry("tributary.state", "retired")
          .containsEntry("owner", "sales");
      assertThat(table.storageDescriptor().columns()).extracting(Column::name).contains("gross");
    }
  }

  private static long version(RunningMetastore metastore, String name) {
    return catalog(metastore, name).path("version").asLong();
  }

  private void addParameter(String key, String value) {
    Table table = glue.table(database, "orders");
    Map<String, String> parameters = new java.util.TreeMap<>(table.parameters());
    parameters.put(key, value);
    glue.client()
        .updateTable(
            request ->
                request
                    .databaseName(database)
                    .tableInput(
                        input ->
                            input
                                .name("orders")
                                .parameters(parameters)
                                .storageDescriptor(table.storageDescriptor())));
  }

  @Test
  void whatDriversAddToTheDeclaredColumnsStandsThereAndStaysAsItDoesInTheTable() {
    String columns =
        "{\"name\":\"id\",\"type\":\"bigint\"},{\"name\":\"at\",\"type\":\"timestamp\"}";
    String document =
        """
        {"source":{"topic":"o","bootstrapServers":"b:1","archive":{"location":"s3a://raw/a"}},
         "target":{"path":"s3a://lake/%s","partitionBy":["day(at)"]},"columns":[%s],
         "unknownFields":{"policy":"rescue","column":"_rest"},
         "transforms":[{"jar":"s3a://j/t.jar","sha256":"%s","type":"explode","kind":"explode"}],
         "write":{"mode":"%s","primaryKey":["id"],"orderBy":["at"],"deletes":"soft"}}
        """;
    List<String> added =
        List.of(
            "at_day date",
            "_rest string",
            "_topic string",
            "_incarnation int",
            "_partition int",
            "_offset bigint",
            "_timestamp timestamp",
            "_ingest_time timestamp",
            "_sequence bigint",
            "_row int",
            "_deleted boolean");
    try (RunningMetastore metastore = metastore(database, port)) {
      for (String mode : List.of("upsert", "history")) {
        Answer answer =
            metastore.send(
                "PUT",
                "/datasets/" + mode,
                document.formatted(mode, columns, "a".repeat(64), mode));
        assertThat(answer.status()).as(answer.detail()).isEqualTo(201);
        activate(metastore, mode, 1);
        awaitState(metastore, mode, "in_sync");
      }
      assertThat(columns("upsert"))
          .startsWith("id bigint", "at timestamp")
          .containsAll(added)
          .hasSize(13);
      assertThat(columns("history"))
          .containsAll(added)
          .contains("_valid_from timestamp", "_valid_to timestamp", "_current boolean")
          .hasSize(16);

      for (String policy : List.of("\"ignore\"", "{\"policy\":\"rescue\",\"column\":\"_never\"}")) {
        Answer changed =
            metastore.send(
                "PUT",
                "/datasets/upsert",
                document
                    .formatted("upsert", columns, "a".repeat(64), "upsert")
                    .replace("{\"policy\":\"rescue\",\"column\":\"_rest\"}", policy),
                "If-Match",
                "*");
        assertThat(changed.status()).as(changed.detail()).isEqualTo(200);
      }
      report(metastore, "upsert", 3, "\"rejected\",\"reason\":\"no\"");
      activate(metastore, "upsert", 2);
      await().untilAsserted(() -> assertThat(version(metastore, "upsert")).isEqualTo(2));
      assertThat(columns("upsert"))
          .as("the table has the rescued fields of before; the rejected version changed nothing")
          .containsAll(added)
          .hasSize(13);
    }
  }

  private List<String> columns(String table) {
    return glue.table(database, table).storageDescriptor().columns().stream()
        .map(column -> column.name() + " " + column.type())
        .toList();
  }

  @Test
  void whatACatalogRefusesIsShownTriedAgainAndHoldsUpNoOtherTable() {
    glue.client()
        .createTable(
            request ->
                request
                    .databaseName(database)
                    .tableInput(
                        input ->
                            input
                                .name("taken")
                                .storageDescriptor(place -> place.location("s3://else/taken"))));
    try (RunningMetastore metastore = metastore(database, port)) {
      put(metastore, "taken");
      put(metastore, "orders");
      activate(metastore, "taken", 1);
      activate(metastore, "orders", 1);
      awaitState(metastore, "orders", "in_sync");
      JsonNode failing = awaitState(metastore, "taken", "failing");
      assertThat(failing.path("error").asText())
          .contains("is another one: it lies at s3://else/taken. Rename or drop it");
      assertThat(failing.path("dueVersion").asLong()).isEqualTo(1);
      await().untilAsserted(() -> assertThat(attempts(metastore, "taken")).isGreaterThan(2));
      assertThat(metastore.get("/metrics").response().body())
          .contains("tributary_metastore_catalog_due{state=\"failing\"} 1");
      glue.client().deleteTable(request -> request.databaseName(database).name("taken"));
      awaitState(metastore, "taken", "in_sync");
    }
    try (RunningMetastore metastore = metastore("nowhere", port)) {
      JsonNode failing = awaitState(metastore, "orders", "failing");
      assertThat(failing.path("error").asText())
          .as("another catalog lacks every table")
          .contains("EntityNotFoundException")
          .contains("Create the Glue database nowhere");
    }
  }

  private static long attempts(RunningMetastore metastore, String name) {
    return catalog(metastore, name).path("attempts").asLong();
  }

  @Test
  void theServiceGoesOnWhileGlueIsAwayAndAKilledOneTellsItLater() throws Exception {
    int away = freePort();
    Process killed = process(away);
    URI address = address();
    RunningMetastore.send(
        address,
        "PUT",
        "/datasets/orders",
        """
        {"source":{"topic":"o","bootstrapServers":"b:1","archive":{"location":"s3a://raw/a"}},
         "target":{"path":"s3a://lake/orders"},"columns":[%s]}
        """
            .formatted(COLUMNS));
    for (int version = 1; version <= 5; version++) {
      RunningMetastore.send(
          address,
          "POST",
          "/activations",
          "{\"dataset\":\"orders\",\"version\":%d,\"outcome\":\"active\",\"run\":\"r\"}"
              .formatted(version));
      RunningMetastore.send(
          address,
          "POST",
          "/ddl",
          "{\"table\":\"orders\",\"operations\":[{\"op\":\"add_column\",\"column\":{\"name\":\"c%d\",\"type\":\"int\"}}]}"
              .formatted(version));
    }
    killed.destroyForcibly().waitFor();
    try (GlueServer back = GlueServer.start(away)) {
      back.client().createDatabase(request -> request.databaseInput(input -> input.name(database)));
      try (RunningMetastore metastore = metastore(database, away)) {
        awaitState(metastore, "orders", "in_sync");
        assertThat(version(metastore, "orders")).as("the newest, none before").isEqualTo(5);
        assertThat(back.table(database, "orders").storageDescriptor().columns())
            .extracting(Column::name)
            .contains("c4")
            .doesNotContain("c5");
        List<String> versions =
            back
                .client()
                .getTableVersions(request -> request.databaseName(database).tableName("orders"))
                .tableVersions()
                .stream()
                .map(one -> one.table().parameters().get("tributary.version"))
                .toList();
        assertThat(versions).isEqualTo(List.of("5"));
      }
    }
  }

  private Process process(int gluePort) throws IOException {
    List<String> command =
        new java.util.ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Daws.accessKeyId=test",
                "-Daws.secretAccessKey=test",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.tributary.metastore.MetastoreServer",
                "--port",
                "0",
                "--address-file",
                folder.resolve("address").toString(),
                "--database",
                folder.resolve("metastore.db").toString()));
    command.addAll(List.of(settings(database, gluePort)));
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(new File("target", "glue-metastore.log")))
        .start();
  }

  private URI address() throws IOException {
    Path file = folder.resolve("address");
    await()
        .atMost(Duration.ofSeconds(30))
        .pollInterval(Duration.ofMillis(20))
        .until(() -> Files.exists(file));
    return URI.create(Files.readString(file).strip());
  }
}
