package dev.tributary.streaming;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.json.Json;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class RunResultTest {
  @TempDir private Path folder;

  @Test
  void theResultSaysWhatEachPipelineDidAndWhyTheRunFailed() throws Exception {
    Pipelines pipelines = new Pipelines();
    PipelineMetrics orders =
        pipelines.register(
            "orders", () -> new PipelineMetrics("orders", "phase1", Clock.systemUTC()));
    orders.committed(new Commit(30, 900, 2, Duration.ZERO));
    orders.offsets("orders", 0, 0, 7, 7);
    orders.offsets("orders", 0, 1, 900, 999);
    orders.offsets("orders", 1, 1, 10, 24);
    orders.offsets("orders", 1, 1, 25, 39);
    // Those of an older incarnation are not mixed in, whenever they come.
    orders.offsets("orders", 0, 1, 1_000, 1_004);
    TributaryException lost = new TributaryException(ErrorCode.KAFKA_RETENTION_LOSS, "Gone.");
    orders.failed(lost);
    Instant begun = Instant.parse("2026-11-21T08:00:00Z");

    Path file = folder.resolve("deep/result.json");
    RunResult.of(
            "run-1",
            "tributary-phase1",
            begun,
            begun.plusMillis(1_234),
            new RunOutcome(RunOutcome.Ending.FAILED, Optional.of(lost)),
            pipelines)
        .write(file);

    JsonNode result = Json.mapper().readTree(file.toFile());
    assertThat(result.get("processed").asLong()).isEqualTo(30);
    assertThat(result.get("failed").asLong()).isEqualTo(2);
    assertThat(result.get("bytes").asLong()).isEqualTo(900);
    assertThat(result.get("durationMillis").asLong()).isEqualTo(1_234);
    assertThat(result.get("exitCode").asInt()).isEqualTo(3);
    assertThat(result.at("/error/code").asText()).isEqualTo("kafka-retention-loss");
    assertThat(result.at("/pipelines/0/incarnations/orders").asInt()).isEqualTo(1);
    assertThat(result.at("/pipelines/0/firstOffsets/orders/0").isMissingNode()).isTrue();
    assertThat(result.at("/pipelines/0/firstOffsets/orders/1").asLong()).isEqualTo(10);
    assertThat(result.at("/pipelines/0/lastOffsets/orders/1").asLong()).isEqualTo(39);
    try (var files = Files.list(file.getParent())) {
      assertThat(files).containsExactly(file);
    }
  }
}
