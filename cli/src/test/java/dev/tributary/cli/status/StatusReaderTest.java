package dev.tributary.cli.status;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.archive.Author;
import dev.tributary.archive.Genesis;
import dev.tributary.archive.ManifestLog;
import dev.tributary.core.json.Json;
import dev.tributary.core.metastore.HttpMetastoreAdmin;
import dev.tributary.core.metastore.MetastoreConnection;
import dev.tributary.core.secret.SecretReference;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.Isolation;
import dev.tributary.core.spec.SourceSpec;
import dev.tributary.core.spec.Versioned;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class StatusReaderTest {
  private static final Instant NOW = Instant.parse("2025-11-21T12:00:00Z");

  @TempDir Path folder;

  @Test
  void whatTheLogsSayIsShownWhileKafkaDoesNotAnswer() {
    String archive = folder.toUri().toString();
    Configuration configuration = new Configuration();
    ManifestLog.open(archive, "orders", configuration)
        .createGenesis(
            new Genesis("orders", "cluster", "id", Isolation.READ_COMMITTED, List.of()),
            new Author("test", "test"),
            NOW.minusSeconds(90).toEpochMilli());
    SourceSpec source =
        read(
            "{'name':'orders','bootstrapServers':'no port','topic':'orders','archive':{'location':'%s'}}"
                .formatted(archive),
            SourceSpec.class);
    DatasetSpec dataset =
        read(
            "{'name':'orders','source':'orders','target':{'path':'%s'},'columns':[{'name':'id','type':'bigint'}]}"
                .formatted(folder.resolve("lake/orders").toUri()),
            DatasetSpec.class);

    DatasetStatus status =
        new StatusReader(
                configuration,
                SecretReference.ofProcess(),
                new HttpMetastoreAdmin(
                    new MetastoreConnection(
                        URI.create("http://127.0.0.1:1"),
                        Optional.empty(),
                        Duration.ofSeconds(1),
                        1)),
                Clock.fixed(NOW, ZoneOffset.UTC))
            .read(new Versioned<>(1, 0, dataset), source);

    assertThat(status.state()).isEqualTo(DatasetStatus.State.UNREACHABLE);
    assertThat(status.cause().orElseThrow()).startsWith("kafka-options-invalid");
    assertThat(status.archivedAgoMillis()).contains(90_000L);
    assertThat(status.writtenAgoMillis()).isEmpty();
  }

  private static <T> T read(String json, Class<T> type) {
    return Json.read(json.replace('\'', '"').getBytes(StandardCharsets.UTF_8), type);
  }
}
