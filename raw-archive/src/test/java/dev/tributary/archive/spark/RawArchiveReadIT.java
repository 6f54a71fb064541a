package dev.tributary.archive.spark;

import static dev.tributary.archive.spark.TestArchive.expected;
import static dev.tributary.archive.spark.TestArchive.full;
import static dev.tributary.archive.spark.TestArchive.range;
import static dev.tributary.archive.spark.TestArchive.record;
import static dev.tributary.archive.spark.TestArchive.seen;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.archive.file.ArchiveFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import org.apache.spark.api.java.function.VoidFunction2;
import org.apache.spark.sql.DataFrameReader;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.streaming.DataStreamReader;
import org.apache.spark.sql.streaming.StreamingQuery;
import org.apache.spark.sql.streaming.StreamingQueryProgress;
import org.apache.spark.sql.streaming.Trigger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class RawArchiveReadIT {
  private static final String COLUMNS =
      "[{\"name\":\"id\",\"type\":\"bigint\",\"nullable\":false},{\"name\":\"text\",\"type\":\"string\"}]";

  @TempDir private Path directory;
  private TestArchive archive;

  @BeforeEach
  void anArchive() {
    archive = new TestArchive(directory.resolve("raw")).open("orders", 4);
  }

  /** Each call is one entry. */
  private void write(List<Row> rows, String compression) {
    SharedSpark.session()
        .createDataFrame(rows, TestArchive.PLANNED)
        .coalesce(1)
        .write()
        .format("raw-archive")
        .option("path", archive.location())
        .option("compression", compression)
        .mode("append")
        .save();
  }

  private List<Row> entries(int count, int records) {
    List<Row> all = new ArrayList<>();
    for (int n = 0; n < count; n++) {
      List<Row> rows = full("orders", 0, (long) n * records, (n + 1L) * records);
      write(rows, "zstd");
      all.addAll(rows);
    }
    return all;
  }

  private DataFrameReader reader() {
    return SharedSpark.session()
        .read()
        .format("raw-archive")
        .option("path", archive.location())
        .option("topic", "orders");
  }

  private DataStreamReader streamReader() {
    return SharedSpark.session()
        .readStream()
        .format("raw-archive")
        .option("path", archive.location())
        .option("topic", "orders");
  }

  private StreamingQuery availableNow(Dataset<Row> stream, List<List<Row>> batches)
      throws TimeoutException {
    return stream
        .writeStream()
        .foreachBatch(
            (VoidFunction2<Dataset<Row>, Long>) (batch, id) -> batches.add(batch.collectAsList()))
        .option("checkpointLocation", directory.resolve("checkpoint").toString())
        .trigger(Trigger.AvailableNow())
        .start();
  }

  @Test
  void entriesOffsetsAndDatesSelectRecords() {
    List<Row> all = entries(5, 10);
    assertThat(seen(reader().load())).containsExactlyInAnyOrderElementsOf(expected(all));
    assertThat(seen(reader().option("fromSequence", 2).option("toSequence", 3).load()))
        .containsExactlyInAnyOrderElementsOf(expected(full("orders", 0, 10, 30)));
    assertThat(
            seen(
                reader()
                    .option("startOffsets", "{\"orders\":{\"0\":17}}")
                    .option("endOffsets", "{\"orders\":{\"0\":23}}")
                    .load()))
        .containsExactlyInAnyOrderElementsOf(expected(full("orders", 0, 17, 23)));
    assertThat(reader().option("toDate", "2025-11-20").load().count()).isZero();
    assertThat(reader().option("fromDate", "2025-11-21").load().count()).isEqualTo(50);
    assertThat(reader().option("fromDate", "2999-01-01").load().count()).isZero();
  }

  @Test
  void theEnvelopeSaysWhereARecordComesFrom() {
    write(full("orders", 0, 0, 1), "zstd");
    Row row =
        reader()
            .load()
            .selectExpr(
                "_topic",
                "_incarnation",
                "_partition",
                "_offset",
                "unix_millis(_timestamp)",
                "_timestamp_type",
                "unix_millis(_ingest_time)",
                "_sequence")
            .first();
    long ingestTime = archive.head("orders").ingestTime();
    assertThat(row.mkString("|"))
        .isEqualTo("orders|0|0|0|%d|CreateTime|%d|1".formatted(TestArchive.NOON, ingestTime));
  }

  @Test
  void declaredColumnsAreReadFromTheBytesAndABadRecordSaysWhy() {
    List<Row> rows = new ArrayList<>();
    rows.add(record("orders", 0, 0, "k".getBytes(), "{\"id\":7,\"text\":\"a\"}".getBytes()));
    rows.add(record("orders", 0, 1, "k".getBytes(), "{\"id\":\"x\"}".getBytes()));
    rows.add(record("orders", 0, 2, "k".getBytes(), "{\"text\":\"b\"}".getBytes()));
    rows.add(record("orders", 0, 3, "k".getBytes(), "nonsense".getBytes()));
    rows.add(record("orders", 0, 4, "k".getBytes(), null));
    rows.add(record("orders", 0, 5, null, "{\"id\":8}".getBytes()));
    rows.add(range("orders", 0, 0, 6, null));
    write(rows, "zstd");
    Dataset<Row> columns = reader().option("mode", "columns").option("columns", COLUMNS).load();
    assertThat(columns.columns())
        .containsExactly(
            "_topic",
            "_incarnation",
            "_partition",
            "_offset",
            "_timestamp",
            "_ingest_time",
            "_sequence",
            "_key",
            "_tombstone",
            "_error",
            "_error_message",
            "id",
            "text");
    assertThat(
            columns
                .orderBy("_offset")
                .select("_offset", "text", "id", "_tombstone", "_error", "_key")
                .collectAsList()
                .stream()
                .map(row -> row.mkString("|")))
        .containsExactly(
            "0|a|7|false|null|k",
            "1|null|null|false|wrong-type|k",
            "2|null|null|false|missing-column|k",
            "3|null|null|false|not-json|k",
            "4|null|null|true|null|k",
            "5|null|8|false|null|null");
    assertThat(columns.filter("_error_message IS NOT NULL").count()).isEqualTo(3);
    // What is not asked for is not parsed, and what is asked for is the same.
    assertThat(columns.select("text").collectAsList().stream().map(row -> row.getString(0)))
        .containsExactlyInAnyOrder("a", null, "b", null, null, null);
    assertThat(columns.count()).isEqualTo(6);
    assertThat(columns.select("_error").filter("_error = 'wrong-type'").count()).isEqualTo(1);
  }

  @Test
  void aStreamReadsDeclaredColumnsToo() throws Exception {
    write(full("orders", 0, 0, 3), "zstd");
    List<List<Row>> batches = new ArrayList<>();
    availableNow(
            streamReader().option("mode", "columns").option("columns", COLUMNS).load(), batches)
        .awaitTermination();
    assertThat(batches).hasSize(1);
    assertThat(batches.get(0).stream().map(row -> row.getAs("id") + "|" + row.getAs("_error")))
        .containsExactlyInAnyOrder("0|null", "1|null", "2|null");
  }

  @Test
  void aStreamTakesEntriesUpToTheBytesOfATriggerAtLeastOne() throws Exception {
    entries(4, 10);
    long most =
        archive.log("orders").range(1, 4).stream()
            .mapToLong(entry -> entry.files().get(0).bytes())
            .max()
            .orElseThrow();
    List<List<Row>> batches = new ArrayList<>();
    availableNow(streamReader().option("maxBytesPerTrigger", 2 * most).load(), batches)
        .awaitTermination();
    assertThat(batches).extracting(List::size).containsExactly(20, 20);
  }

  @Test
  void aFileThatWasChangedOrIsGoneIsRefusedAndReadAgainOnceItIsPutBack() throws Exception {
    write(full("orders", 0, 0, 10), "none");
    Path file =
        archive.folder().resolve("orders").resolve(archive.head("orders").files().get(0).path());
    byte[] content = Files.readAllBytes(file);
    Files.write(file, new String(content).replace("k7", "k8").getBytes());
    assertThatThrownBy(() -> reader().load().collectAsList()).hasStackTraceContaining("CRC");
    Files.delete(file);
    assertThatThrownBy(() -> reader().load().collectAsList())
        .hasStackTraceContaining("which manifest entry 1 names, is gone");
    Files.write(file, content);
    assertThat(reader().load().count()).isEqualTo(10);
  }

  @ParameterizedTest
  @ValueSource(strings = {"none", "gzip"})
  void sparksOwnJsonReaderShowsTheEnvelope(String compression) {
    List<Row> rows = full("orders", 0, 0, 30);
    write(rows, compression);
    Dataset<Row> json = SharedSpark.session().read().json(archive.location() + "/orders/date=*");
    assertThat(json.columns())
        .contains("topic", "partition", "offset", "timestamp", "timestampType", "key", "value");
    assertThat(
            json.orderBy("offset")
                .select("topic", "partition", "offset", "timestampType", "key", "value.id")
                .first()
                .mkString("|"))
        .isEqualTo("orders|0|0|CreateTime|k0|0");
    assertThat(json.count()).isEqualTo(30);
  }

  @ParameterizedTest
  @ValueSource(strings = {"none", "gzip"})
  void sparksOwnJsonReaderShowsEveryKindOfRecord(String compression) {
    byte[] binary = {(byte) 0xff, 0, (byte) 0xfe};
    write(
        List.of(
            record("orders", 0, 0, "k".getBytes(), "{\n\"id\":1}".getBytes()),
            record("orders", 0, 1, binary, "no JSON\u2028".getBytes(UTF_8)),
            record("orders", 0, 2, null, binary),
            record("orders", 0, 3, "gone".getBytes(), null),
            TestArchive.recordWithHeaders(
                "orders",
                0,
                4,
                RowFactory.create("h", "1".getBytes()),
                RowFactory.create("h", null)),
            range("orders", 0, 0, 5, null)),
        compression);
    assertThat(
            SharedSpark.session()
                .read()
                .json(archive.location() + "/orders/date=*")
                .orderBy("offset")
                .select(
                    "offset",
                    "timestampType",
                    "key",
                    "keyBase64",
                    "value.id",
                    "valueText",
                    "valueBase64",
                    "valueBreaks",
                    "headers")
                .collectAsList()
                .stream()
                .map(row -> row.mkString("|")))
        .containsExactly(
            "0|CreateTime|k|null|1|null|null|ArraySeq(1)|null",
            "1|CreateTime|null|/wD+|null|no JSON\u2028|null|null|null",
            "2|CreateTime|null|null|null|null|/wD+|null|null",
            "3|CreateTime|gone|null|null|null|null|null|null",
            "4|NoTimestampType|null|null|null|null|null|null|ArraySeq(ArraySeq(h, MQ==), ArraySeq(h, null))");
  }

  @Test
  void aTaskReadsAPartOfAFile() {
    List<Row> rows = new ArrayList<>();
    for (int partition = 0; partition < 4; partition++) {
      rows.addAll(full("orders", partition, 0, 200));
    }
    write(rows, "none");
    ArchiveFile file = archive.head("orders").files().get(0);
    assertThat(file.segments()).hasSize(4);
    Dataset<Row> read = reader().option("maxPartitionBytes", file.bytes() / 4 + 10).load();
    assertThat(read.rdd().getNumPartitions()).isEqualTo(4);
    assertThat(seen(read)).containsExactlyInAnyOrderElementsOf(expected(rows));
  }

  @Test
  void aStreamTakesAllThereIsNowAndGoesOnFromThere() throws Exception {
    List<Row> first = entries(3, 10);
    List<List<Row>> batches = new ArrayList<>();
    availableNow(streamReader().load(), batches).awaitTermination();
    assertThat(batches).hasSize(1);
    assertThat(batches.get(0)).hasSize(first.size() - 3);
    List<Row> more = full("orders", 0, 30, 37);
    write(more, "zstd");
    batches.clear();
    availableNow(streamReader().load(), batches).awaitTermination();
    assertThat(batches.stream().flatMap(List::stream).map(row -> row.<Long>getAs("_offset")))
        .containsExactlyInAnyOrder(30L, 31L, 32L, 33L, 34L, 35L, 36L);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"maxEntriesPerTrigger=2", "maxRecordsPerTrigger=25", "maxRecordsPerTrigger=20"})
  void batchesAreWholeEntriesWithinTheLimits(String limit) throws Exception {
    entries(7, 10);
    List<List<Row>> batches = new ArrayList<>();
    String[] option = limit.split("=");
    StreamingQuery query =
        availableNow(streamReader().option(option[0], option[1]).load(), batches);
    query.awaitTermination();
    assertThat(batches).extracting(List::size).containsExactly(20, 20, 20, 10);
    StreamingQueryProgress last = query.recentProgress()[query.recentProgress().length - 1];
    assertThat(last.sources()[0].endOffset()).isEqualTo("{\"orders\":8}");
    assertThat(Map.copyOf(last.sources()[0].metrics()))
        .containsEntry("recordsBehindLatest", "0")
        .containsEntry("entriesBehindLatest", "0");
  }

  @Test
  void anEntryThatIsBeyondTheLimitIsABatchAllTheSame() throws Exception {
    entries(2, 10);
    List<List<Row>> batches = new ArrayList<>();
    availableNow(streamReader().option("maxBytesPerTrigger", 1).load(), batches).awaitTermination();
    assertThat(batches).extracting(List::size).containsExactly(10, 10);
  }

  @Test
  void aStreamBeginsWhereItIsTold() throws Exception {
    entries(4, 10);
    List<List<Row>> batches = new ArrayList<>();
    availableNow(streamReader().option("startingSequence", 4).load(), batches).awaitTermination();
    assertThat(batches).extracting(List::size).containsExactly(10);
  }

  @Test
  void fieldsWithoutAColumnAreRescuedOrRefusedWhicheverColumnsAreAskedFor() {
    List<Row> rows = new ArrayList<>();
    rows.add(record("orders", 0, 0, null, "{\"id\":7,\"text\":\"a\", \"x\": 1.50}".getBytes()));
    rows.add(record("orders", 0, 1, null, "{\"id\":8}".getBytes()));
    rows.add(record("orders", 0, 2, null, "{\"id\":\"x\",\"y\":2}".getBytes()));
    rows.add(record("orders", 0, 3, null, null));
    rows.add(range("orders", 0, 0, 4, null));
    write(rows, "zstd");
    DataFrameReader columns = reader().option("columns", COLUMNS);

    Dataset<Row> rescued = columns.option("unknownFields", "rescue").load();
    assertThat(rescued.columns()).contains("_rescued").endsWith("id", "text");
    assertThat(texts(rescued.orderBy("_offset").select("_offset", "id", "_rescued")))
        .containsExactly("0|7|{\"x\":1.50}", "1|8|null", "2|null|null", "3|null|null");
    assertThat(texts(rescued.select("_rescued").where("_rescued IS NOT NULL")))
        .containsExactly("{\"x\":1.50}");
    assertThat(texts(rescued.orderBy("_offset").select("_error")))
        .containsExactly("null", "null", "wrong-type", "null");

    Dataset<Row> refused = columns.option("unknownFields", "quarantine").load();
    assertThat(texts(refused.orderBy("_offset").select("id", "_error", "_error_message")))
        .containsExactly(
            "null|unknown-field|No column is declared for the field x, which holds 1.50",
            "8|null|null",
            "null|wrong-type|Column id takes bigint; its field holds \"x\"",
            "null|null|null");
    assertThat(texts(refused.orderBy("_offset").select("text"))).contains("a");
    assertThatThrownBy(() -> reader().option("unknownFields", "rescue").load().count())
        .hasMessageContaining("The option unknownFields of raw-archive has no effect here");
    assertThatThrownBy(() -> columns.option("unknownFields", "evolve").load().count())
        .hasMessageContaining("Use ignore, rescue or quarantine");
    assertThatThrownBy(
            () ->
                reader()
                    .option("columns", "[{\"name\":\"_Rescued\",\"type\":\"string\"}]")
                    .option("unknownFields", "rescue")
                    .load()
                    .count())
        .hasMessageContaining("Rescued fields have this name");
  }

  private static List<String> texts(Dataset<Row> rows) {
    return rows.collectAsList().stream().map(row -> row.mkString("|")).toList();
  }

  @Test
  void optionsThatCannotWorkAreRefused() {
    assertThatThrownBy(() -> SharedSpark.session().read().format("raw-archive").load().count())
        .hasMessageContaining("The option topic of raw-archive is missing");
    assertThatThrownBy(() -> reader().option("fromSequence", "soon").load().count())
        .hasMessageContaining("The option fromSequence of raw-archive has the value 'soon'");
    assertThatThrownBy(() -> reader().option("mode", "rows").load().count())
        .hasMessageContaining("Use envelope or columns");
    assertThatThrownBy(
            () ->
                SharedSpark.session()
                    .read()
                    .format("raw-archive")
                    .option("path", archive.location())
                    .option("topic", "nowhere")
                    .load()
                    .count())
        .hasMessageContaining("There is no archive of topic nowhere");
  }

  @Test
  void optionsThatWouldDoNothingAreRefused() {
    assertThatThrownBy(() -> reader().option("fromSequense", 2).load().count())
        .hasMessageContaining(
            "raw-archive has no option fromSequense here. Did you mean fromSequence?");
    assertThatThrownBy(() -> reader().option("maxBytesPerTrigger", 1).load().count())
        .hasMessageContaining("maxBytesPerTrigger of raw-archive has no effect here");
    assertThatThrownBy(() -> runStream(streamReader().option("startingSequnce", 4).load()))
        .hasStackTraceContaining("Did you mean startingSequence?");
    assertThatThrownBy(() -> runStream(streamReader().option("fromSequence", 4).load()))
        .hasStackTraceContaining("where a stream begins is said by startingSequence");
  }

  private void runStream(Dataset<Row> stream) throws Exception {
    StreamingQuery query = availableNow(stream, new ArrayList<>());
    try {
      query.awaitTermination();
    } finally {
      query.stop();
    }
  }
}
