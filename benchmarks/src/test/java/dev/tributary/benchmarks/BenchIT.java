package dev.tributary.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tributary.core.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The whole benchmark with few events; every job checks what it did. */
@Tag("long")
final class BenchIT {
  private static final Path HOME = Path.of(System.getProperty("tributary.home"));

  @TempDir Path folder;

  @Test
  void everyJobIsMeasuredAndNothingIsLeftBehind() throws Exception {
    Path json = folder.resolve("result.json");
    Path data = folder.resolve("data");
    Process bench =
        launch(
            "--events",
            "4000",
            "--store",
            "s3",
            "--warm-runs",
            "0",
            "--data",
            data,
            "--json",
            json);

    assertThat(bench.waitFor(8, TimeUnit.MINUTES)).isTrue();
    assertThat(bench.exitValue()).as(output()).isZero();
    JsonNode result = Json.mapper().readTree(Files.readAllBytes(json));
    List<String> measured = new ArrayList<>();
    for (JsonNode measurement : result.get("measurements")) {
      JsonNode timed = measurement.get("timed");
      assertThat(timed.get("records").asLong()).isEqualTo(4_000);
      assertThat(timed.get("recordsPerSecond").asDouble()).isPositive();
      assertThat(timed.get("cpuSeconds").asDouble()).isPositive();
      measured.add(measurement.get("side").asText() + " " + timed.get("workload").asText());
    }
    assertThat(measured)
        .containsExactly(
            "NAIVE LIMIT",
            "NAIVE LIMIT_TUNED",
            "NAIVE RAW",
            "TRIBUTARY RAW",
            "NAIVE APPEND",
            "TRIBUTARY APPEND",
            "NAIVE UPSERT_EMPTY",
            "NAIVE UPSERT_MATCH",
            "TRIBUTARY UPSERT_EMPTY",
            "TRIBUTARY UPSERT_MATCH");
    assertThat(output()).contains("Nothing is judged: that takes 1,000,000 events or more");
    assertThat(data).doesNotExist();
  }

  @Test
  void theSameBatchesAreMergedIntoTablesOfTwoSizes() throws Exception {
    Path json = folder.resolve("result.json");
    Path data = folder.resolve("data");
    Process bench =
        launch(
            "--steps",
            "growth",
            "--store",
            "local",
            "--growth.rows",
            "4000,20000",
            "--growth.keys",
            "800",
            "--growth.batches",
            "3",
            "--data",
            data,
            "--json",
            json);

    assertThat(bench.waitFor(8, TimeUnit.MINUTES)).isTrue();
    assertThat(bench.exitValue()).as(output()).isZero();
    JsonNode result = Json.mapper().readTree(Files.readAllBytes(json));
    List<String> measured = new ArrayList<>();
    for (JsonNode table : result.get("merges")) {
      assertThat(table.get("medianSeconds").asDouble()).isPositive();
      measured.add("%s rows, %d batches".formatted(table.get("rows"), table.get("batches").size()));
      assertThat(table.at("/batches/0/records").asLong()).isEqualTo(800);
    }
    assertThat(measured).containsExactly("4000 rows, 3 batches", "20000 rows, 3 batches");
    assertThat(result.at("/growth/0/factor").asDouble()).isPositive();
    assertThat(output()).contains("Nothing is judged");
    assertThat(data).doesNotExist();
  }

  @Test
  void whatItTakesIsSaid() throws Exception {
    Process help = launch("--help");
    assertThat(help.waitFor(1, TimeUnit.MINUTES)).isTrue();
    assertThat(help.exitValue()).isZero();
    assertThat(output()).contains("--events", "--store", "--json", "Exit code 1");

    Process wrong = launch("--events", "9");
    assertThat(wrong.waitFor(1, TimeUnit.MINUTES)).isTrue();
    assertThat(wrong.exitValue()).isEqualTo(2);
    assertThat(output()).contains("Use a multiple of 8");

    Process uneven = launch("--steps", "growth", "--growth.keys", "100");
    assertThat(uneven.waitFor(1, TimeUnit.MINUTES)).isTrue();
    assertThat(uneven.exitValue()).isEqualTo(2);
    assertThat(output()).contains("Give a multiple of 80 with --growth.keys");
  }

  private Process launch(Object... arguments) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(HOME.resolve("tributary").toString(), "bench")
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("log").toFile());
    for (Object argument : arguments) {
      builder.command().add(argument.toString());
    }
    // The build that runs this test has built it all.
    builder.environment().put("TRIBUTARY_BUILD", "never");
    return builder.start();
  }

  private String output() throws IOException {
    return Files.readString(folder.resolve("log"));
  }
}
