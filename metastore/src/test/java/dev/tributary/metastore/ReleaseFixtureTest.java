package dev.tributary.metastore;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tributary.metastore.RunningMetastore.Answer;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Database files that services of each schema left behind, which every later release opens,
 * migrates and goes on with. A release that adds a migration keeps its own file beside them.
 */
final class ReleaseFixtureTest {
  private static final Map<Integer, String> TOKENS =
      Map.of(
          3, "trib_pdA8JIaMiscm9gh8TQiyhvURXgL6H0h5d393jIZ_Ts8",
          4, "trib_Ffi2w0RDcwHF70x_n1D8H0_M6fql6OVWqWBcr90kxPU",
          // The file of schema 4, after a service of schema 5 had it.
          5, "trib_Ffi2w0RDcwHF70x_n1D8H0_M6fql6OVWqWBcr90kxPU",
          6, "trib_byQ6HRcH0pMvHMrJ31G6r3e7nmVNTChng16Cy7FxRZ0",
          // 7 came with 8 in one release.
          8, "trib_gDg3mjNg2d3nXYIAh1jX69i67X08iI-sWQzBbPRSI9o");

  /**
   * From this one on a version of orders waits for a rebuild, its table is reported, and the JAR is
   * one that was uploaded.
   */
  private static final int WITH_REBUILD = 8;

  @TempDir private Path folder;

  private void copy(int schema) throws IOException {
    try (InputStream database =
        ReleaseFixtureTest.class.getResourceAsStream("schema-%d/metastore.db".formatted(schema))) {
      Files.copy(database, folder.resolve("metastore.db"));
    }
  }

  private static List<String> texts(JsonNode items, String field) {
    List<String> texts = new ArrayList<>();
    items.forEach(item -> texts.add(item.path(field).asText()));
    return texts;
  }

  @ParameterizedTest
  @ValueSource(ints = {3, 4, 5, 6, 8})
  void whatWasRegisteredIsServedWithItsWholeHistory(int schema) throws IOException {
    copy(schema);
    try (RunningMetastore metastore = new RunningMetastore(folder)) {
      assertThat(texts(metastore.get("/datasets").body().path("items"), "name"))
          .containsExactly("clicks", "orders");
      assertThat(texts(metastore.get("/sources").body().path("items"), "name"))
          .containsExactly("clicks", "orders");
      ArrayNode versions =
          (ArrayNode) metastore.get("/datasets/orders/versions").body().path("items");
      if (schema >= WITH_REBUILD) {
        JsonNode waits = versions.remove(0);
        assertThat(waits.path("version").asInt()).isEqualTo(4);
        assertThat(waits.path("rebuild").asBoolean()).isTrue();
        assertThat(waits.at("/spec/write/primaryKey/1").asText()).isEqualTo("total");
      }
      assertThat(texts(versions, "version")).containsExactly("3", "2", "1");
      assertThat(texts(versions, "state")).containsExactly("pending", "active", "superseded");
      assertThat(texts(versions, "operation").subList(0, 2))
          .containsExactly("pause", "add_column channel");
      JsonNode second = metastore.get("/config/orders?version=2").body();
      assertThat(texts(second.at("/dataset/spec/columns"), "name"))
          .containsExactly("id", "total", "updated", "channel");
      assertThat(second.at("/dataset/spec/write/primaryKey/0").asText()).isEqualTo("id");
      assertThat(texts(metastore.get("/activations?dataset=clicks").body().path("items"), "reason"))
          .containsExactly("Delta refuses it.");
      assertThat(texts(metastore.get("/runs").body().path("items"), "run"))
          .containsExactly("run-1");
      assertThat(texts(metastore.get("/transforms").body().path("items"), "uri"))
          .containsExactly(
              schema < WITH_REBUILD
                  ? "s3a://jars/transforms-basic.jar"
                  : "metastore:/transforms/%s.jar".formatted(UploadedJar.whole().sha256()));
      assertThat(metastore.get("/recovery").body().path("needed").asBoolean()).isFalse();
      JsonNode table = metastore.get("/datasets/orders/table").body();
      assertThat(table.path("location").asText()).isEqualTo("s3a://lake/orders");
      assertThat(table.has("reported")).isEqualTo(schema >= WITH_REBUILD);
      if (schema >= WITH_REBUILD) {
        assertThat(table.at("/reported/run").asText()).isEqualTo("run-1");
        assertThat(table.at("/reported/tiers/table/rows").asLong()).isEqualTo(120_000);
        assertThat(table.at("/reported/tiers/late/rows").asLong()).isEqualTo(3);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {3, 4, 5, 6, 8})
  void aTopicThatASourceKeptThenIsNotKeptTwice(int schema) throws IOException {
    copy(schema);
    try (RunningMetastore metastore = new RunningMetastore(folder)) {
      ObjectNode twin = metastore.get("/sources/orders").body().path("spec").deepCopy();
      Answer refused = metastore.send("PUT", "/sources/twin", twin.put("name", "twin").toString());
      assertThat(refused.status()).as(refused.toString()).isEqualTo(409);
      assertThat(refused.body().path("detail").asText())
          .contains("The source orders keeps the topic");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {3, 4, 5, 6, 8})
  void versionsGoOnWhereTheyStopped(int schema) throws IOException {
    copy(schema);
    int version = schema < WITH_REBUILD ? 4 : 5;
    try (RunningMetastore metastore = new RunningMetastore(folder)) {
      Answer next =
          metastore.send(
              "POST", "/dml", "{\"table\":\"orders\",\"operations\":[{\"op\":\"resume\"}]}");
      assertThat(next.body().path("version").asInt()).isEqualTo(version);
      Answer activated =
          metastore.send(
              "POST",
              "/activations",
              """
              {"dataset":"orders","version":%d,"outcome":"active","sequences":{"orders":9},
               "deltaVersion":5,"run":"run-2"}
              """
                  .formatted(version));
      assertThat(activated.status()).isEqualTo(204);
    }
    try (RunningMetastore again = new RunningMetastore(folder)) {
      List<String> states =
          texts(again.get("/datasets/orders/versions").body().path("items"), "state");
      assertThat(states).hasSize(version).startsWith("active");
      assertThat(states.subList(1, version)).containsOnly("superseded");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {3, 4, 5, 6, 8})
  void aTokenThatWasMadeThenIsStillGood(int schema) throws IOException {
    copy(schema);
    try (RunningMetastore metastore = new RunningMetastore(folder, "0", "--tokens")) {
      assertThat(metastore.get("/datasets").status()).isEqualTo(401);
      String bearer = "Bearer " + TOKENS.get(schema);
      assertThat(metastore.send("GET", "/datasets", "", "Authorization", bearer).status())
          .isEqualTo(200);
      assertThat(metastore.send("DELETE", "/datasets/orders", "", "Authorization", bearer).status())
          .as("the token may read, and nothing else")
          .isEqualTo(403);
    }
  }

  /**
   * Writes what a service of the newest schema leaves behind into the given folder, with the token
   * beside it: run it by hand, once a schema.
   */
  @Test
  @EnabledIfSystemProperty(named = "tributary.fixture.write", matches = ".+")
  void writeTheFixture() throws IOException {
    try (RunningMetastore metastore = new RunningMetastore(folder)) {
      sent(
          metastore,
          "PUT",
          "/datasets/orders",
          """
          {"name":"orders","group":"sales","source":{"topic":"orders","bootstrapServers":"broker:9092",
             "archive":{"location":"s3a://raw/a"}},
           "target":{"path":"s3a://lake/orders"},
           "columns":[{"name":"id","type":"bigint","nullable":false},
             {"name":"total","type":"decimal(12,2)"},{"name":"updated","type":"timestamp"}],
           "write":{"mode":"upsert","primaryKey":["id"],"orderBy":["updated"]}}
          """);
      sent(
          metastore,
          "PUT",
          "/sources/clicks",
          """
          {"name":"clicks","topicPattern":"click.*","bootstrapServers":"broker:9092",
           "archive":{"location":"s3a://raw/a"}}
          """);
      sent(metastore, "POST", "/sources/clicks/topics", "{\"topics\":[\"clicks\"]}");
      sent(
          metastore,
          "PUT",
          "/datasets/clicks",
          """
          {"name":"clicks","source":"clicks","target":{"path":"s3a://lake/clicks"},
           "columns":[{"name":"url","type":"string"}]}
          """);
      activated(metastore, "orders", 1, "\"outcome\":\"active\",\"sequences\":{\"orders\":1}");
      activated(
          metastore, "clicks", 1, "\"outcome\":\"rejected\",\"reason\":\"Delta refuses it.\"");
      sent(
          metastore,
          "POST",
          "/ddl",
          """
          {"table":"orders","operations":[
            {"op":"add_column","column":{"name":"channel","type":"string"}}]}
          """);
      activated(metastore, "orders", 2, "\"outcome\":\"active\",\"sequences\":{\"orders\":7}");
      sent(metastore, "POST", "/dml", "{\"table\":\"orders\",\"operations\":[{\"op\":\"pause\"}]}");
      sent(
          metastore,
          "POST",
          "/dml",
          """
          {"table":"orders","rebuild":true,"operations":[
            {"op":"set_primary_key","columns":["id","total"]}]}
          """);
      UploadedJar jar = UploadedJar.whole();
      assertThat(metastore.upload(jar.path(), jar.content()).status()).isEqualTo(201);
      sent(
          metastore,
          "POST",
          "/runs",
          """
          {"run":"run-1","pipeline":"orders","phase":2,"state":"running","at":1767225600000,
           "progress":{"lag_seconds":5,"records_ingested":120000}}
          """);
      sent(
          metastore,
          "POST",
          "/tables",
          """
          {"dataset":"orders","run":"run-1","at":1767225600000,"tiers":{"dataset":"orders",
           "version":2,"location":"s3a://lake/orders",
           "archive":[{"topic":"orders","location":"s3a://raw/a/orders","entries":8,"records":120004,
             "files":7,"bytes":9000000,"position":8,
             "watermarks":[{"incarnation":0,"partition":0,"next":120004,"records":120004}]}],
           "table":%s,"late":%s,
           "plan":{"plan":9,"kind":"live","dataset":"orders","datasetVersion":2,
             "plannedAt":1767225590000,"outcome":"committed"}}}
          """
              .formatted(
                  delta("s3a://lake/orders", 120_000), delta("s3a://lake/_late/orders/orders", 3)));
    }
    String token = RunningMetastore.token(folder, "airflow", "read");
    Path target = Path.of(System.getProperty("tributary.fixture.write"));
    Files.createDirectories(target);
    // What a service that has ended leaves is in the one file.
    assertThat(folder.resolve("metastore.db-wal")).doesNotExist();
    Files.copy(folder.resolve("metastore.db"), target.resolve("metastore.db"));
    Files.writeString(target.resolve("token"), token);
  }

  private static String delta(String location, long rows) {
    return """
        {"location":"%s","version":9,"committedAt":1767225595000,"minReaderVersion":1,
         "minWriterVersion":2,"features":[],"files":7,"bytes":4000000,"rows":%d,
         "columns":[{"name":"id","type":"bigint","nullable":false}],"partitionBy":[],
         "properties":{}}"""
        .formatted(location, rows);
  }

  private static void activated(
      RunningMetastore metastore, String dataset, int version, String outcome) {
    sent(
        metastore,
        "POST",
        "/activations",
        "{\"dataset\":\"%s\",\"version\":%d,%s,\"run\":\"run-1\"}"
            .formatted(dataset, version, outcome));
  }

  private static void sent(RunningMetastore metastore, String method, String path, String body) {
    Answer answer = metastore.send(method, path, body);
    assertThat(answer.status()).as(answer.toString()).isBetween(200, 299);
  }
}
