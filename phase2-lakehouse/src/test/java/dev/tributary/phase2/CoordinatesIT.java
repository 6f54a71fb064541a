package dev.tributary.phase2;

import static dev.tributary.phase2.TestArchive.message;
import static dev.tributary.phase2.TestArchive.tombstone;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.core.error.TributaryException;
import dev.tributary.core.spec.ColumnSpec;
import dev.tributary.core.spec.CoordinatesSpec;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.Deletes;
import dev.tributary.core.spec.MergeStrategy;
import dev.tributary.core.spec.TargetSpec;
import dev.tributary.core.spec.TransformKind;
import dev.tributary.core.spec.TransformSpec;
import dev.tributary.core.spec.WriteMode;
import dev.tributary.core.spec.WriteSpec;
import dev.tributary.phase2.backfill.BackfillRequest;
import dev.tributary.phase2.backfill.Selection;
import dev.tributary.phase2.plan.BackfillMode;
import dev.tributary.phase2.plan.PlanCounts;
import dev.tributary.phase2.plan.Replaced;
import dev.tributary.streaming.StopSignal;
import dev.tributary.transforms.basic.FilterTransform;
import io.delta.tables.DeltaTable;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A table calls its coordinates as its dataset says, and everything goes by them all the same. */
final class CoordinatesIT {
  /** Some of them are words of SQL. */
  private static final CoordinatesSpec NAMES =
      new CoordinatesSpec("topic", "life", "partition", "offset", "timestamp", "At", "seq", "nr");

  private static final ColumnSpec ID = ColumnSpec.of("id", "string");
  private static final ColumnSpec WHEN = ColumnSpec.of("happened", "int");
  private static final ColumnSpec N = ColumnSpec.of("n", "int");

  @TempDir Path folder;

  @Test
  void whatIsAppendedIsFilledAndReplacedByThem() throws Exception {
    TestLake lake = new TestLake(folder);
    lake.define(List.of(ID, new ColumnSpec("n", "int", false, null, null)), Map.of());
    named(lake);
    lake.archive().put(List.of(row("a", 0, 1), row("b", 0, 2), message("c", "{\"id\":\"c\"}")));
    lake.run();
    lake.archive().put(List.of(row("d", 0, 4)));
    lake.run();

    String rows = "select id, topic, life, partition, offset, seq from t order by offset";
    List<String> first = List.of("[a,events,0,0,0,1]", "[b,events,0,0,1,1]", "[d,events,0,0,3,2]");
    assertThat(lake.query(rows)).isEqualTo(first);
    assertThat(columns(lake))
        .containsExactly(
            "id", "n", "topic", "life", "partition", "offset", "timestamp", "At", "seq");
    assertThat(lake.query("select _topic, _offset from q")).containsExactly("[events,2]");

    DeltaTable.forPath(TestSpark.get(), lake.table()).delete("offset = 1");
    lake.backfill(request(BackfillMode.FILL)).run(new StopSignal());
    assertThat(lake.query(rows)).isEqualTo(first);
    assertThat(lake.account().counts()).isEqualTo(new PlanCounts(4, 1, 0, 0, 0, 0, 0, 0, 0, 3));

    assertThat(lake.dryRun(request(BackfillMode.REPLACE)).at("/replaced/rows").asInt())
        .isEqualTo(3);
    lake.backfill(request(BackfillMode.REPLACE)).run(new StopSignal());
    assertThat(lake.query(rows)).isEqualTo(first);
    assertThat(lake.account().replaced()).contains(new Replaced(3, 1));
    assertThat(lake.account().unbalanced()).isEmpty();
  }

  @Test
  void ofAKeyTheNewestStandsWhateverComesInBetween() throws Exception {
    TestLake lake = new TestLake(folder);
    lake.define(
        List.of(ID, WHEN, N),
        new WriteSpec(WriteMode.UPSERT, List.of("id"), List.of("happened"), Deletes.HARD, null),
        new TargetSpec(
            lake.table(), null, null, Optional.empty(), Optional.of(MergeStrategy.MERGE_ON_READ)));
    named(lake);
    lake.archive().put(List.of(row("a", 5, 1), row("b", 5, 2), row("c", 5, 3)));
    lake.run();
    lake.archive().put(List.of(row("a", 4, 9), row("b", 5, 8), tombstone("c"), row("d", 1, 4)));
    lake.run();

    assertThat(lake.query("select id, n, offset from t order by id"))
        .containsExactly("[a,1,0]", "[b,8,4]", "[d,4,6]");
    assertThat(lake.dryRun(request(BackfillMode.FILL)).at("/counts/inserted").asInt()).isZero();
    DeltaTable.forPath(TestSpark.get(), lake.table()).delete("id = 'd'");
    lake.backfill(request(BackfillMode.FILL)).run(new StopSignal());
    assertThat(lake.query("select id, n, offset from t order by id"))
        .containsExactly("[a,1,0]", "[b,8,4]", "[d,4,6]");
    assertThat(lake.account().unbalanced()).isEmpty();
  }

  @Test
  void theRowsOfARecordAreVersionsOfTheirKeyAlsoWhereTheNumberIsCalledOtherwise() throws Exception {
    PluginJar jar = PluginJar.ofModule(FilterTransform.class, folder);
    TransformSpec explode =
        jar.step(
            "explode",
            Map.of("column", "items", "type", "array<int>", "to", "n"),
            TransformKind.EXPLODE);
    TestLake lake = new TestLake(folder);
    lake.define(
        List.of(ID, WHEN, N),
        new WriteSpec(WriteMode.HISTORY, List.of("id"), List.of("happened"), Deletes.HARD, null),
        List.of(explode),
        null,
        null);
    named(lake);
    lake.archive().put(List.of(items("a", 1, "[1,2]"), items("a", 5, "[3]")));
    lake.run();
    lake.archive().put(List.of(items("a", 3, "[7,8]")));
    lake.run();

    assertThat(
            lake.query(
                "select n, offset, nr, _valid_from, _valid_to from t order by _valid_from, nr"))
        .containsExactly(
            "[1,0,0,1,1]", "[2,0,1,1,3]", "[7,2,0,3,3]", "[8,2,1,3,5]", "[3,1,0,5,null]");
    assertThat(columns(lake)).doesNotContain("_offset", "_row");
    assertThat(lake.account().unbalanced()).isEmpty();
  }

  @Test
  void anotherNameIsRefusedOnceThereIsATableAndOfAnotherDatasetThatWritesIt() throws Exception {
    TestLake lake = new TestLake(folder);
    lake.define(List.of(ID), Map.of());
    named(lake);
    lake.run();
    lake.define(List.of(ID, N), Map.of());
    lake.run();
    assertThat(lake.specs().activations())
        .last()
        .asString()
        .contains("The table exists with /coordinates 'topic, life, partition,");

    DatasetSpec other =
        new DatasetSpec(
            "more",
            "events",
            null,
            new TargetSpec(lake.table(), null, null),
            List.of(ID),
            WriteSpec.append(),
            null,
            null,
            null,
            null);
    lake.specs().dataset(other);
    assertThatThrownBy(() -> lake.run("more"))
        .isInstanceOf(TributaryException.class)
        .hasMessageContaining("calls the coordinates of its rows topic, life, partition,");
    lake.specs().dataset(other.withCoordinates(NAMES));
    lake.run("more");
    assertThat(columns(lake)).doesNotContain("_topic");
  }

  private static void named(TestLake lake) {
    lake.specs()
        .dataset(lake.specs().dataset("events").orElseThrow().spec().withCoordinates(NAMES));
  }

  private static List<String> columns(TestLake lake) {
    return List.of(TestSpark.get().read().format("delta").load(lake.table()).columns());
  }

  private static BackfillRequest request(BackfillMode mode) {
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

  private static TestArchive.Message row(String id, int happened, int n) {
    return message(id, "{\"id\":\"%s\",\"happened\":%d,\"n\":%d}".formatted(id, happened, n));
  }

  private static TestArchive.Message items(String id, int happened, String items) {
    return message(
        id, "{\"id\":\"%s\",\"happened\":%d,\"items\":%s}".formatted(id, happened, items));
  }
}
