package dev.tributary.phase2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.spec.ColumnSpec;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.TargetSpec;
import dev.tributary.core.spec.WriteSpec;
import dev.tributary.phase2.live.DatasetUnit;
import dev.tributary.phase2.live.LiveSettings;
import dev.tributary.streaming.PipelineMetrics;
import dev.tributary.streaming.StopSignal;
import dev.tributary.streaming.TriggerSpec;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A store that takes every write, whatever its condition. */
@Timeout(120)
final class UnconditionalStoreIT {
  private final Set<String> written = new ConcurrentSkipListSet<>();
  @TempDir private Path folder;
  private HttpServer server;

  @BeforeEach
  void startServer() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::answer);
    server.start();
  }

  @AfterEach
  void stopServer() {
    server.stop(0);
  }

  private void answer(HttpExchange exchange) throws IOException {
    exchange.getRequestBody().readAllBytes();
    switch (exchange.getRequestMethod()) {
      case "PUT" -> {
        written.add(exchange.getRequestURI().getPath());
        exchange.sendResponseHeaders(200, -1);
      }
      case "DELETE" -> exchange.sendResponseHeaders(204, -1);
      default -> exchange.sendResponseHeaders(404, -1);
    }
    exchange.close();
  }

  @Test
  void isRefusedBeforeAnythingIsPlanned() {
    SparkSession spark = TestSpark.get().newSession();
    Map.of(
            "fs.s3a.endpoint", "http://127.0.0.1:" + server.getAddress().getPort(),
            "fs.s3a.endpoint.region", "us-east-1",
            "fs.s3a.access.key", "test",
            "fs.s3a.secret.key", "test",
            "fs.s3a.path.style.access", "true",
            "fs.s3a.impl.disable.cache", "true")
        .forEach(spark.conf()::set);
    KnownSpecs specs = new KnownSpecs();
    specs.source(new TestArchive(folder.resolve("raw"), "events"));
    specs.dataset(
        new DatasetSpec(
            "events",
            "events",
            null,
            new TargetSpec("s3a://bucket/lake/events", null, null),
            List.of(ColumnSpec.of("a", "string")),
            WriteSpec.append(),
            List.of(),
            null,
            null,
            null));
    DatasetUnit unit =
        new DatasetUnit(
            spark,
            specs,
            "events",
            "run",
            new LiveSettings(
                new TriggerSpec.AvailableNow(), Duration.ofMillis(200), Duration.ofSeconds(2)),
            new PipelineMetrics("events", "phase2", Clock.systemUTC()),
            Clock.systemUTC(),
            (spec, plan, stop) -> {},
            spec -> true);

    assertThatThrownBy(() -> unit.run(new StopSignal()))
        .isInstanceOfSatisfying(
            TributaryException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.STORE_NOT_CONDITIONAL));
    assertThat(written).allSatisfy(path -> assertThat(path).contains("/_probe/"));
  }
}
