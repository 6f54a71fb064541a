package dev.tributary.metastore;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tributary.metastore.RunningMetastore.Answer;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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
          5, "trib_Ffi2w0RDcwHF70x_n1D8H0_M6fql6OVWqWBcr90kxPU");

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
  @ValueSource(ints = {3, 4, 5})
  void whatWasRegisteredIsServedWithItsWholeHistory(int schema) throws IOException {
    copy(schema);
    try (RunningMetastore metastore = new RunningMetastore(folder)) {
      assertThat(texts(metastore.get("/datasets").body().path("items"), "name"))
          .containsExactly("clicks", "orders");
      assertThat(texts(metastore.get("/sources").body().path("items"), "name"))
          .containsExactly("clicks", "orders");
      JsonNode versions = metastore.get("/datasets/orders/versions").body().path("items");
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
          .containsExactly("s3a://jars/transforms-basic.jar");
      assertThat(metastore.get("/recovery").body().path("needed").asBoolean()).isFalse();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {3, 4, 5})
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
  @ValueSource(ints = {3, 4, 5})
  void versionsGoOnWhereTheyStopped(int schema) throws IOException {
    copy(schema);
    try (RunningMetastore metastore = new RunningMetastore(folder)) {
      Answer next =
          metastore.send(
              "POST", "/dml", "{\"table\":\"orders\",\"operations\":[{\"op\":\"resume\"}]}");
      assertThat(next.body().path("version").asInt()).isEqualTo(4);
      Answer activated =
          metastore.send(
              "POST",
              "/activations",
              """
              {"dataset":"orders","version":4,"outcome":"active","sequences":{"orders":9},
               "deltaVersion":5,"run":"run-2"}
              """);
      assertThat(activated.status()).isEqualTo(204);
    }
    try (RunningMetastore again = new RunningMetastore(folder)) {
      assertThat(texts(again.get("/datasets/orders/versions").body().path("items"), "state"))
          .containsExactly("active", "superseded", "superseded", "superseded");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {3, 4, 5})
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
}
