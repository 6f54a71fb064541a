package dev.tributary.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.tributary.archive.Author;
import dev.tributary.archive.CommitRequest;
import dev.tributary.archive.Genesis;
import dev.tributary.archive.ManifestEntry;
import dev.tributary.archive.ManifestLog;
import dev.tributary.archive.OffsetRange;
import dev.tributary.archive.PartitionStart;
import dev.tributary.archive.file.ArchiveFile;
import dev.tributary.archive.file.Segment;
import dev.tributary.core.json.Json;
import dev.tributary.core.spec.Compression;
import dev.tributary.core.spec.Isolation;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command on an archive on local disk; the metastore is a server that knows one source. */
final class SweepCommandTest {
  private static final Author AUTHOR = new Author("run-1", "test");
  private static final Instant NOW = Instant.now();

  @TempDir private Path folder;
  private HttpServer metastore;
  private ManifestLog log;
  private volatile String datasets = "";

  @BeforeEach
  void anArchiveThatAMetastoreKnows() throws IOException {
    log = ManifestLog.open(folder.toUri().toString(), "orders", new Configuration());
    log.createGenesis(
        new Genesis(
            "orders",
            "cluster",
            "topic-id",
            Isolation.READ_COMMITTED,
            List.of(new PartitionStart(0, 0))),
        AUTHOR,
        NOW.minus(Duration.ofDays(3)).toEpochMilli());
    String source =
        """
        {"version":1,"createdAt":1,"spec":{"name":"orders","bootstrapServers":"localhost:9",
         "topics":["orders"],"archive":{"location":"%s"}}}\
        """
            .formatted(folder.toUri());
    metastore = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    metastore.createContext("/sources", http -> answer(http, "{\"items\":[" + source + "]}"));
    metastore.createContext("/sources/orders", http -> answer(http, source));
    metastore.createContext("/datasets", http -> answer(http, "{\"items\":[" + datasets + "]}"));
    metastore.start();
  }

  @AfterEach
  void stop() {
    metastore.stop(0);
  }

  private static void answer(HttpExchange exchange, String body) throws IOException {
    byte[] content = body.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(200, content.length);
    exchange.getResponseBody().write(content);
    exchange.close();
  }

  @Test
  void withoutDeleteItShowsWhatIsUnreferencedAndChangesNothing() throws IOException {
    commit(file("held", Duration.ofHours(30)));
    Path orphan = file("orphan", Duration.ofHours(30));

    String text = run(0, "--source", "orders");

    assertThat(text)
        .contains("orders in file:")
        .contains(": 1 older than 24 h that no entry names, 10 bytes")
        .contains("orphan.jsonl  10 bytes, 30 h old")
        .contains("Run it again with --delete")
        .doesNotContain("held");
    assertThat(orphan).exists();
    assertThat(log.requireHead().sequence()).isEqualTo(1);
  }

  @Test
  void withDeleteItPutsItsEntryAndRemovesThemAndNothingElse() throws IOException {
    Path held = file("held", Duration.ofHours(30));
    commit(held);
    Path orphan = file("orphan", Duration.ofHours(30));
    Path young = file("young", Duration.ofHours(5));

    assertThat(run(0, "--delete")).contains("Removed 1, 10 bytes; entry 2 of the manifest");

    assertThat(orphan).doesNotExist();
    assertThat(held).exists();
    assertThat(young).exists();
    ManifestEntry head = log.head().orElseThrow();
    assertThat(head.sweep()).isPresent();
    assertThat(head.watermark(0, 0)).isEqualTo(10);
  }

  @Test
  void whereNothingIsUnreferencedNoEntryIsPut() throws IOException {
    commit(file("held", Duration.ofHours(30)));

    assertThat(run(0, "--delete")).contains(": none older than 24 h that no entry names");

    assertThat(log.head().orElseThrow().sequence()).isEqualTo(1);
  }

  @Test
  void theAgeDecidesAndJsonNamesEveryFile() throws IOException {
    file("young", Duration.ofHours(5));

    var found = Json.mapper().readTree(run(0, "--older-than", "2h", "--json"));

    assertThat(found.get("files").asLong()).isEqualTo(1);
    assertThat(found.get("removed").asBoolean()).isFalse();
    assertThat(found.at("/unreferenced/0/path").asText()).endsWith("young.jsonl");
  }

  @Test
  void aTopicThatTheSourceHadBeforeIsSweptToo() throws IOException {
    datasets =
        """
        {"version":1,"createdAt":1,"spec":{"name":"orders","source":"orders",
         "target":{"path":"%s"},"columns":[{"name":"id","type":"bigint"}]}}\
        """
            .formatted(folder.resolve("lake/orders").toUri());
    Path plans = Files.createDirectories(folder.resolve("lake/_plans/orders/00000"));
    Files.writeString(
        plans.resolve("%020d.json".formatted(0)),
        """
        {"format":1,"plan":0,"generation":0,"id":"p0","kind":"live","dataset":"orders",\
        "datasetVersion":1,"run":"r","plannedAt":1,"source":{"archive":"%s","ranges":[]},\
        "positions":{"orders":{"former":1}}}\
        """
            .formatted(folder.toUri()));
    Files.writeString(
        plans.resolve("%020d.done.json".formatted(0)),
        """
        {"format":1,"plan":0,"generation":0,"planId":"p0","run":"r","doneAt":1,\
        "outcome":"committed","dataset":"orders","datasetVersion":1,"counts":{"read":0,\
        "inserted":0,"updated":0,"deleted":0,"filtered":0,"quarantined":0,"superseded":0,\
        "late":0,"unmatched":0},"positions":{"orders":{"former":1}}}\
        """);
    ManifestLog.open(folder.toUri().toString(), "former", new Configuration())
        .createGenesis(
            new Genesis(
                "former",
                "cluster",
                "other-id",
                Isolation.READ_COMMITTED,
                List.of(new PartitionStart(0, 0))),
            AUTHOR,
            NOW.minus(Duration.ofDays(3)).toEpochMilli());
    Path orphan = file("former", "orphan", Duration.ofHours(30));

    assertThat(run(0, "--source", "orders", "--delete"))
        .contains("former in file:")
        .contains("Removed 1, 10 bytes");

    assertThat(orphan).doesNotExist();
  }

  @Test
  void anAgeOfNothingIsRefused() {
    assertThat(run(2, "--older-than", "0s"))
        .contains("setting-invalid: The age of a sweep is PT0S. Use one that is longer");
  }

  private Path file(String name, Duration old) throws IOException {
    return file("orders", name, old);
  }

  private Path file(String topic, String name, Duration old) throws IOException {
    LocalDate day = LocalDate.ofInstant(NOW.minus(old), ZoneOffset.UTC);
    Path file = folder.resolve("%s/date=%s/%s.jsonl".formatted(topic, day, name));
    Files.createDirectories(file.getParent());
    Files.writeString(file, "0123456789");
    Files.setLastModifiedTime(file, FileTime.from(NOW.minus(old)));
    return file;
  }

  private void commit(Path file) {
    log.commit(
        new CommitRequest(
            AUTHOR,
            0,
            NOW.toEpochMilli(),
            List.of(new OffsetRange(0, 0, 0, 10)),
            List.of(),
            List.of(
                new ArchiveFile(
                    file.getParent().getFileName() + "/" + file.getFileName(),
                    Compression.NONE,
                    10,
                    List.of(new Segment(0, 0, 0, 9, 10, 0, 10, 20, "00000000", 1, 2))))));
  }

  /** What it printed. */
  private String run(int exitCode, String... flags) {
    List<String> arguments = new ArrayList<>(List.of(flags));
    arguments.add("--metastore.url");
    arguments.add("http://127.0.0.1:" + metastore.getAddress().getPort());
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    PrintStream out = System.out;
    PrintStream err = System.err;
    PrintStream both = new PrintStream(printed, true, StandardCharsets.UTF_8);
    System.setOut(both);
    System.setErr(both);
    try {
      assertThat(new SweepCommand().run(arguments.toArray(String[]::new))).isEqualTo(exitCode);
    } finally {
      System.setOut(out);
      System.setErr(err);
    }
    return printed.toString(StandardCharsets.UTF_8);
  }
}
