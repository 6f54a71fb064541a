package dev.tributary.archive.spark;

import static dev.tributary.archive.spark.TestArchive.expected;
import static dev.tributary.archive.spark.TestArchive.full;
import static dev.tributary.archive.spark.TestArchive.range;
import static dev.tributary.archive.spark.TestArchive.record;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.archive.ArchiveSweep;
import dev.tributary.archive.Author;
import dev.tributary.archive.EntryKind;
import dev.tributary.archive.Gap;
import dev.tributary.archive.GapKind;
import dev.tributary.archive.ManifestEntry;
import dev.tributary.archive.ManifestLog;
import dev.tributary.archive.line.TestRecord;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.execution.streaming.runtime.MemoryStream;
import org.apache.spark.sql.streaming.DataStreamWriter;
import org.apache.spark.sql.streaming.StreamingQuery;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import scala.jdk.javaapi.CollectionConverters;

final class RawArchiveSinkIT {
  private static final Path FAULTS = Path.of(System.getProperty("tributary.fault.dir"));

  @TempDir private Path directory;
  private TestArchive archive;

  @BeforeEach
  void anArchive() throws Exception {
    archive = new TestArchive(directory.resolve("raw")).open("orders", 4);
    Files.createDirectories(FAULTS);
  }

  @AfterEach
  void noFaults() throws Exception {
    try (Stream<Path> orders = Files.list(FAULTS)) {
      for (Path order : orders.toList()) {
        Files.delete(order);
      }
    }
  }

  private static MemoryStream<Row> stream() {
    return MemoryStream.apply(SharedSpark.session(), 1, Encoders.row(TestArchive.PLANNED));
  }

  private static void add(MemoryStream<Row> stream, List<Row> rows) {
    stream.addData(CollectionConverters.asScala(rows).toSeq());
  }

  private DataStreamWriter<Row> writer(Dataset<Row> rows, String checkpoint) {
    return rows.writeStream()
        .format("raw-archive")
        .option("path", archive.location())
        .option("checkpointLocation", directory.resolve(checkpoint).toString());
  }

  private void run(MemoryStream<Row> stream, String checkpoint) throws Exception {
    StreamingQuery query = writer(stream.toDF(), checkpoint).start();
    try {
      query.processAllAvailable();
    } finally {
      query.stop();
    }
  }

  private static Optional<TributaryException> cause(Throwable thrown) {
    for (Throwable next = thrown; next != null; next = next.getCause()) {
      if (next instanceof TributaryException own) {
        return Optional.of(own);
      }
    }
    return Optional.empty();
  }

  @Test
  void whatIsStreamedInComesBackWithItsExactBytes() throws Exception {
    byte[] broken = {(byte) 0xff, 0, (byte) 0xc0, 10, 13};
    List<Row> rows = new ArrayList<>(full("orders", 0, 0, 50));
    rows.add(record("orders", 1, 0, null, "{\n \"a\" : 1,\r\n \"a\" : 2e400 }".getBytes()));
    rows.add(record("orders", 1, 1, broken, broken));
    rows.add(record("orders", 1, 2, new byte[0], new byte[0]));
    rows.add(record("orders", 1, 3, "key".getBytes(), null));
    rows.add(
        TestArchive.recordWithHeaders(
            "orders",
            1,
            4,
            RowFactory.create("a", broken),
            RowFactory.create("a", null),
            RowFactory.create("", new byte[0])));
    rows.add(record("orders", 1, 5, "k".getBytes(), "not json\u2028\n".getBytes(UTF_8)));
    rows.add(range("orders", 1, 0, 6, null));
    MemoryStream<Row> stream = stream();
    add(stream, rows);
    run(stream, "checkpoint");
    assertThat(archive.read("orders")).containsExactlyInAnyOrderElementsOf(expected(rows));
    ManifestEntry head = archive.head("orders");
    assertThat(head.sequence()).isEqualTo(1);
    assertThat(head.files()).hasSize(1);
    assertThat(head.totals().records()).isEqualTo(56);
  }

  @Test
  void anyRecordsComeBackExactlyThroughBatchesFilesLogAndConnector() throws Exception {
    Random random = new Random(11);
    long[] next = new long[3];
    List<Row> all = new ArrayList<>();
    MemoryStream<Row> stream = stream();
    for (int batch = 0; batch < 25; batch++) {
      long[] start = next.clone();
      List<Row> rows = new ArrayList<>();
      for (int i = 0; i < 4_000; i++) {
        TestRecord record = TestRecord.random(random, 0);
        // Now and then an offset has no record.
        long offset = next[record.partition()] + (random.nextInt(10) == 0 ? 1 : 0);
        next[record.partition()] = offset + 1;
        rows.add(row(record, offset));
      }
      rows.sort(Comparator.comparingInt(row -> row.getInt(2)));
      for (int partition = 0; partition < next.length; partition++) {
        rows.add(range("orders", partition, start[partition], next[partition], null));
      }
      add(stream, rows);
      run(stream, "checkpoint");
      all.addAll(rows);
    }
    List<TestArchive.Seen> read = archive.read("orders");
    assertThat(read).hasSize(100_000);
    assertThat(new HashSet<>(read)).isEqualTo(new HashSet<>(expected(all)));
    assertThat(archive.head("orders").sequence()).isEqualTo(25);
  }

  @Test
  void valuesOfFiveMegabytesComeBackExactly() throws Exception {
    byte[] binary = new byte[5 << 20];
    new Random(12).nextBytes(binary);
    byte[] json = ("{\n\"text\":\"" + "\u00e9x".repeat(5 << 19) + "\"}").getBytes(UTF_8);
    List<Row> rows =
        List.of(
            record("orders", 0, 0, "k".getBytes(UTF_8), binary),
            record("orders", 0, 1, binary, json),
            record("orders", 0, 2, null, "x".repeat(5 << 20).getBytes(UTF_8)),
            range("orders", 0, 0, 3, null));
    MemoryStream<Row> stream = stream();
    add(stream, rows);
    run(stream, "checkpoint");

    assertThat(archive.read("orders")).containsExactlyInAnyOrderElementsOf(expected(rows));
  }

  private static Row row(TestRecord record, long offset) {
    List<Row> headers =
        record.headers().stream()
            .map(header -> RowFactory.create(header.name(), header.value().orElse(null)))
            .toList();
    return RowFactory.create(
        "orders",
        0,
        record.partition(),
        offset,
        record.timestamp(),
        record.type().id(),
        record.key().orElse(null),
        record.value().orElse(null),
        headers.isEmpty() ? null : CollectionConverters.asScala(headers).toSeq(),
        null,
        null,
        null);
  }

  @Test
  void aLostCheckpointRepeatsNothing() throws Exception {
    List<Row> rows = full("orders", 0, 0, 20);
    for (String checkpoint : List.of("first", "second")) {
      MemoryStream<Row> stream = stream();
      add(stream, rows);
      run(stream, checkpoint);
    }
    assertThat(archive.read("orders")).containsExactlyInAnyOrderElementsOf(expected(rows));
    assertThat(archive.head("orders").sequence()).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "archive.file.middle",
        "archive.before-manifest",
        "archive.manifest.landed-answer-lost",
        "archive.after-manifest"
      })
  void aFailureAtAnyPointLosesAndRepeatsNothing(String point) throws Exception {
    MemoryStream<Row> stream = stream();
    List<Row> rows = new ArrayList<>(full("orders", 0, 0, 20));
    rows.addAll(full("orders", 2, 0, 5));
    add(stream, rows);
    Files.writeString(FAULTS.resolve(point), "fail");
    assertThatThrownBy(() -> run(stream, "checkpoint")).hasMessageContaining(point);
    add(stream, full("orders", 0, 20, 30));
    rows.addAll(full("orders", 0, 20, 30));
    run(stream, "checkpoint");
    assertThat(archive.read("orders")).containsExactlyInAnyOrderElementsOf(expected(rows));
    assertThat(archive.head("orders").watermark(0, 0)).isEqualTo(30);
  }

  @Test
  void holesAreAccountedForByWhatTheReaderKnowsOfThem() throws Exception {
    MemoryStream<Row> stream = stream();
    List<Row> rows = new ArrayList<>();
    rows.add(record("orders", 0, 3));
    rows.add(record("orders", 0, 4));
    rows.add(record("orders", 0, 7));
    rows.add(
        range(
            "orders",
            0,
            0,
            10,
            "{\"default\":\"transactional\",\"known\":[{\"start\":0,\"end\":2,\"kind\":\"compacted\"}]}"));
    rows.add(range("orders", 1, 0, 4, "{\"default\":\"transactional\"}"));
    add(stream, rows);
    run(stream, "checkpoint");
    ManifestEntry head = archive.head("orders");
    assertThat(head.gaps())
        .containsExactlyInAnyOrder(
            Gap.of(0, 0, 0, 2, GapKind.COMPACTED),
            Gap.of(0, 0, 2, 3, GapKind.TRANSACTIONAL),
            Gap.of(0, 0, 5, 7, GapKind.TRANSACTIONAL),
            Gap.of(0, 0, 8, 10, GapKind.TRANSACTIONAL),
            Gap.of(0, 1, 0, 4, GapKind.TRANSACTIONAL));
    assertThat(head.watermark(0, 1)).isEqualTo(4);
    assertThat(archive.read("orders")).containsExactlyInAnyOrderElementsOf(expected(rows));
  }

  @Test
  void manyHolesAreToldAsASpan() throws Exception {
    MemoryStream<Row> stream = stream();
    List<Row> rows = new ArrayList<>();
    for (long offset = 0; offset < 4000; offset += 2) {
      rows.add(record("orders", 0, offset));
    }
    rows.add(range("orders", 0, 0, 4000, "{\"default\":\"compacted\"}"));
    add(stream, rows);
    run(stream, "checkpoint");
    ManifestEntry head = archive.head("orders");
    assertThat(head.gaps()).singleElement().extracting(Gap::count).isEqualTo(2000L);
    assertThat(head.account(0, 0).orElseThrow().gapOffsets()).isEqualTo(2000);
    assertThat(archive.read("orders")).hasSize(2000);
  }

  @Test
  void rowsOfSparksOwnKafkaSourceAreTakenFromWhereTheArchiveEnds() throws Exception {
    MemoryStream<Row> stream = stream();
    List<Row> rows = new ArrayList<>();
    for (long offset : new long[] {2, 3, 5}) {
      rows.add(record("orders", 0, offset));
    }
    add(stream, rows);
    Dataset<Row> kafka =
        stream
            .toDF()
            .selectExpr(
                "key",
                "value",
                "topic",
                "partition",
                "offset",
                "timestamp_millis(timestamp) AS timestamp",
                "timestampType");
    StreamingQuery query = writer(kafka, "checkpoint").start();
    query.processAllAvailable();
    List<Row> more = List.of(record("orders", 0, 6), record("orders", 0, 9));
    add(stream, more);
    query.processAllAvailable();
    query.stop();
    rows.addAll(more);
    assertThat(archive.read("orders")).containsExactlyInAnyOrderElementsOf(expected(rows));
    assertThat(archive.log("orders").entry(1).orElseThrow().gaps())
        .containsExactlyInAnyOrder(
            Gap.of(0, 0, 0, 2, GapKind.NOT_DELIVERED), Gap.of(0, 0, 4, 5, GapKind.NOT_DELIVERED));
    assertThat(archive.log("orders").entry(2).orElseThrow().gaps())
        .containsExactly(Gap.of(0, 0, 7, 9, GapKind.NOT_DELIVERED));
  }

  @Test
  void aBatchOfManyTasksAndTopicsIsOneEntryATopic() {
    archive.open("clicks", 2);
    List<Row> rows = new ArrayList<>();
    for (int partition = 0; partition < 4; partition++) {
      rows.addAll(full("orders", partition, 0, 25));
    }
    rows.addAll(full("clicks", 1, 0, 10));
    SharedSpark.session()
        .createDataFrame(rows, TestArchive.PLANNED)
        .selectExpr("*", "coalesce(offset, rangeEnd) AS place")
        .repartition(
            3,
            new org.apache.spark.sql.Column("topic"),
            new org.apache.spark.sql.Column("partition"))
        .sortWithinPartitions("topic", "partition", "place", "rangeEnd")
        .drop("place")
        .write()
        .format("raw-archive")
        .option("path", archive.location())
        .mode("append")
        .save();
    assertThat(archive.read("orders,clicks")).containsExactlyInAnyOrderElementsOf(expected(rows));
    assertThat(archive.head("orders").sequence()).isEqualTo(1);
    assertThat(archive.head("clicks").sequence()).isEqualTo(1);
  }

  @Test
  void filesRollAtTheirBoundsAndAreCompressedAsATopicSays() throws Exception {
    archive.open("clicks", 1);
    MemoryStream<Row> stream = stream();
    List<Row> rows = new ArrayList<>(full("orders", 0, 0, 25));
    rows.addAll(full("clicks", 0, 0, 25));
    add(stream, rows);
    StreamingQuery query =
        writer(stream.toDF(), "checkpoint")
            .option("fileMaxRecords", 10)
            .option(
                "topics",
                "{\"clicks\":{\"compression\":\"gzip\",\"fileMaxRecords\":1000,\"fileMaxBytes\":2500}}")
            .start();
    query.processAllAvailable();
    query.stop();
    assertThat(archive.head("orders").files())
        .hasSize(3)
        .allSatisfy(
            file ->
                assertThat(file.path())
                    .matches("date=\\d{4}-\\d\\d-\\d\\d/00000-\\d{20}-[0-9a-f]{32}\\.jsonl\\.zst"));
    assertThat(archive.head("clicks").files())
        .hasSizeBetween(2, 5)
        .allSatisfy(file -> assertThat(file.path()).endsWith(".jsonl.gz"));
    assertThat(archive.read("orders,clicks")).containsExactlyInAnyOrderElementsOf(expected(rows));
  }

  @Test
  void optionsThatWouldDoNothingAreRefused() {
    assertThatThrownBy(
            () ->
                SharedSpark.session()
                    .createDataFrame(full("orders", 0, 0, 1), TestArchive.PLANNED)
                    .write()
                    .format("raw-archive")
                    .option("path", archive.location())
                    .option("fileMaxRecord", 10)
                    .mode("append")
                    .save())
        .hasMessageContaining(
            "raw-archive has no option fileMaxRecord here. Did you mean fileMaxRecords?");
    MemoryStream<Row> stream = stream();
    add(stream, full("orders", 0, 0, 1));
    assertThatThrownBy(
            () -> {
              StreamingQuery query =
                  writer(stream.toDF(), "checkpoint").option("compresion", "gzip").start();
              try {
                query.processAllAvailable();
              } finally {
                query.stop();
              }
            })
        .hasStackTraceContaining("Did you mean compression?");
    assertThat(archive.head("orders").sequence()).isZero();
  }

  @Test
  void recordsOutOfOrderAreRefused() {
    MemoryStream<Row> stream = stream();
    add(stream, List.of(record("orders", 0, 1), record("orders", 0, 0)));
    assertThatThrownBy(() -> run(stream, "checkpoint"))
        .satisfies(
            e ->
                assertThat(cause(e).orElseThrow().getMessage())
                    .contains("partition 0 offset 0 came after the offset 1"));
  }

  @Test
  void recordsWithoutTheirRangeAreRefused() {
    MemoryStream<Row> stream = stream();
    add(stream, List.of(record("orders", 0, 0)));
    assertThatThrownBy(() -> run(stream, "checkpoint"))
        .satisfies(
            e ->
                assertThat(cause(e).orElseThrow().getMessage())
                    .contains("from offset 0 on came without the row of their range"));
    assertThat(archive.head("orders").sequence()).isZero();
  }

  @Test
  void aTopicWithoutAnArchiveIsRefusedAndTheOthersAreCommitted() throws Exception {
    MemoryStream<Row> stream = stream();
    add(stream, full("nowhere", 0, 0, 1));
    assertThatThrownBy(() -> run(stream, "checkpoint"))
        .satisfies(
            e -> assertThat(cause(e).orElseThrow().code()).isEqualTo(ErrorCode.ARCHIVE_NOT_FOUND));
  }

  @Test
  void aTopicThatIsRefusedDoesNotKeepAnotherFromBeingCommitted() {
    archive.open("clicks", 1);
    MemoryStream<Row> stream = stream();
    List<Row> rows = new ArrayList<>(full("clicks", 0, 5, 9));
    rows.addAll(full("orders", 0, 0, 4));
    add(stream, rows);
    assertThatThrownBy(() -> run(stream, "checkpoint"))
        .satisfies(e -> assertThat(cause(e).orElseThrow().code()).isEqualTo(ErrorCode.ARCHIVE_GAP));
    assertThat(archive.head("orders").watermark(0, 0)).isEqualTo(4);
    assertThat(archive.head("clicks").sequence()).isZero();
  }

  @Test
  void twoDriversOnOneTopicLoseAndRepeatNothing() throws Exception {
    MemoryStream<Row> first = stream();
    MemoryStream<Row> second = stream();
    add(first, full("orders", 0, 0, 20));
    run(first, "first");
    add(second, full("orders", 0, 0, 15));
    run(second, "second");
    add(second, full("orders", 0, 15, 25));
    assertThatThrownBy(() -> run(second, "second"))
        .satisfies(
            e -> assertThat(cause(e).orElseThrow().code()).isEqualTo(ErrorCode.ARCHIVE_CONFLICT));
    assertThat(archive.read("orders"))
        .containsExactlyInAnyOrderElementsOf(expected(full("orders", 0, 0, 20)));
    ManifestLog log = archive.log("orders");
    assertThat(log.requireHead().sequence()).isEqualTo(1);
  }

  @Test
  void aBatchThatBeginsAfterASweepIsTakenByTheQueryThatKnewTheLogBeforeIt() throws Exception {
    MemoryStream<Row> stream = stream();
    StreamingQuery query = writer(stream.toDF(), "checkpoint").start();
    try {
      add(stream, full("orders", 0, 0, 10));
      query.processAllAvailable();
      new ArchiveSweep(archive.log("orders"))
          .sweep(Duration.ofHours(1), new Author("sweep", "test"), System.currentTimeMillis());
      add(stream, full("orders", 0, 10, 20));
      query.processAllAvailable();
    } finally {
      query.stop();
    }
    ManifestLog log = archive.log("orders");
    assertThat(log.range(0, log.requireHead().sequence()))
        .extracting(ManifestEntry::kind)
        .containsExactly(EntryKind.GENESIS, EntryKind.DATA, EntryKind.SWEEP, EntryKind.DATA);
    assertThat(archive.read("orders"))
        .containsExactlyInAnyOrderElementsOf(expected(full("orders", 0, 0, 20)));
  }
}
