package dev.tributary.metastore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.metastore.DdlOperation;
import dev.tributary.core.metastore.HttpMetastoreAdmin;
import dev.tributary.core.metastore.MetastoreConnection;
import dev.tributary.core.spec.Versioned;
import java.io.File;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Fifty clients change one dataset for thirty seconds while the service is killed with -9 ten
 * times: versions are dense, what was answered with success is there, and nothing is there twice.
 */
@Tag("long")
final class KilledTest {
  private static final int CLIENTS = 50;
  private static final int KILLS = 10;
  private static final Duration LENGTH = Duration.ofSeconds(30);

  @TempDir private Path folder;
  private Process process;

  @Test
  void whatWasAnsweredIsThereOnceHoweverOftenTheServiceIsKilled() throws Exception {
    int port = freePort();
    URI address = URI.create("http://127.0.0.1:" + port);
    start(port, address);
    admin(address).put("datasets/orders", document());
    Queue<Change> answered = new ConcurrentLinkedQueue<>();
    AtomicInteger gaveUp = new AtomicInteger();
    AtomicBoolean over = new AtomicBoolean();
    AtomicInteger next = new AtomicInteger();
    ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
    try {
      for (int i = 0; i < CLIENTS; i++) {
        clients.execute(
            () -> {
              HttpMetastoreAdmin admin = admin(address);
              while (!over.get()) {
                String comment = "change-" + next.incrementAndGet();
                try {
                  answered.add(new Change(comment, comment(admin, comment).version()));
                } catch (TributaryException e) {
                  // Not answered: it may be there or not, but not twice.
                  gaveUp.incrementAndGet();
                }
              }
            });
      }
      long begin = System.nanoTime();
      for (int kill = 1; kill <= KILLS; kill++) {
        long at = begin + LENGTH.toNanos() * kill / (KILLS + 1);
        int before = answered.size();
        await()
            .atMost(Duration.ofMinutes(4))
            .pollInterval(Duration.ofMillis(5))
            .until(() -> System.nanoTime() >= at && answered.size() > before);
        process.destroyForcibly().waitFor();
        start(port, address);
      }
      await()
          .atMost(LENGTH.multipliedBy(2))
          .until(() -> System.nanoTime() >= begin + LENGTH.toNanos());
    } finally {
      over.set(true);
      clients.shutdown();
      assertThat(clients.awaitTermination(5, TimeUnit.MINUTES)).isTrue();
    }
    List<Long> versions = new ArrayList<>();
    List<Change> there = new ArrayList<>();
    readVersions(admin(address), versions, there);
    process.destroyForcibly().waitFor();
    System.out.printf(
        "%d changes were answered, %d were not, %d versions%n",
        answered.size(), gaveUp.get(), versions.size());
    assertThat(answered).hasSizeGreaterThan(2 * KILLS);
    assertThat(versions)
        .containsExactlyElementsOf(LongStream.rangeClosed(1, versions.size()).boxed().toList());
    assertThat(there).containsAll(answered);
    Set<String> comments = new HashSet<>();
    assertThat(there).allSatisfy(change -> assertThat(comments.add(change.comment())).isTrue());
    assertThat(there.size() - answered.size()).isBetween(0, gaveUp.get());
  }

  private record Change(String comment, long version) {}

  private static Versioned<?> comment(HttpMetastoreAdmin admin, String comment) {
    return admin.ddl("orders", List.of(new DdlOperation.AlterComment("id", Optional.of(comment))));
  }

  private static JsonNode document() throws IOException {
    return dev.tributary.core.json.Json.mapper()
        .readTree(
            """
            {"source":{"topic":"orders","bootstrapServers":"b:9092","archive":{"location":"s3a://raw/a"}},
             "target":{"path":"s3a://lake/orders"},"columns":[{"name":"id","type":"bigint"}]}
            """);
  }

  private static HttpMetastoreAdmin admin(URI address) {
    return new HttpMetastoreAdmin(
        new MetastoreConnection(address, Optional.empty(), Duration.ofSeconds(10), 30));
  }

  /** All versions, oldest first, with the comment that each gave the column. */
  private static void readVersions(
      HttpMetastoreAdmin admin, List<Long> versions, List<Change> there) {
    String token = "";
    do {
      JsonNode page =
          admin.show(
              "datasets/orders/versions?limit=1000"
                  + (token.isEmpty() ? "" : "&pageToken=" + token));
      for (JsonNode item : page.path("items")) {
        long version = item.path("version").asLong();
        versions.add(0, version);
        String comment = item.at("/spec/columns/0/comment").asText("");
        if (!comment.isEmpty()) {
          there.add(new Change(comment, version));
        }
      }
      token = page.path("nextPageToken").asText("");
    } while (!token.isEmpty());
  }

  private void start(int port, URI address) throws IOException {
    process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.tributary.metastore.MetastoreServer",
                "--port",
                String.valueOf(port),
                "--max-requests-per-second",
                "0",
                "--database",
                folder.resolve("metastore.db").toString())
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(
                ProcessBuilder.Redirect.appendTo(new File("target", "killed-metastore.log")))
            .start();
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }
}
