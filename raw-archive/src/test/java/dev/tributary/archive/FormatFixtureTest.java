package dev.tributary.archive;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.archive.file.ArchiveFile;
import dev.tributary.archive.file.FileWriter;
import dev.tributary.archive.file.Segment;
import dev.tributary.archive.file.SegmentReader;
import dev.tributary.archive.line.LineEncoder;
import dev.tributary.archive.line.TimestampType;
import dev.tributary.core.spec.Compression;
import dev.tributary.core.spec.Isolation;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** Archives of every format that was released, which this release has to read and to go on with. */
final class FormatFixtureTest {
  private static final Author AUTHOR = new Author("fixture", "test");

  /** Before the thousandth entry, so that a rollup is written. */
  private static final int ENTRIES_BEFORE = 996;

  @TempDir private Path folder;

  /** Opens a copy, which may be written. */
  private ManifestLog copy(String fixture) throws Exception {
    Path from = Path.of(FormatFixtureTest.class.getResource(fixture).toURI());
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Path target = folder.resolve(from.relativize(file).toString());
        Files.createDirectories(target.getParent());
        Files.copy(file, target);
      }
    }
    return open();
  }

  private ManifestLog open() {
    return ManifestLog.open(folder.toUri().toString(), "orders", new Configuration());
  }

  /** Archives one record in each of these partitions, as a leader of this epoch had it. */
  private static ManifestEntry put(ManifestLog log, OptionalInt epoch, int... partitions)
      throws IOException {
    ManifestEntry head = log.requireHead();
    int incarnation = head.incarnation();
    long time = head.ingestTime() + 1_000;
    String name = "date=2025-11-21/%020d.jsonl.zst".formatted(head.sequence() + 1);
    List<OffsetRange> ranges = new ArrayList<>();
    try (FileWriter writer =
        new FileWriter(
            log.store().create(new org.apache.hadoop.fs.Path(log.folder(), name)),
            log.topic(),
            Compression.ZSTD)) {
      for (int partition : partitions) {
        long offset = head.watermark(incarnation, partition);
        ranges.add(new OffsetRange(incarnation, partition, offset, offset + 1, epoch, epoch));
        LineEncoder line =
            writer.begin(incarnation, partition, offset, time, TimestampType.CREATE_TIME);
        line.value(value(incarnation, partition, offset).getBytes(StandardCharsets.UTF_8));
        writer.end();
      }
      ArchiveFile file = writer.finish(name);
      return log.commit(
              new CommitRequest(AUTHOR, head.sequence(), time, ranges, List.of(), List.of(file)))
          .entry()
          .orElseThrow();
    }
  }

  private static String value(int incarnation, int partition, long offset) {
    return "%d/%d/%d".formatted(incarnation, partition, offset);
  }

  /** The values of all records that a reader finds, which are their coordinates. */
  private static List<String> values(ManifestLog log) {
    return UpkeepArchive.read(log).stream()
        .map(read -> new String(read.record().value().orElseThrow(), StandardCharsets.UTF_8))
        .toList();
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  @Test
  void anArchiveOfFormatOneIsRead() throws Exception {
    Path archive = Path.of(FormatFixtureTest.class.getResource("/format-1").toURI());
    ManifestLog log = ManifestLog.open(archive.toUri().toString(), "orders", new Configuration());
    ManifestEntry head = log.requireHead();
    assertThat(log.range(0, head.sequence()))
        .extracting(ManifestEntry::kind)
        .containsExactly(
            EntryKind.GENESIS,
            EntryKind.DATA,
            EntryKind.SWEEP,
            EntryKind.ACCEPTED_LOSS,
            EntryKind.INCARNATION);
    assertThat(head.watermark(0, 0)).isEqualTo(12);
    assertThat(head.watermark(0, 1)).isEqualTo(9);
    assertThat(head.accepted()).contains(new Acceptance("ada", "recreated"));
    assertThat(log.genesis().isolation()).isEqualTo(Isolation.READ_UNCOMMITTED);
    assertThat(log.entry(2).orElseThrow().sweep()).contains(new Sweep(1_763_640_002_000L));
    List<String> records = new ArrayList<>();
    for (ArchiveFile file : log.entry(1).orElseThrow().files()) {
      byte[] content = Files.readAllBytes(archive.resolve("orders").resolve(file.path()));
      for (Segment segment : file.segments()) {
        SegmentReader reader = SegmentReader.open("orders", file, segment, content);
        while (reader.next()) {
          records.add(
              "%d/%d %s %s"
                  .formatted(
                      reader.line().partition(),
                      reader.line().offset(),
                      reader.line().hasKey() ? hex(reader.line().key()) : "-",
                      reader.line().isTombstone() ? "-" : hex(reader.line().value())));
        }
      }
    }
    assertThat(records)
        .containsExactly(
            "0/0 61 " + hex("{\"id\":1 , \"n\":12.50}".getBytes()),
            "0/1 ff " + hex("plain \"text\"\n".getBytes()),
            "1/5 - -",
            "1/7 - ff00",
            "1/8 - " + hex("{\n\"a\":1\r}".getBytes()));
  }

  @Test
  void anArchiveOfFormatOneGoesOn() throws Exception {
    ManifestLog log = copy("/format-1");
    long records = log.requireHead().totals().records();
    ManifestEntry next = put(log, OptionalInt.of(3), 0);
    assertThat(next.sequence()).isEqualTo(5);
    ManifestEntry head = open().requireHead();
    assertThat(head).isEqualTo(next);
    assertThat(head.watermark(1, 0)).isEqualTo(1);
    assertThat(head.watermark(0, 0)).isEqualTo(12);
    assertThat(head.totals().records()).isEqualTo(records + 1);
    assertThat(UpkeepArchive.read(open()))
        .extracting(UpkeepArchive.Read::sequence)
        .endsWith(5L)
        .hasSize((int) records + 1);
  }

  @Test
  void anArchiveOfFormatOneWithRewritesAndARetentionIsRead() throws Exception {
    Path archive = Path.of(FormatFixtureTest.class.getResource("/format-1-rewritten").toURI());
    ManifestLog log = ManifestLog.open(archive.toUri().toString(), "orders", new Configuration());
    ManifestEntry head = log.requireHead();
    assertThat(log.range(0, head.sequence()))
        .extracting(ManifestEntry::kind)
        .containsExactly(
            EntryKind.GENESIS,
            EntryKind.DATA,
            EntryKind.DATA,
            EntryKind.DATA,
            EntryKind.REWRITE,
            EntryKind.REWRITE,
            EntryKind.RETENTION);
    assertThat(head.held()).isEqualTo(3);
    assertThat(head.account(0, 0).orElseThrow().expired()).isEqualTo(2);
    assertThat(head.account(0, 0).orElseThrow().erased()).isEqualTo(1);
    assertThat(new ArchiveRetention(log).unfinished()).isEmpty();
    assertThat(UpkeepArchive.read(log))
        .extracting(read -> read.sequence() + ":" + read.record().offset())
        .containsExactly("2:2", "3:4", "3:5");
  }

  @Test
  void anArchiveOfFormatOneWithRewritesAndARetentionGoesOn() throws Exception {
    ManifestLog log = copy("/format-1-rewritten");
    put(log, OptionalInt.of(3), 0);
    List<RecordPlace> fourth = List.of(new RecordPlace(0, 0, 4));
    assertThat(new ArchiveErasure(log).erase(fourth, AUTHOR, log.requireHead().ingestTime()))
        .isEqualTo(new ErasureReport(1, 0, 1));
    assertThat(UpkeepArchive.read(open()))
        .extracting(read -> read.sequence() + ":" + read.record().offset())
        .containsExactly("2:2", "3:5", "7:6");
    assertThat(open().requireHead().account(0, 0).orElseThrow().erased()).isEqualTo(2);
  }

  @Test
  void anArchiveWithARollupAndTheEpochsOfItsLeadersIsReadAndGoesOn() throws Exception {
    unzip("/format-1-epochs.zip");
    assertThat(Files.readAllLines(folder.resolve("orders/_log/_rollup/%020d.jsonl".formatted(0))))
        .hasSize(1_000);
    ManifestLog log = open();
    ManifestEntry head = log.requireHead();
    assertThat(head.sequence()).isEqualTo(1_002);
    assertThat(log.range(0, head.sequence()))
        .extracting(ManifestEntry::sequence)
        .containsExactlyElementsOf(LongStream.rangeClosed(0, 1_002).boxed().toList());
    assertThat(log.range(ENTRIES_BEFORE, head.sequence()))
        .extracting(ManifestEntry::kind)
        .containsExactly(
            EntryKind.DATA,
            EntryKind.DATA,
            EntryKind.DATA,
            EntryKind.INCARNATION,
            EntryKind.DATA,
            EntryKind.DATA,
            EntryKind.REWRITE);
    PartitionAccount first = log.entry(998).orElseThrow().account(0, 0).orElseThrow();
    assertThat(first.leaderEpoch()).hasValue(5);
    assertThat(first.recordEpoch()).hasValue(5);
    assertThat(log.withinEpoch(log.entry(998).orElseThrow(), 0, 4)).isEqualTo(ENTRIES_BEFORE + 1);
    assertThat(head.account(1, 1).orElseThrow().erased()).isEqualTo(1);
    // From 997 on, which the next incarnation has other records at, both have theirs.
    List<String> records = List.of("0/0/995", "0/0/996", "0/1/0", "0/0/997", "1/0/997", "1/0/998");
    assertThat(values(log)).containsExactlyInAnyOrderElementsOf(records);

    put(log, OptionalInt.of(9), 0, 1);
    List<String> more = new ArrayList<>(records);
    more.addAll(List.of("1/0/999", "1/1/2"));
    assertThat(values(open())).containsExactlyInAnyOrderElementsOf(more);
    assertThat(open().requireHead().account(1, 0).orElseThrow().recordEpoch()).hasValue(9);
  }

  private void unzip(String fixture) throws IOException {
    try (ZipFile zip = new ZipFile(FormatFixtureTest.class.getResource(fixture).getPath())) {
      for (ZipEntry entry : zip.stream().map(ZipEntry.class::cast).toList()) {
        Path target = folder.resolve(entry.getName());
        Files.createDirectories(target.getParent());
        Files.write(target, zip.getInputStream(entry).readAllBytes());
      }
    }
  }

  /** Writes an archive of the newest format as a zip into the given file: run it by hand. */
  @Test
  @EnabledIfSystemProperty(named = "tributary.fixture.write", matches = ".+")
  void writeTheFixture() throws Exception {
    ManifestLog log = open();
    long noon = Batches.NOON;
    log.createGenesis(Batches.genesis(), AUTHOR, noon);
    for (int n = 0; n < ENTRIES_BEFORE - 1; n++) {
      log.commit(
          Batches.request(
              0,
              List.of(new OffsetRange(0, 0, n, n + 1, OptionalInt.of(4), OptionalInt.empty())),
              List.of(Gap.of(0, 0, n, n + 1, GapKind.NOT_DELIVERED)),
              List.of()));
    }
    put(log, OptionalInt.of(4), 0);
    put(log, OptionalInt.of(4), 0, 1);
    put(log, OptionalInt.of(5), 0);
    log.openDiverged(
        0,
        Map.of(0, new Divergence(997, OptionalInt.of(4))),
        Isolation.READ_COMMITTED,
        new Acceptance("ada", "the leader was not clean"),
        AUTHOR,
        log.requireHead().ingestTime());
    put(log, OptionalInt.of(6), 0, 1);
    put(log, OptionalInt.of(6), 0);
    new ArchiveErasure(log)
        .erase(List.of(new RecordPlace(1, 1, 1)), AUTHOR, log.requireHead().ingestTime());
    Path target = Path.of(System.getProperty("tributary.fixture.write"));
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(target));
        Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
        if (!file.getFileName().toString().endsWith(".crc")) {
          zip.putNextEntry(new ZipEntry(folder.relativize(file).toString()));
          zip.write(Files.readAllBytes(file));
          zip.closeEntry();
        }
      }
    }
  }
}
