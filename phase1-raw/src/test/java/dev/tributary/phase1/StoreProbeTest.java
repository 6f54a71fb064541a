package dev.tributary.phase1;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class StoreProbeTest {
  private final SettableClock clock = new SettableClock();
  private final AtomicLong nanoTime = new AtomicLong();

  @TempDir private Path folder;

  private StoreProbe probe() {
    return new StoreProbe(new Configuration(false), false, clock, nanoTime::get);
  }

  private void requireRefused(StoreProbe probe) {
    assertThatThrownBy(() -> probe.require(folder.toUri().toString()))
        .isInstanceOfSatisfying(
            TributaryException.class,
            e -> {
              assertThat(e.code()).isEqualTo(ErrorCode.CLOCK_AHEAD);
              assertThat(e.code().retryable()).isTrue();
            })
        .hasMessageContaining(
            "This host's clock shows " + clock.instant().toString().substring(0, 19))
        .hasMessageContaining("Correct the clock (NTP)");
  }

  @Test
  void aDriverWhoseClockIsFarAheadOfTheStoresDoesNotWrite() throws Exception {
    clock.move(Duration.ofDays(400));
    requireRefused(probe());
    try (Stream<Path> left = Files.list(folder.resolve("_probe"))) {
      assertThat(left).isEmpty();
    }

    clock.move(Duration.ofDays(-400).plusMinutes(50));
    probe().require(folder.toUri().toString());
    clock.move(Duration.ofDays(-3));
    probe().require(folder.toUri().toString());
  }

  /** It takes every write, whatever its condition. */
  @Test
  void aStoreThatDoesNotKeepDriversApartIsRefused() throws Exception {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          exchange.getRequestBody().readAllBytes();
          exchange.sendResponseHeaders(
              Map.of("PUT", 200, "DELETE", 204).getOrDefault(exchange.getRequestMethod(), 404), -1);
          exchange.close();
        });
    server.start();
    Configuration hadoop = new Configuration();
    Map.of(
            "fs.s3a.endpoint", "http://127.0.0.1:" + server.getAddress().getPort(),
            "fs.s3a.endpoint.region", "us-east-1",
            "fs.s3a.access.key", "test",
            "fs.s3a.secret.key", "test",
            "fs.s3a.path.style.access", "true",
            "fs.s3a.impl.disable.cache", "true")
        .forEach(hadoop::set);
    try {
      StoreProbe probe = new StoreProbe(hadoop, false, clock, nanoTime::get);
      assertThatThrownBy(() -> probe.require("s3a://bucket/raw"))
          .isInstanceOfSatisfying(
              TributaryException.class,
              e -> assertThat(e.code()).isEqualTo(ErrorCode.STORE_NOT_CONDITIONAL));
    } finally {
      server.stop(0);
    }
  }

  @Test
  void neitherDoesOneWhoseClockIsSetAheadWhileItRuns() {
    StoreProbe probe = probe();
    probe.require(folder.toUri().toString());
    nanoTime.addAndGet(Duration.ofMinutes(50).toNanos());
    clock.move(Duration.ofHours(2));
    requireRefused(probe);
    clock.move(Duration.ofMinutes(-70));
    probe.require(folder.toUri().toString());
  }
}
