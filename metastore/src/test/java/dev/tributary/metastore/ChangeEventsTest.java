package dev.tributary.metastore;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tributary.metastore.RunningMetastore.Answer;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Datasets of change events. */
final class ChangeEventsTest {
  private static final String DATASET =
      """
      {"source":{"topic":"shop","bootstrapServers":"b:9092","archive":{"location":"s3a://raw/a"}},
       "target":{"path":"s3a://lake/customers"},
       "columns":[{"name":"id","type":"bigint"},{"name":"name","type":"string"}],%s}
      """;
  private static final String UPSERT =
      "\"format\":\"debezium\",\"write\":{\"mode\":\"upsert\",\"primaryKey\":[\"id\"]}";

  @TempDir private Path folder;
  private RunningMetastore metastore;

  @BeforeEach
  void start() {
    metastore = new RunningMetastore(folder);
  }

  @AfterEach
  void stop() {
    metastore.close();
  }

  private Answer put(String more, String... headers) {
    return metastore.send("PUT", "/datasets/customers", DATASET.formatted(more), headers);
  }

  private JsonNode spec() {
    return metastore.get("/datasets/customers").body().path("spec");
  }

  private void activate() {
    metastore.send(
        "POST",
        "/activations",
        "{\"dataset\":\"customers\",\"version\":1,\"outcome\":\"active\",\"sequences\":{\"shop\":0},\"run\":\"r\"}");
  }

  @Test
  void theFormatBringsItsColumnsOrderAndDeletesAndTheSpecCanBePutBack() {
    Answer created = put(UPSERT);
    assertThat(created.status()).as(created.detail()).isEqualTo(201);
    assertThat(spec().path("format").asText()).isEqualTo("debezium");
    assertThat(spec().path("columns").findValuesAsText("name"))
        .containsExactly("id", "name", "_cdc_op", "_cdc_ts_ms", "_cdc_position");
    assertThat(spec().path("write").toString()).contains("[\"_cdc_position\"]", "_cdc_op = 'd'");

    ObjectNode back = spec().deepCopy();
    back.remove("unknownFields");
    back.remove("checks");
    for (String document : new String[] {back.toString(), DATASET.formatted(UPSERT)}) {
      Answer again =
          metastore.send(
              "PUT",
              "/datasets/customers",
              document,
              "If-Match",
              metastore.get("/datasets/customers").header("ETag"));
      assertThat(again.status()).as(again.detail()).isEqualTo(200);
      assertThat(again.body().path("version").asLong()).isEqualTo(1);
    }
  }

  @Test
  void itsColumnsAreNeitherDroppedNorRenamedAndATableKeepsItsFormat() {
    put(UPSERT);
    activate();
    for (String operation :
        new String[] {
          "{\"op\":\"drop_column\",\"name\":\"_cdc_ts_ms\"}",
          "{\"op\":\"rename_column\",\"name\":\"_cdc_ts_ms\",\"to\":\"at\"}"
        }) {
      Answer answer =
          metastore.send(
              "POST", "/ddl", "{\"table\":\"customers\",\"operations\":[" + operation + "]}");
      assertThat(answer.status()).as(operation).isEqualTo(409);
      assertThat(answer.pointer()).isEqualTo("/operations/0/name");
      assertThat(answer.detail()).contains("belongs to the format debezium");
    }
    Answer json =
        put(
            UPSERT.replace("debezium", "json"),
            "If-Match",
            metastore.get("/datasets/customers").header("ETag"));
    assertThat(json.status()).as(json.detail()).isEqualTo(409);
    assertThat(json.pointer()).isEqualTo("/format");
    assertThat(json.detail()).contains("'debezium', which cannot become 'json'");
  }

  @Test
  void aLogOfChangesBecomesATableOfRowsByASingleOperation() {
    put("\"format\":\"debezium\"");
    Answer merged =
        metastore.send(
            "POST",
            "/dml",
            "{\"table\":\"customers\",\"operations\":[{\"op\":\"set_mode\",\"mode\":\"upsert\"},{\"op\":\"set_primary_key\",\"columns\":[\"id\"]}]}");
    assertThat(merged.status()).as(merged.detail()).isEqualTo(200);
    assertThat(spec().path("write").path("orderBy").toString()).isEqualTo("[\"_cdc_position\"]");
  }
}
