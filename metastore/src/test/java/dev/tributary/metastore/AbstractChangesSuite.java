package dev.tributary.metastore;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.metastore.RunningMetastore.Answer;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A metastore with a dataset of orders, and changes that are asked of it. */
abstract class AbstractChangesSuite {
  static final String DATASET =
      """
      {"source":{"topic":"orders","bootstrapServers":"b:9092","archive":{"location":"s3a://raw/a"}},
       "target":{"path":"s3a://lake/orders"},
       "columns":[{"name":"id","type":"bigint"},{"name":"at","type":"timestamp"},
                  {"name":"count","type":"int"},{"name":"price","type":"decimal(10,2)"},
                  {"name":"note","type":"string","comment":"old"},
                  {"name":"kind","type":"string","nullable":false}]%s}
      """;

  @TempDir Path folder;
  RunningMetastore metastore;

  @BeforeEach
  final void start() {
    metastore = new RunningMetastore(folder);
  }

  @AfterEach
  final void stop() {
    metastore.close();
  }

  final Answer put(String more, String... headers) {
    return metastore.send("PUT", "/datasets/orders", DATASET.formatted(more), headers);
  }

  final Answer change(String path, String operations, String... headers) {
    return metastore.send(
        "POST", path, "{\"table\":\"orders\",\"operations\":[" + operations + "]}", headers);
  }

  final Answer ddl(String operations, String... headers) {
    return change("/ddl", operations, headers);
  }

  final Answer dml(String operations, String... headers) {
    return change("/dml", operations, headers);
  }

  final void activate(int version, int sequence) {
    assertThat(
            metastore
                .send(
                    "POST",
                    "/activations",
                    "{\"dataset\":\"orders\",\"version\":%d,\"outcome\":\"active\",\"sequences\":{\"orders\":%d},\"run\":\"r\"}"
                        .formatted(version, sequence))
                .status())
        .isEqualTo(204);
  }

  static void refused(Answer answer, int status, String pointer, String detail) {
    assertThat(answer.status()).as(answer.detail()).isEqualTo(status);
    assertThat(answer.pointer()).as(answer.detail()).isEqualTo(pointer);
    assertThat(answer.detail()).contains(detail);
    assertThat(answer.body().path("remedy").asText()).isNotEmpty();
  }

  final int versions() {
    return metastore.get("/datasets/orders/versions").body().path("items").size();
  }
}
