package dev.tributary.archive;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tributary.archive.PythonReader.Output;
import dev.tributary.archive.file.ArchiveFile;
import dev.tributary.archive.file.FileWriter;
import dev.tributary.archive.line.LineEncoder;
import dev.tributary.archive.line.TestRecord;
import dev.tributary.archive.line.TimestampType;
import dev.tributary.core.json.Json;
import dev.tributary.core.spec.Compression;
import dev.tributary.core.spec.Isolation;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PythonReaderIT {
  private static final String TOPIC = "_orders";
  private static final long NOON = 1_763_726_400_000L;
  private static final Author AUTHOR = new Author("run", "test 1");
  private static final int RECORDS = 2_000;

  private static PythonReader reader;

  private final List<TestRecord> written = new ArrayList<>();
  private Path folder;

  @TempDir private Path archive;

  @BeforeAll
  static void prepare() throws IOException, InterruptedException {
    reader = PythonReader.prepare();
  }

  @BeforeEach
  void writeAnArchive() throws IOException {
    ManifestLog log = ManifestLog.open(archive.toUri().toString(), TOPIC, new Configuration(false));
    folder = Path.of(log.folder().toUri());
    Genesis genesis =
        new Genesis(
            TOPIC,
            "cluster",
            "topic-id",
            Isolation.READ_COMMITTED,
            List.of(new PartitionStart(0, 100), new PartitionStart(1, 0)));
    assertThat(log.createGenesis(genesis, AUTHOR, NOON)).isTrue();
    Random random = new Random(11);
    long end = 0;
    for (Compression compression : Compression.values()) {
      List<OffsetRange> ranges = new ArrayList<>();
      List<Gap> gaps = new ArrayList<>();
      String path = "date=2025-11-21/" + compression + compression.suffix();
      Path data = Files.createDirectories(folder.resolve("date=2025-11-21"));
      ArchiveFile file;
      try (FileWriter writer =
          new FileWriter(
              Files.newOutputStream(data.resolve(compression + compression.suffix())),
              TOPIC,
              compression)) {
        for (int partition = 0; partition < 2; partition++) {
          long start = (partition == 0 ? 100 : 0) + end;
          for (long offset = start; offset < start + RECORDS; offset++) {
            write(writer, partition, offset, random);
          }
          gaps.add(
              Gap.of(0, partition, start + RECORDS, start + RECORDS + 2, GapKind.TRANSACTIONAL));
          ranges.add(
              new OffsetRange(
                  0, partition, start, start + RECORDS + 2, OptionalInt.of(3), OptionalInt.of(2)));
        }
        file = writer.finish(path);
      }
      end += RECORDS + 2;
      long head = log.requireHead().sequence();
      log.commit(
          new CommitRequest(
              AUTHOR,
              head,
              NOON + end,
              ranges,
              gaps,
              List.of(file),
              Optional.of(Isolation.READ_UNCOMMITTED)));
    }
  }

  private void write(FileWriter writer, int partition, long offset, Random random)
      throws IOException {
    TestRecord any = TestRecord.random(random, offset);
    TestRecord record =
        new TestRecord(
            partition, offset, any.timestamp(), any.type(), any.key(), any.headers(), any.value());
    LineEncoder line = writer.begin(0, partition, offset, record.timestamp(), record.type());
    record.appendBodyTo(line);
    writer.end();
    written.add(record);
  }

  @Test
  void aReaderInAnotherLanguageFindsEveryByteInEveryCompression() throws Exception {
    Output output = reader.read(folder);

    assertThat(output.errors()).isEmpty();
    assertThat(output.exitCode()).isZero();
    assertThat(output.records().stream().map(PythonReaderIT::record).toList()).isEqualTo(written);
  }

  @Test
  void aReaderInAnotherLanguageFindsEachRollupToBeItsEntries() throws Exception {
    ManifestLog log = ManifestLog.open(archive.toUri().toString(), TOPIC, new Configuration(false));
    for (ManifestEntry head = log.requireHead();
        head.sequence() < 1_000;
        head = log.requireHead()) {
      long next = head.watermark(0, 0);
      log.commit(
          new CommitRequest(
              AUTHOR,
              head.sequence(),
              head.ingestTime(),
              List.of(new OffsetRange(0, 0, next, next + 1)),
              List.of(Gap.of(0, 0, next, next + 1, GapKind.TRANSACTIONAL)),
              List.of()));
    }
    Path rollup = folder.resolve("_log/_rollup/00000000000000000000.jsonl");
    assertThat(rollup).exists();
    assertThat(reader.read(folder).exitCode()).isZero();

    Files.writeString(rollup, Files.readString(rollup).replaceFirst("\"run\"", "\"ran\""));
    Output refused = reader.read(folder);
    assertThat(refused.exitCode()).isEqualTo(1);
    assertThat(refused.errors()).contains("00000000000000000000.jsonl has another entry 0");
  }

  @Test
  void aReaderInAnotherLanguageFollowsCompactionErasureAndRetention() throws Exception {
    ManifestLog log = ManifestLog.open(archive.toUri().toString(), TOPIC, new Configuration(false));
    long now = NOON + Duration.ofDays(2).toMillis();
    Random random = new Random(12);
    List<TestRecord> later = new ArrayList<>();
    for (int n = 0; n < 6; n++) {
      later.addAll(UpkeepArchive.commit(log, random, Compression.ZSTD, now, 5, 5));
    }
    long later0 = now + Duration.ofDays(1).toMillis();
    assertThat(new ArchiveCompaction(log).compact(Duration.ofHours(1), AUTHOR, later0).added())
        .isEqualTo(1);
    List<RecordPlace> erased =
        List.of(UpkeepArchive.place(written.get(17)), UpkeepArchive.place(later.get(33)));
    assertThat(new ArchiveErasure(log).erase(erased, AUTHOR, later0).erased()).isEqualTo(2);
    ArchiveRetention retention = new ArchiveRetention(log);
    // The first entry alone expires, of which one record was erased before.
    ManifestEntry expired =
        retention.expire(log.entry(2).orElseThrow().ingestTime(), AUTHOR, later0).orElseThrow();
    retention.remove(expired, later0);
    assertThat(expired.expired()).hasValue(2L * RECORDS - 1);

    Output output = reader.read(folder);

    assertThat(output.errors()).isEmpty();
    assertThat(output.exitCode()).isZero();
    List<TestRecord> expected = new ArrayList<>(written.subList(2 * RECORDS, written.size()));
    later.remove(33);
    expected.addAll(later);
    assertThat(output.records().stream().map(PythonReaderIT::record).toList()).isEqualTo(expected);
  }

  @Test
  void aReaderRefusesADamagedFile() throws Exception {
    Path file = folder.resolve("date=2025-11-21/ZSTD.jsonl.zst");
    byte[] stored = Files.readAllBytes(file);
    stored[stored.length / 2] ^= 1;
    Files.write(file, stored);

    refuses("its CRC-32 is another");
  }

  @Test
  void aReaderRefusesAKindThatItDoesNotKnow() throws Exception {
    change(3, entry -> entry.put("kind", "compaction"));

    refuses("is of kind compaction");
  }

  @Test
  void aReaderRefusesAGreaterFormat() throws Exception {
    change(0, entry -> entry.put("format", 2));

    refuses("has format 2");
  }

  @Test
  void aReaderRefusesAHoleInTheLog() throws Exception {
    Files.delete(entry(1));

    refuses("entry 1 is missing");
  }

  @Test
  void aReaderRefusesAccountsThatDoNotAddUp() throws Exception {
    change(2, entry -> ((ObjectNode) entry.get("partitions").get(0)).put("records", 1));

    refuses("entry 2: records of (0, 0)");
  }

  private interface Change {
    void apply(ObjectNode entry);
  }

  private Path entry(int sequence) {
    return folder.resolve("_log/%020d.json".formatted(sequence));
  }

  private void change(int sequence, Change change) throws IOException {
    ObjectNode entry = (ObjectNode) Json.mapper().readTree(entry(sequence).toFile());
    change.apply(entry);
    Files.write(entry(sequence), Json.mapper().writeValueAsBytes(entry));
  }

  private void refuses(String reason) throws Exception {
    Output output = reader.read(folder);

    assertThat(output.exitCode()).isEqualTo(1);
    assertThat(output.errors()).startsWith("refused: ").contains(reason);
  }

  private static TestRecord record(JsonNode node) {
    List<TestRecord.Header> headers = new ArrayList<>();
    for (JsonNode header : node.get("headers")) {
      headers.add(new TestRecord.Header(header.get(0).textValue(), bytes(header.get(1))));
    }
    return new TestRecord(
        node.get("partition").intValue(),
        node.get("offset").longValue(),
        node.get("timestamp").longValue(),
        type(node.get("timestampType").textValue()),
        bytes(node.get("key")),
        headers,
        bytes(node.get("value")));
  }

  private static TimestampType type(String label) {
    return List.of(TimestampType.values()).stream()
        .filter(type -> type.label().equals(label))
        .findFirst()
        .orElseThrow();
  }

  private static Optional<byte[]> bytes(JsonNode node) {
    return node.isNull()
        ? Optional.empty()
        : Optional.of(
            Base64.getDecoder().decode(node.textValue().getBytes(StandardCharsets.US_ASCII)));
  }
}
