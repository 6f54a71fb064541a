package dev.tributary.phase2;

import static dev.tributary.phase2.TestArchive.message;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.archive.ArchiveErasure;
import dev.tributary.archive.Author;
import dev.tributary.archive.ManifestLog;
import dev.tributary.archive.RecordPlace;
import dev.tributary.core.spec.ColumnSpec;
import dev.tributary.core.spec.Deletes;
import dev.tributary.core.spec.WriteMode;
import dev.tributary.core.spec.WriteSpec;
import dev.tributary.phase2.backfill.BackfillRequest;
import dev.tributary.phase2.backfill.ReplayRequest;
import dev.tributary.phase2.backfill.Selection;
import dev.tributary.phase2.plan.BackfillMode;
import dev.tributary.phase2.plan.BackfillTotals;
import dev.tributary.phase2.plan.PlanAccount;
import dev.tributary.phase2.plan.PlanCounts;
import dev.tributary.streaming.StopSignal;
import io.delta.tables.DeltaTable;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.LongStream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Records that a plan has decided to set aside, and that are erased before it is done. */
final class GoneRecordsIT {
  private static final List<ColumnSpec> STRICT =
      List.of(
          ColumnSpec.of("id", "string"),
          ColumnSpec.of("at", "int"),
          new ColumnSpec("name", "string", false, null, null));

  private static final List<ColumnSpec> MENDED =
      List.of(
          ColumnSpec.of("id", "string"),
          ColumnSpec.of("at", "int"),
          ColumnSpec.of("name", "string"));

  private static final String ASIDE = "select _offset, _plan from q order by _offset, _plan";

  @TempDir Path folder;

  @ParameterizedTest
  @EnumSource(WriteMode.class)
  void whatWasDecidedAndNotYetSetAsideIsLetGoOf(WriteMode mode) throws Exception {
    TestLake lake = lake(mode);
    lake.archive().put(mixed(0));
    dies(lake, "phase2.before-tombstones");
    erase(lake, 0, 2);

    lake.run();

    assertThat(lake.account().counts()).isEqualTo(new PlanCounts(2, 1, 0, 0, 0, 1, 0, 0, 0));
    assertThat(lake.account().unbalanced()).isEmpty();
    assertThat(lake.query(ASIDE)).containsExactly("[1,1]");
    assertThat(lake.query("select _offset from t")).containsExactly("[3]");

    restore(lake, 0);

    assertThat(lake.account().counts()).as("again").isEqualTo(counts(2, 1, 1));
    assertThat(lake.query(ASIDE)).containsExactly("[1,1]");
  }

  @Tag("long")
  @ParameterizedTest
  @EnumSource(WriteMode.class)
  void whatWasSetAsideAlreadyCountsAlsoWhenItIsDoneAgain(WriteMode mode) throws Exception {
    TestLake lake = lake(mode);
    lake.archive().put(mixed(0));
    dies(lake, "phase2.after-quarantine");
    erase(lake, 2);

    lake.run();

    assertThat(lake.account().counts()).isEqualTo(counts(4, 2, 2));
    assertThat(lake.query(ASIDE)).containsExactly("[1,1]", "[2,1]");
    PlanAccount first = lake.account();

    erase(lake, 1);
    restore(lake, 0);

    assertThat(lake.account().counts()).isEqualTo(first.counts());
    assertThat(lake.account().steps()).isEqualTo(first.steps());

    erase(lake, 0, 3);
    restore(lake, 0);

    assertThat(lake.account().counts()).as("nothing is left to read").isEqualTo(counts(2, 0, 2));
    assertThat(lake.account().unbalanced()).isEmpty();
    assertThat(lake.query(ASIDE)).containsExactly("[1,1]", "[2,1]");
  }

  @ParameterizedTest
  @EnumSource(BackfillMode.class)
  @Tag("long")
  void aChunkOfABackfillIsDoneWithoutWhatWasErasedMeanwhile(BackfillMode mode) throws Exception {
    TestLake lake = lake(WriteMode.APPEND);
    lake.archive().put(mixed(0));
    lake.run();
    DeltaTable.forPath(TestSpark.get(), lake.table()).delete("_offset = 0");
    DeltaTable.forPath(TestSpark.get(), lake.log().folders().quarantine().toString())
        .delete("_offset = 2");
    TestSpark.failAt("phase2.before-tombstones");
    assertThatThrownBy(() -> lake.backfill(backfill(mode)).run(new StopSignal()))
        .isInstanceOf(UncheckedIOException.class);
    erase(lake, 2);

    lake.run();

    boolean fills = mode == BackfillMode.FILL;
    assertThat(lake.account().counts())
        .isEqualTo(fills ? new PlanCounts(3, 1, 0, 0, 0, 0, 0, 0, 0, 2) : counts(3, 2, 1));
    assertThat(lake.account().unbalanced()).isEmpty();
    assertThat(lake.query("select _offset from t order by _offset")).containsExactly("[0]", "[3]");
    assertThat(lake.query("select _offset, _plan from q"))
        .containsExactly("[1,%d]".formatted(fills ? 1 : 2));
  }

  @Test
  @Tag("long")
  void aReplayLeavesTheRowOfWhatItCouldNotSetAsideAnew() throws Exception {
    TestLake lake = lake(WriteMode.APPEND);
    lake.archive().put(mixed(0));
    lake.run();
    lake.define(MENDED, WriteSpec.append(), null, null, null);
    lake.run();
    long before = lake.account().versions().table().orElseThrow();
    TestSpark.failAt("phase2.before-tombstones");
    assertThatThrownBy(() -> lake.replay(replay())).isInstanceOf(UncheckedIOException.class);
    long plan = lake.account().plan() + 1;
    erase(lake, 2);
    // What the replay reads is pinned; a plan that is done again reads what is there now.
    restore(lake, before - 1);

    assertThat(lake.account().plan()).isEqualTo(plan);
    assertThat(lake.account().counts()).isEqualTo(counts(1, 1, 0));
    assertThat(lake.query("select _offset, _plan, _resolved_plan from q order by _offset, _plan"))
        .containsExactly("[1,1,%d]".formatted(plan), "[2,1,null]");
    BackfillTotals again = lake.account().backfilled().orElseThrow().of("events");
    assertThat(2 + again.counts().quarantined() - again.replaced().quarantined())
        .as("what the accounts say stands in the quarantine")
        .isEqualTo(1);
  }

  private TestLake lake(WriteMode mode) {
    TestLake lake = new TestLake(folder);
    lake.define(
        STRICT,
        mode == WriteMode.APPEND
            ? WriteSpec.append()
            : new WriteSpec(mode, List.of("id"), List.of("at"), Deletes.HARD, Optional.empty()),
        null,
        null,
        null);
    return lake;
  }

  /** A good one, one without a name, one that is no JSON, and a good one. */
  private static List<TestArchive.Message> mixed(int first) {
    return List.of(
        named(first),
        message("b", "{\"id\":\"%d\",\"at\":1}".formatted(first + 1)),
        message("c", "{"),
        named(first + 3));
  }

  private static TestArchive.Message named(int id) {
    return message("a", "{\"id\":\"%d\",\"at\":1,\"name\":\"n\"}".formatted(id));
  }

  private static PlanCounts counts(long read, long inserted, long quarantined) {
    return new PlanCounts(read, inserted, 0, 0, 0, quarantined, 0, 0, 0);
  }

  private static void dies(TestLake lake, String point) throws Exception {
    TestSpark.failAt(point);
    assertThatThrownBy(lake::run).isInstanceOf(UncheckedIOException.class);
  }

  private static void erase(TestLake lake, long... offsets) {
    ManifestLog archive =
        ManifestLog.open(lake.archive().location(), "events", new Configuration());
    new ArchiveErasure(archive)
        .erase(
            LongStream.of(offsets).mapToObj(offset -> new RecordPlace(0, 0, offset)).toList(),
            new Author("test", "test"),
            System.currentTimeMillis());
  }

  private static void restore(TestLake lake, long version) throws Exception {
    DeltaTable.forPath(TestSpark.get(), lake.table()).restoreToVersion(version);
    lake.run();
  }

  private static ReplayRequest replay() {
    return new ReplayRequest("events", List.of(), List.of(), OptionalLong.empty(), Duration.ZERO);
  }

  private static BackfillRequest backfill(BackfillMode mode) {
    return new BackfillRequest(
        "events",
        mode,
        Selection.ALL,
        OptionalLong.empty(),
        Optional.empty(),
        Optional.empty(),
        OptionalLong.empty(),
        Duration.ZERO);
  }
}
