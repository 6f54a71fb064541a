package dev.tributary.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.tributary.archive.ArchiveRetention;
import dev.tributary.archive.Author;
import dev.tributary.archive.CommitRequest;
import dev.tributary.archive.EntryKind;
import dev.tributary.archive.Genesis;
import dev.tributary.archive.ManifestEntry;
import dev.tributary.archive.ManifestLog;
import dev.tributary.archive.OffsetRange;
import dev.tributary.archive.PartitionStart;
import dev.tributary.archive.file.FileWriter;
import dev.tributary.archive.line.TimestampType;
import dev.tributary.cli.quarantine.EntrySpan;
import dev.tributary.core.json.Json;
import dev.tributary.core.spec.Compression;
import dev.tributary.core.spec.DatasetSpec;
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
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code compact} and {@code retain} on an archive on local disk, of four batches on four days; the
 * metastore is a server that knows one source and one dataset.
 */
final class UpkeepCommandsTest {
  private static final Author AUTHOR = new Author("run-1", "test");
  private static final Instant FIRST = Instant.parse("2025-11-21T12:00:00Z");
  private static final Clock CLOCK = Clock.fixed(FIRST.plus(Duration.ofDays(10)), ZoneOffset.UTC);

  @TempDir private Path folder;
  private HttpServer metastore;
  private String sources = "";
  private ManifestLog log;
  private String archiveFields = "";

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
        FIRST.toEpochMilli());
    for (int day = 0; day < 4; day++) {
      commit(day, 0);
    }
    metastore = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    metastore.createContext(
        "/sources", http -> answer(http, "{\"items\":[" + sources + source() + "]}"));
    metastore.createContext("/sources/orders", http -> answer(http, source()));
    metastore.createContext("/datasets", http -> answer(http, "{\"items\":[" + dataset() + "]}"));
    metastore.start();
  }

  @AfterEach
  void stop() {
    metastore.stop(0);
  }

  private String source() {
    return """
    {"version":1,"createdAt":1,"spec":{"name":"orders","bootstrapServers":"localhost:9",
     "topics":["orders"],"archive":{"location":"%s"%s}}}\
    """
        .formatted(folder.toUri(), archiveFields);
  }

  private String dataset() {
    return """
    {"version":1,"createdAt":1,"spec":{"name":"orders","source":"orders",
     "target":{"path":"%s"},"columns":[{"name":"id","type":"bigint"}]}}\
    """
        .formatted(folder.resolve("lake/orders").toUri());
  }

  private static void answer(HttpExchange exchange, String body) throws IOException {
    byte[] content = body.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(200, content.length);
    exchange.getResponseBody().write(content);
    exchange.close();
  }

  /** Ten records of a day. */
  private void commit(int day, int hour) throws IOException {
    long start = log.requireHead().watermark(0, 0);
    Instant time = FIRST.plus(Duration.ofDays(day)).plus(Duration.ofHours(hour));
    String path = "date=%s/%d.jsonl.gz".formatted(time.toString().substring(0, 10), start);
    Path file = folder.resolve("orders").resolve(path);
    Files.createDirectories(file.getParent());
    try (FileWriter writer =
        new FileWriter(Files.newOutputStream(file), "orders", Compression.GZIP)) {
      for (long offset = start; offset < start + 10; offset++) {
        writer
            .begin(0, 0, offset, time.toEpochMilli(), TimestampType.CREATE_TIME)
            .value("{}".getBytes());
        writer.end();
      }
      log.commit(
          new CommitRequest(
              AUTHOR,
              log.requireHead().sequence(),
              time.toEpochMilli(),
              List.of(new OffsetRange(0, 0, start, start + 10)),
              List.of(),
              List.of(writer.finish(path))));
    }
  }

  /** A plan of the dataset that is done up to an entry, and perhaps one that is not. */
  private void planned(long plan, long from, long to, boolean done) throws IOException {
    planned("lake/_plans/orders", plan, from, to, done);
  }

  private void planned(String log, long plan, long from, long to, boolean done) throws IOException {
    Path plans = Files.createDirectories(folder.resolve(log).resolve("00000"));
    String positions = "\"positions\":{\"orders\":{\"orders\":%d}}".formatted(to + 1);
    Files.writeString(
        plans.resolve("%020d.json".formatted(plan)),
        """
        {"format":1,"plan":%d,"generation":0,"id":"p%d","kind":"live","dataset":"orders",\
        "datasetVersion":1,"run":"r","plannedAt":1,"source":{"archive":"%s","ranges":[{"topic":\
        "orders","from":%d,"to":%d}]},%s}\
        """
            .formatted(plan, plan, folder.toUri(), from, to, positions));
    if (done) {
      Files.writeString(
          plans.resolve("%020d.done.json".formatted(plan)),
          """
          {"format":1,"plan":%d,"generation":0,"planId":"p%d","run":"r","doneAt":1,\
          "outcome":"committed","dataset":"orders","datasetVersion":1,"counts":{"read":0,\
          "inserted":0,"updated":0,"deleted":0,"filtered":0,"quarantined":0,"superseded":0,\
          "late":0,"unmatched":0},%s}\
          """
              .formatted(plan, plan, positions));
    }
  }

  private long files() throws IOException {
    try (Stream<Path> all = Files.walk(folder.resolve("orders"))) {
      return all.filter(path -> path.getParent().getFileName().toString().startsWith("date="))
          .count();
    }
  }

  @Test
  void withoutARetentionAnArchiveIsKept() throws IOException {
    planned(0, 1, 4, true);

    assertThat(retain(0)).contains("kept for ever; set archive.retentionDays of source orders");

    assertThat(files()).isEqualTo(4);
  }

  @Test
  void theSourcesRetentionRemovesWholeDaysOnceEveryDatasetHasThem() throws IOException {
    planned(0, 1, 4, true);
    archiveFields = ",\"retentionDays\":8";

    assertThat(retain(0))
        .contains("20 records of the days before 2025-11-23, 2 files")
        .contains("Removed; entry 5 of the manifest log says so.");

    assertThat(files()).isEqualTo(2);
    ManifestEntry head = log.head().orElseThrow();
    assertThat(head.kind()).isEqualTo(EntryKind.RETENTION);
    assertThat(head.expired()).hasValue(20);
    assertThat(head.watermark(0, 0)).isEqualTo(40);
    assertThat(retain(0)).contains("nothing of a day before 2025-11-23 is left");
    assertThat(log.head().orElseThrow().sequence()).isEqualTo(5);
  }

  @Test
  void aRetiredSourceTakesNothingOutOfAnArchiveThatAnotherOneKeepsNow() throws IOException {
    sources =
        source()
                .replace("\"name\":\"orders\"", "\"name\":\"before\",\"state\":\"retired\"")
                .replace("\"archive\":{", "\"archive\":{\"retentionDays\":8,")
            + ",";

    assertThat(retain(0))
        .contains("the source before, which is retired, has no say; orders keeps it now")
        .contains("kept for ever; set archive.retentionDays of source orders");
    assertThat(retain(75, "--older-than", "8d")).contains("has read the entries before 0 alone");
    assertThat(files()).isEqualTo(4);
  }

  @Test
  void whatADatasetHasNotReadIsNotRemoved() throws IOException {
    planned(0, 1, 1, true);

    assertThat(retain(75, "--older-than", "8d"))
        .contains("Not removed: dataset 'orders' has read the entries before 2 alone.");

    assertThat(files()).isEqualTo(4);
    assertThat(log.head().orElseThrow().sequence()).isEqualTo(4);
  }

  @Test
  void whatAPlanStillReadsIsNotRemoved() throws IOException {
    planned(0, 1, 4, true);
    planned(1, 2, 2, false);

    assertThat(retain(75, "--older-than", "8d", "--json"))
        .contains("\"waitsFor\":\"plan 1 of dataset 'orders' reads them and is not done\"");

    assertThat(files()).isEqualTo(4);
  }

  @Test
  void whatARebuildIsReadingIsNotRemoved() throws IOException {
    planned(0, 1, 4, true);
    planned("lake/orders/_plans/rebuilt-2", 0, 1, 2, false);
    Files.writeString(folder.resolve("lake/orders/_plans/rebuilt-2/rebuild.json"), "{}");

    assertThat(retain(75, "--older-than", "8d"))
        .contains("plan 0 of the rebuild of dataset 'orders' under version 1 reads them");

    assertThat(files()).isEqualTo(4);
    planned("lake/orders/_plans/rebuilt-2", 0, 1, 2, true);
    retain(0, "--older-than", "8d");
    assertThat(files()).isEqualTo(2);
  }

  @Test
  void whatATableThatWasRestoredMayReadAgainIsNotRemoved() throws IOException {
    planned(0, 1, 4, true);
    planned(1, 1, 1, false);
    Path ending = folder.resolve("lake/_plans/orders/00000/%020d.json".formatted(1));
    Files.writeString(
        ending, Files.readString(ending).replace("\"kind\":\"live\"", "\"kind\":\"restore\""));

    assertThat(retain(75, "--older-than", "8d"))
        .contains("Not removed: the table of dataset 'orders' was restored, and what it reads");

    assertThat(files()).isEqualTo(4);
  }

  @Test
  void whatAnOpenReplayReadsIsNotSweptHoweverOldItIs() throws IOException {
    commit(3, 1);
    long asOf = log.head().orElseThrow().sequence();
    compact();
    // A sweep leaves what was found right before the newest entry.
    commit(11, 0);
    planned(0, 1, 5, true);
    planned(1, 4, 5, false);
    Path replay = folder.resolve("lake/_plans/orders/00000/%020d.json".formatted(1));
    String live = Files.readString(replay);
    Files.writeString(
        replay,
        live.replace(
            "\"kind\":\"live\"",
            "\"kind\":\"replay\",\"replay\":{\"records\":1,\"asOf\":{\"orders\":%d}}"
                .formatted(asOf)));
    try (Stream<Path> all = Files.walk(folder.resolve("orders"))) {
      for (Path file : all.filter(Files::isRegularFile).toList()) {
        Files.setLastModifiedTime(file, FileTime.from(FIRST.plus(Duration.ofDays(10))));
      }
    }

    assertThat(run(new SweepCommand(), 0, "--delete")).contains("none older than");
    assertThat(files()).isEqualTo(7);
    Files.writeString(replay, live);
    assertThat(run(new SweepCommand(), 0, "--delete")).contains("Removed 2,");
    assertThat(files()).isEqualTo(5);
  }

  @Test
  void aDryRunShowsWhatWouldGo() throws IOException {
    planned(0, 1, 4, true);

    assertThat(retain(0, "--older-than", "8d", "--dry-run"))
        .contains("20 records of the days before 2025-11-23, 2 files")
        .contains("Nothing was removed: --dry-run.");

    assertThat(files()).isEqualTo(4);
    assertThat(log.head().orElseThrow().sequence()).isEqualTo(4);
  }

  @Test
  void whatStandsInQuarantineIsToldAndHoldsNothingUp() throws IOException {
    planned(0, 1, 4, true);
    KernelTable.replayedQuarantine(folder.resolve("lake/_quarantine/orders"))
        .append(
            Map.of(),
            List.of(
                bad("orders", 1, 3, "wrong-type", null),
                bad("orders", 1, 4, "not-json", null),
                bad("orders", 2, 13, "not-json", null),
                bad("orders", 2, 14, "not-json", 7L),
                bad("others", 2, 13, "not-json", null),
                bad("orders", 3, 21, "not-json", null)));

    String told =
        "In quarantine and not resolved, and no more to be replayed: orders not-json 2, orders"
            + " wrong-type 1. Their values stay in the quarantine's table";
    assertThat(retain(0, "--older-than", "8d", "--dry-run"))
        .contains(told)
        .contains("Nothing was removed: --dry-run.");
    assertThat(retain(0, "--older-than", "8d", "--dry-run", "--json"))
        .contains(
            ",\"quarantined\":[{\"dataset\":\"orders\",\"code\":\"not-json\",\"records\":2},"
                + "{\"dataset\":\"orders\",\"code\":\"wrong-type\",\"records\":1}]}");
    assertThat(retain(0, "--older-than", "8d")).contains(told).contains("Removed; entry 5");
    assertThat(retain(0, "--older-than", "7d", "--json")).contains("\"records\":1}]}");
    assertThat(retain(0, "--older-than", "6d", "--json")).doesNotContain("quarantined");
  }

  @Test
  void aQuarantineThatCannotBeReadHoldsNothingUp() throws IOException {
    planned(0, 1, 4, true);
    Path quarantine = folder.resolve("lake/_quarantine/orders");
    KernelTable.replayedQuarantine(quarantine)
        .append(Map.of(), List.<Object[]>of(bad("orders", 1, 3, "wrong-type", null)));
    try (Stream<Path> files = Files.list(quarantine)) {
      for (Path file : files.filter(each -> each.toString().endsWith(".parquet")).toList()) {
        Files.delete(file);
      }
    }

    assertThat(retain(0, "--older-than", "8d", "--dry-run", "--json"))
        .contains("\"quarantineNotKnown\":[{\"dataset\":\"orders\",\"reason\":\"");
    assertThat(retain(0, "--older-than", "8d"))
        .contains("In the quarantine of orders: not known. ")
        .contains("Removed; entry 5");
    assertThat(files()).isEqualTo(2);
    assertThat(retain(0, "--older-than", "8d")).doesNotContain("not known");
  }

  @Test
  void aQuarantineIsReadOnceForAllTopics() throws IOException {
    Path quarantine = folder.resolve("lake/_quarantine/orders");
    KernelTable.replayedQuarantine(quarantine)
        .append(
            Map.of(),
            List.of(
                bad("orders", 1, 3, "wrong-type", null),
                bad("orders", 3, 21, "not-json", null),
                bad("orders", 4, 31, "not-json", null)));
    EntrySpan first = new EntrySpan("orders", 0, 2);
    EntrySpan second = new EntrySpan("orders", 2, 4);
    EntrySpan others = new EntrySpan("others", 0, 4);
    QuarantinedEntries entries =
        new QuarantinedEntries(
            List.of(Json.read(Json.mapper().readTree(dataset()).path("spec"), DatasetSpec.class)),
            List.of(first, second, others),
            new Configuration());

    assertThat(entries.of(new EntrySpan("orders", 2, 2)).quarantined()).isEmpty();
    assertThat(entries.of(first).quarantined())
        .containsExactly(new QuarantinedEntries.Quarantined("orders", "wrong-type", 1));
    Files.move(quarantine, folder.resolve("gone"));
    assertThat(entries.of(second).quarantined())
        .containsExactly(new QuarantinedEntries.Quarantined("orders", "not-json", 1));
    assertThat(entries.of(others).quarantined()).isEmpty();
  }

  /** Of an entry, which took in one day. */
  private static Object[] bad(
      String dataset, long sequence, long offset, String code, Long resolvedBy) {
    long micros = FIRST.plus(Duration.ofDays(sequence - 1)).toEpochMilli() * 1_000;
    return new Object[] {
      "orders",
      0,
      0,
      offset,
      micros,
      micros,
      sequence,
      null,
      "decode",
      code,
      null,
      dataset,
      1L,
      0L,
      0,
      resolvedBy == null ? null : micros,
      resolvedBy
    };
  }

  @Test
  void whatARunThatDiedLeftIsRemovedByTheNext() throws IOException {
    planned(0, 1, 4, true);
    long secondDay = FIRST.plus(Duration.ofDays(1)).toEpochMilli();
    assertThat(new ArchiveRetention(log).expire(secondDay, AUTHOR, CLOCK.millis())).isPresent();
    assertThat(files()).isEqualTo(4);

    retain(0, "--older-than", "100d");

    assertThat(files()).isEqualTo(3);
    assertThat(log.head().orElseThrow().sequence()).isEqualTo(5);
  }

  @Test
  void aClockThatIsFarAheadOfTheStoresMakesNothingOld() throws IOException {
    planned(0, 1, 4, true);
    Clock ahead = Clock.offset(Clock.systemUTC(), Duration.ofDays(900));

    run(new RetainCommand(ahead), 75, "--older-than", "8d");

    assertThat(files()).isEqualTo(4);
    assertThat(log.head().orElseThrow().sequence()).isEqualTo(4);
  }

  @Test
  void theFilesOfADayBecomeOne() throws IOException {
    commit(3, 1);
    commit(3, 2);

    assertThat(compact("--dry-run")).contains("3 files would become 1, ");
    assertThat(compact()).contains("3 files became 1, ");
    assertThat(compact()).contains("no small files to combine");

    assertThat(files()).isEqualTo(7);
    ManifestEntry head = log.head().orElseThrow();
    assertThat(head.kind()).isEqualTo(EntryKind.REWRITE);
    assertThat(log.held(1, 6).stream().mapToLong(ManifestEntry::fileRecords).sum()).isEqualTo(60);
    assertThat(Json.mapper().readTree(compact("--json")).at("/report/replaced").asLong()).isZero();
  }

  private String retain(int exitCode, String... flags) {
    return run(new RetainCommand(CLOCK), exitCode, flags);
  }

  private String compact(String... flags) {
    return run(new CompactCommand(CLOCK), 0, flags);
  }

  /** What it printed. */
  private String run(Cli.Command command, int exitCode, String... flags) {
    List<String> arguments = new ArrayList<>(List.of(flags));
    arguments.add("--metastore.url");
    arguments.add("http://127.0.0.1:" + metastore.getAddress().getPort());
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    PrintStream out = System.out;
    PrintStream err = System.err;
    PrintStream both = new PrintStream(printed, true, StandardCharsets.UTF_8);
    System.setOut(both);
    System.setErr(both);
    int code;
    try {
      code = command.run(arguments.toArray(String[]::new));
    } finally {
      System.setOut(out);
      System.setErr(err);
    }
    String text = printed.toString(StandardCharsets.UTF_8);
    assertThat(code).as(text).isEqualTo(exitCode);
    return text;
  }
}
