package dev.tributary.phase2.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.core.json.Json;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.SourceSpec;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FormerTopicsTest {
  @TempDir Path folder;

  private PlanLog log() {
    return PlanLog.open(folder.resolve("lake/orders").toUri().toString(), new Configuration());
  }

  private static DatasetSpec dataset(String source) {
    return read(
        """
        {"name":"orders","source":"%s","target":{"path":"s3a://lake/orders"},
         "columns":[{"name":"id","type":"bigint"}]}
        """
            .formatted(source),
        DatasetSpec.class);
  }

  private static SourceSpec source(String... topics) {
    return read(
            """
            {"name":"shop","bootstrapServers":"b:9092","topics":["x"],"archive":{"location":"s3a://raw/a"}}
            """,
            SourceSpec.class)
        .withTopics(List.of(topics));
  }

  private static <T> T read(String json, Class<T> type) {
    return Json.read(json.getBytes(StandardCharsets.UTF_8), type);
  }

  private static PlanAccount account(long inForce) {
    return new PlanAccount(
        Plan.FORMAT,
        7,
        0,
        "id",
        "run",
        18,
        PlanOutcome.COMMITTED,
        "orders",
        inForce,
        PlanCounts.NONE,
        new TableVersions(Optional.of(17L), Optional.empty(), Optional.empty()),
        List.of(),
        Map.of("orders", Map.of("a", 3L, "b", 9L), "others", Map.of("z", 4L)),
        Map.of("orders", inForce),
        Map.of(),
        Optional.empty(),
        List.of());
  }

  @Test
  void whatWasReadAndTheSourceHasNoLongerIsReadOnUnlessTheDatasetHadAnotherSource() {
    PlanLog log = log();
    log.putSpec(1, dataset("shop"));
    log.putSpec(3, dataset("shop"));
    assertThat(FormerTopics.of(log, "orders", source("a", "b"), account(3), List::of)).isEmpty();
    assertThat(FormerTopics.of(log, "orders", source("c"), account(3), List::of))
        .containsExactly("a", "b");
    assertThat(FormerTopics.of(log, "orders", source("a"), account(3), List::of))
        .containsExactly("b");
    assertThat(
            FormerTopics.of(
                log, "orders", source("c"), account(3), () -> List.of(source("c"), source("b"))))
        .as("another one has b")
        .containsExactly("a");
    log.putSpec(4, dataset("mail"));
    log.putSpec(5, dataset("shop"));
    assertThat(FormerTopics.of(log, "orders", source("a"), account(3), List::of))
        .containsExactly("b");
    assertThat(FormerTopics.of(log, "orders", source("a"), account(5), List::of))
        .as("b may have been the other one's")
        .isEmpty();
  }
}
