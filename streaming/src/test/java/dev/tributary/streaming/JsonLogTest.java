package dev.tributary.streaming;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tributary.core.json.Json;
import java.io.File;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Tag("long")
@Timeout(120)
final class JsonLogTest {
  @TempDir private Path folder;

  @Test
  void everyLineOfADriversStandardErrorIsAJsonObject() throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(argument -> argument.startsWith("--add-opens"))
        .forEach(command::add);
    command.addAll(
        List.of(
            "-cp",
            System.getProperty("java.class.path"),
            FailingDriver.class.getName(),
            "--log.format",
            "json",
            "--trigger",
            "available-now",
            "--metastore.url",
            "http://127.0.0.1:1",
            "--report-interval",
            "0"));
    File errors = folder.resolve("stderr").toFile();
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectError(errors)
            .redirectOutput(folder.resolve("stdout").toFile());
    // A name that is nearly a setting's is warned of.
    builder.environment().put("TRIBUTARY_TRIGER", "1s");
    Process driver = builder.start();
    assertThat(driver.waitFor(100, TimeUnit.SECONDS)).isTrue();

    List<String> lines = Files.readAllLines(errors.toPath());
    assertThat(driver.exitValue()).as(String.join("\n", lines)).isEqualTo(3);
    List<JsonNode> objects = new ArrayList<>();
    for (String line : lines) {
      assertThat(line).startsWith("{");
      objects.add(Json.mapper().readTree(line));
    }
    assertThat(objects.get(0).path("level").asText()).isEqualTo("WARN");
    assertThat(objects.get(0).path("message").asText()).contains("TRIBUTARY_TRIGER");
    assertThat(objects).anyMatch(line -> line.path("logger").asText().endsWith(".Driver"));
    JsonNode last =
        objects.stream()
            .filter(line -> line.path("program").asText().equals("failing-driver"))
            .findFirst()
            .orElseThrow();
    assertThat(last.path("code").asText()).isEqualTo("kafka-retention-loss");
    assertThat(last.path("message").asText()).isEqualTo("Offsets are gone:\n\"5\" to \"7\".");
  }
}
