package dev.tributary.phase2.execute;

import static dev.tributary.phase2.TestArchive.message;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.archive.ArchiveErasure;
import dev.tributary.archive.Author;
import dev.tributary.archive.ManifestLog;
import dev.tributary.archive.RecordPlace;
import dev.tributary.phase2.TestArchive;
import dev.tributary.phase2.TestSpark;
import dev.tributary.phase2.plan.EntryRange;
import dev.tributary.phase2.plan.PlanSource;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Timestamp;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Values of a few records, out of an archive of many. */
final class RecordValuesIT {
  @TempDir Path folder;
  private TestArchive archive;

  @BeforeEach
  void open() {
    SparkSession.setActiveSession(TestSpark.get());
    archive = new TestArchive(folder, "events");
  }

  @Test
  void aRecordThatTheArchiveHoldsNoMoreHasARowAndNoValue() throws IOException {
    archive.put(List.of(message("a", "one"), message("a", "two"), message("a", "three")));
    ManifestLog log = ManifestLog.open(archive.location(), "events", new Configuration());
    new ArchiveErasure(log)
        .erase(List.of(new RecordPlace(0, 0, 1)), new Author("test", "test"), 1_800_000_000_000L);

    assertThat(values(List.of(bad(1, 0, 1), bad(1, 0, 2))))
        .containsExactly("[0,1,null]", "[0,2,three]");
    assertThat(values(List.of(bad(7, 0, 9)))).as("of no entry").containsExactly("[0,9,null]");
  }

  @Test
  void whatHoldsNoneOfTheRecordsIsNotRead() throws IOException {
    archive.put(List.of(message("a", "of another entry")));
    archive.put(List.of(of(0, "no"), of(1, "one"), of(2, "no")));
    archive.put(List.of(of(1, "two")));
    archive.put(List.of(message("a", "of another entry")));
    breakAll();

    assertThat(values(List.of(bad(2, 1, 0), bad(3, 1, 1))))
        .containsExactly("[1,0,one]", "[1,1,two]");
  }

  @Test
  void recordsOfOneOffsetInTwoTopicsHaveTheirOwnValues() throws IOException {
    TestArchive returns = new TestArchive(folder, "returns");
    archive.put(List.of(message("a", "of events")));
    returns.put(List.of(message("a", "of returns"), message("a", "no")));
    SparkSession session = TestSpark.get();
    PlanSource source =
        new PlanSource(
            archive.location(),
            List.of(new EntryRange("events", 1, 1), new EntryRange("returns", 1, 1)));
    List<BadRecord> bad = List.of(bad("events", 1, 0, 0), bad("returns", 1, 0, 0));

    assertThat(
            new RecordValues(
                    session,
                    source,
                    ArchiveHeads.of(source, new Configuration()),
                    new SourceSize(3, 300))
                    .beside(Exclusion.ids(session, bad.stream().map(BadRecord::id).toList()), bad)
                    .select("_topic", "_value")
                    .orderBy("_topic")
                    .collectAsList()
                    .stream()
                    .map(Row::toString))
        .containsExactly("[events,of events]", "[returns,of returns]");
  }

  /** Breaks every segment but those of partition 1. */
  private void breakAll() throws IOException {
    ManifestLog log = ManifestLog.open(archive.location(), "events", new Configuration());
    for (long sequence = 1; sequence <= 4; sequence++) {
      for (var file : log.entry(sequence).orElseThrow().files()) {
        Path path = folder.resolve("events").resolve(file.path());
        try (Stream<Path> beside = Files.list(path.getParent())) {
          assertThat(beside).as("no checksums of Hadoop's").noneMatch(this::isChecksum);
        }
        try (RandomAccessFile bytes = new RandomAccessFile(path.toFile(), "rw")) {
          for (var segment : file.segments()) {
            if (segment.partition() != 1) {
              bytes.seek(segment.start());
              bytes.write(new byte[Math.toIntExact(segment.length())]);
            }
          }
        }
      }
    }
  }

  private boolean isChecksum(Path file) {
    return file.toString().endsWith(".crc");
  }

  private List<String> values(List<BadRecord> records) {
    PlanSource source = new PlanSource(archive.location(), List.of(new EntryRange("events", 1, 4)));
    SparkSession session = TestSpark.get();
    return new RecordValues(
            session, source, ArchiveHeads.of(source, new Configuration()), new SourceSize(3, 300))
            .beside(Exclusion.ids(session, records.stream().map(BadRecord::id).toList()), records)
            .select("_partition", "_offset", "_value")
            .orderBy("_partition", "_offset")
            .collectAsList()
            .stream()
            .map(Row::toString)
            .toList();
  }

  private static TestArchive.Message of(int partition, String value) {
    return new TestArchive.Message(
        partition, Optional.of("k"), Optional.of(value.getBytes(StandardCharsets.UTF_8)));
  }

  private static BadRecord bad(long sequence, int partition, long offset) {
    return bad("events", sequence, partition, offset);
  }

  private static BadRecord bad(String topic, long sequence, int partition, long offset) {
    Timestamp time = new Timestamp(0);
    return new BadRecord(
        new RecordId(topic, 0, partition, offset),
        time,
        time,
        sequence,
        "k",
        "decode",
        "not-json",
        "no");
  }
}
