package dev.tributary.metastore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tributary.core.json.Json;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.StringJoiner;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * 10,000 datasets of 200 columns in a service with a heap of 256 MB. Runs with the profile {@code
 * load} and prints its figures.
 */
@Tag("heavy")
final class MetastoreLoadIT {
  private static final int DATASETS = Integer.getInteger("tributary.load.datasets", 10_000);
  private static final int COLUMNS = 200;
  private static final int CLIENTS = 4;
  private static final int READS = 20_000;

  @TempDir private Path folder;
  private final HttpClient client = HttpClient.newHttpClient();
  private Process process;
  private URI address;

  @Test
  void tenThousandDatasetsAreServedQuickly() throws Exception {
    start();
    create();
    stop();
    long startMillis = start();
    report("start to ready", startMillis + " ms");
    long[] warm = read(READS);
    assertThat(warm).isNotEmpty();
    long began = System.nanoTime();
    long[] reads = read(READS);
    double seconds = (System.nanoTime() - began) / 1e9;
    report(
        "GET /config/{table}, %d clients".formatted(CLIENTS),
        "p50 %.2f ms, p99 %.2f ms, max %.1f ms, %.0f a second"
            .formatted(at(reads, 0.5), at(reads, 0.99), at(reads, 1), READS / seconds));
    long[] pages = pages();
    report(
        "GET /datasets?limit=100, one client",
        "p50 %.1f ms, p99 %.1f ms, max %.1f ms over %d pages"
            .formatted(at(pages, 0.5), at(pages, 0.99), at(pages, 1), pages.length));
    stop();
    assertThat(startMillis).isLessThan(2_000);
    assertThat(at(reads, 0.99)).isLessThan(10);
    assertThat(at(pages, 0.99)).isLessThan(50);
  }

  private static void report(String what, String figure) {
    System.out.printf("LOAD %s: %s%n", what, figure);
  }

  private static double at(long[] sortedNanos, double share) {
    return sortedNanos[(int) Math.ceil(share * (sortedNanos.length - 1))] / 1e6;
  }

  private long start() throws IOException {
    Path ready = folder.resolve("address");
    Files.deleteIfExists(ready);
    long began = System.nanoTime();
    process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-XX:-UsePerfData",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.tributary.metastore.MetastoreServer",
                "--port",
                "0",
                "--max-requests-per-second",
                "0",
                "--address-file",
                ready.toString(),
                "--database",
                folder.resolve("metastore.db").toString())
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(
                ProcessBuilder.Redirect.appendTo(new File("target", "load-metastore.log")))
            .start();
    await()
        .pollInterval(Duration.ofMillis(10))
        .atMost(Duration.ofSeconds(30))
        .until(() -> Files.exists(ready));
    address = URI.create(Files.readString(ready).strip());
    assertThat(send("GET", "/health/ready", "").statusCode()).isEqualTo(200);
    return (System.nanoTime() - began) / 1_000_000;
  }

  private void stop() throws InterruptedException {
    process.destroy();
    assertThat(process.waitFor()).as("the heap was enough").isIn(0, 143);
  }

  private HttpResponse<byte[]> send(String method, String path, String body) {
    try {
      return client.send(
          HttpRequest.newBuilder(URI.create(address + path))
              .method(
                  method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
              .build(),
          BodyHandlers.ofByteArray());
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private void create() throws Exception {
    StringJoiner columns = new StringJoiner(",");
    for (int i = 0; i < COLUMNS; i++) {
      columns.add(
          "{\"name\":\"column_%d\",\"type\":\"string\",\"comment\":\"number %d\"}".formatted(i, i));
    }
    AtomicInteger next = new AtomicInteger();
    inParallel(
        () -> {
          for (int i = next.getAndIncrement(); i < DATASETS; i = next.getAndIncrement()) {
            String body =
                """
                {"source":{"topic":"t%d","bootstrapServers":"b:9092","archive":{"location":"s3a://raw/a"}},
                 "target":{"path":"s3a://lake/d%d"},"columns":[%s]}
                """
                    .formatted(i % 50, i, columns);
            assertThat(send("PUT", "/datasets/d" + i, body).statusCode()).isEqualTo(201);
          }
          return null;
        });
  }

  private long[] read(int reads) throws Exception {
    long[] nanos = new long[reads];
    AtomicInteger next = new AtomicInteger();
    inParallel(
        () -> {
          for (int i = next.getAndIncrement(); i < reads; i = next.getAndIncrement()) {
            int dataset = (int) ((i * 7_919L) % DATASETS);
            long began = System.nanoTime();
            HttpResponse<byte[]> answer = send("GET", "/config/d" + dataset, "");
            nanos[i] = System.nanoTime() - began;
            assertThat(answer.statusCode()).isEqualTo(200);
          }
          return null;
        });
    Arrays.sort(nanos);
    return nanos;
  }

  private long[] pages() throws IOException {
    List<Long> nanos = new ArrayList<>();
    Set<String> names = new HashSet<>();
    String token = "";
    do {
      long began = System.nanoTime();
      HttpResponse<byte[]> answer =
          send("GET", "/datasets?limit=100" + (token.isEmpty() ? "" : "&pageToken=" + token), "");
      nanos.add(System.nanoTime() - began);
      assertThat(answer.statusCode()).isEqualTo(200);
      JsonNode page = Json.mapper().readTree(answer.body());
      page.path("items").forEach(item -> names.add(item.path("name").asText()));
      token = page.path("nextPageToken").asText("");
    } while (!token.isEmpty());
    assertThat(names).as("all of them were read").hasSize(DATASETS);
    return nanos.stream().mapToLong(Long::longValue).sorted().toArray();
  }

  private static void inParallel(Callable<Void> work) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(CLIENTS);
    try {
      List<Future<Void>> done =
          threads.invokeAll(IntStream.range(0, CLIENTS).mapToObj(i -> work).toList());
      for (Future<Void> one : done) {
        one.get();
      }
    } finally {
      threads.shutdownNow();
    }
  }
}
