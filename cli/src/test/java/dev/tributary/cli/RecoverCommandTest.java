package dev.tributary.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecoverCommandTest {
  @TempDir private Path lake;

  @Test
  void theSpecsBesideThePlanLogsOfAllTablesAreFound() throws Exception {
    Path specs = Files.createDirectories(lake.resolve("_plans/orders/specs"));
    Files.writeString(specs.resolve("orders-1.json"), "{\"name\":\"orders\"}");
    Files.writeString(specs.resolve("orders-12.json"), "{\"name\":\"orders\"}");
    Files.writeString(specs.resolve("else.txt"), "x");
    Files.createDirectories(lake.resolve("_plans/orders/00000"));
    Files.createDirectories(lake.resolve("_plans/empty"));
    assertThat(
            RecoverCommand.found(
                new org.apache.hadoop.fs.Path(lake.toUri()), new Configuration(false)))
        .extracting(found -> found.path("dataset").asText() + found.path("version").asLong())
        .containsExactlyInAnyOrder("orders1", "orders12");
    assertThat(
            RecoverCommand.found(
                new org.apache.hadoop.fs.Path(lake.resolve("none").toUri()),
                new Configuration(false)))
        .isEmpty();
  }
}
