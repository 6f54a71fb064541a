package dev.tributary.phase2.backfill;

import static dev.tributary.phase2.TestArchive.message;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.core.error.TributaryException;
import dev.tributary.core.spec.ArchiveSpec;
import dev.tributary.core.spec.SourceSpec;
import dev.tributary.phase2.TestArchive;
import dev.tributary.phase2.backfill.RangeFinder.Found;
import dev.tributary.phase2.backfill.Selection.EntryBound;
import dev.tributary.phase2.backfill.Selection.OffsetBound;
import dev.tributary.phase2.plan.EntryRange;
import dev.tributary.phase2.plan.PlanSource;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Entries 1 to 4 of three records each, on the four days from 2026-01-01 on. */
final class RangeFinderTest {
  private static final Instant FIRST = Instant.parse("2026-01-01T12:00:00Z");
  private static final long DAY = 86_400_000;

  @TempDir Path folder;
  private TestArchive archive;

  @BeforeEach
  void fill() throws IOException {
    archive = new TestArchive(folder, "events");
    for (int day = 0; day < 4; day++) {
      archive.put(
          FIRST.toEpochMilli() + day * DAY,
          IntStream.range(0, 3).mapToObj(each -> message("k", "{}")).toList());
    }
  }

  @Test
  void withoutBoundsItIsAllBelowTheLivePositionAndTheRestIsLeft() {
    Found found = found(Selection.ALL, 4);

    assertThat(found.ranges()).containsExactly(new EntryRange("events", 0, 3));
    assertThat(found.within()).isEmpty();
    assertThat(found.left()).isEqualTo(Map.of("events", 4L));
    assertThat(found(Selection.ALL, 5).left()).isEmpty();
    assertThat(found(Selection.ALL, 0).ranges()).isEmpty();
  }

  @Test
  void daysAndEntriesAreBothInclusiveAndHoldTogether() {
    assertThat(found(days("2026-01-02", "2026-01-03"), 5).ranges())
        .containsExactly(new EntryRange("events", 2, 3));
    assertThat(found(days("2026-01-04", "2026-02-01"), 5).ranges())
        .containsExactly(new EntryRange("events", 4, 4));
    assertThat(found(days("2026-02-01", "2026-02-02"), 5).ranges()).isEmpty();
    assertThat(found(entries(2, 3), 5).ranges()).containsExactly(new EntryRange("events", 2, 3));
    assertThat(found(entries(3, 9), 4).ranges()).containsExactly(new EntryRange("events", 3, 3));
    assertThat(found(entries(3, 9), 4).left()).isEqualTo(Map.of("events", 4L));
    assertThat(found(entries(1, 2), 4).left()).as("nothing above was asked for").isEmpty();
  }

  @Test
  void offsetsNameTheEntriesThatAccountForThemAndCutTheseChunks() {
    Found found = found(offsets(4, 7), 5);

    assertThat(found.ranges()).containsExactly(new EntryRange("events", 2, 3));
    assertThat(found.within().orElseThrow().contains("events", 0, 0, 4, -1)).isTrue();
    assertThat(found.within().orElseThrow().contains("events", 0, 0, 7, -1)).isFalse();
    assertThat(found.within().orElseThrow().contains("events", 0, 1, 5, -1)).isFalse();
    assertThat(found(offsets(8, 100), 5).ranges()).containsExactly(new EntryRange("events", 3, 4));
    assertThat(found(offsets(100, 200), 5).ranges()).isEmpty();
  }

  @Test
  void timesSkipTheEntriesThatHoldNoneOfThem() {
    Found found = found(times(FIRST.plusMillis(DAY), FIRST.plusMillis(DAY + 1)), 5);

    assertThat(found.ranges()).containsExactly(new EntryRange("events", 0, 4));
    assertThat(chunks(found, 100))
        .extracting(Chunks.Chunk::entries)
        .containsExactly(new EntryRange("events", 2, 2));
  }

  @Test
  void chunksAreWholeEntriesAboutAsGreatAsAskedForAndTheSameEachTime() {
    Found found = found(Selection.ALL, 5);

    assertThat(chunks(found, 6))
        .extracting(Chunks.Chunk::entries)
        .containsExactly(new EntryRange("events", 1, 2), new EntryRange("events", 3, 4));
    assertThat(chunks(found, 1))
        .as("at least one entry")
        .hasSize(4)
        .allSatisfy(chunk -> assertThat(chunk.records()).isEqualTo(3));
    assertThat(chunks(found, 6)).isEqualTo(chunks(found, 6));
    assertThat(chunks(found, 100)).hasSize(1);
  }

  @Test
  void aTopicThatTheSourceHasNotIsRefusedWithThoseThatItHas() {
    Selection other =
        new Selection(
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            List.of(new EntryBound("orders", 1)),
            List.of(),
            List.of(),
            List.of(),
            OptionalInt.empty());

    assertThatThrownBy(() -> found(other, 5))
        .isInstanceOf(TributaryException.class)
        .hasMessageContaining("has the topics [events]")
        .hasMessageContaining("'orders'");
  }

  private Found found(Selection selection, long limit) {
    SourceSpec source =
        new SourceSpec(
            "events",
            "localhost:9092",
            List.of("events"),
            null,
            null,
            null,
            new ArchiveSpec(archive.location(), null, null, null),
            null,
            null,
            null);
    return new RangeFinder(source, selection, new Configuration()).below(topic -> limit);
  }

  private List<Chunks.Chunk> chunks(Found found, long records) {
    return Chunks.of(
        new PlanSource(archive.location(), found.ranges(), found.within()),
        records,
        new Configuration());
  }

  private static Selection days(String from, String to) {
    return new Selection(
        Optional.of(LocalDate.parse(from)),
        Optional.of(LocalDate.parse(to)),
        Optional.empty(),
        Optional.empty(),
        List.of(),
        List.of(),
        List.of(),
        List.of(),
        OptionalInt.empty());
  }

  private static Selection times(Instant from, Instant to) {
    return new Selection(
        Optional.empty(),
        Optional.empty(),
        Optional.of(from),
        Optional.of(to),
        List.of(),
        List.of(),
        List.of(),
        List.of(),
        OptionalInt.empty());
  }

  private static Selection entries(long from, long to) {
    return new Selection(
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        List.of(new EntryBound("", from)),
        List.of(new EntryBound("events", to)),
        List.of(),
        List.of(),
        OptionalInt.empty());
  }

  private static Selection offsets(long from, long to) {
    return new Selection(
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        List.of(),
        List.of(),
        List.of(new OffsetBound("", 0, from)),
        List.of(new OffsetBound("events", 0, to)),
        OptionalInt.empty());
  }
}
