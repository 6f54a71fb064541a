package dev.tributary.phase2;

import static dev.tributary.phase2.TestArchive.message;
import static dev.tributary.phase2.TestArchive.tombstone;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.json.Json;
import dev.tributary.core.spec.ColumnSpec;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.Deletes;
import dev.tributary.core.spec.MergeStrategy;
import dev.tributary.core.spec.TableCompression;
import dev.tributary.core.spec.TargetSpec;
import dev.tributary.core.spec.WriteMode;
import dev.tributary.core.spec.WriteSpec;
import dev.tributary.phase2.execute.PlanExecutor;
import dev.tributary.phase2.plan.PlanCounts;
import dev.tributary.phase2.table.DeltaTransactions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** How a table is laid out: partitions, files, nested columns, and what a dataset can become. */
final class TableLayoutIT {
  private static final ColumnSpec ID = ColumnSpec.of("id", "int");
  private static final ColumnSpec AT = ColumnSpec.of("at", "timestamp");
  private static final ColumnSpec NOTE = ColumnSpec.of("note", "string");
  private static final WriteSpec UPSERT =
      new WriteSpec(WriteMode.UPSERT, List.of("id"), List.of("at"), Deletes.HARD, null);

  @TempDir Path folder;

  @Test
  void rowsStandInPartitionsOfTheirTimeAndTimesThatNobodyCanMeanAreSetAside() throws Exception {
    TestLake lake = new TestLake(folder);
    lake.define(
        List.of(ID, AT),
        WriteSpec.append(),
        target(lake, "year(at)", "month(at)", "day(at) as day", "hour(at)"));
    lake.archive()
        .put(
            List.of(
                message("a", "{\"id\":1,\"at\":\"2026-02-28T23:59:59.9Z\"}"),
                message("b", "{\"id\":2,\"at\":\"2026-03-01T01:30:00+02:00\"}"),
                message("c", "{\"id\":3}"),
                message("d", "{\"id\":4,\"at\":900000000000000}"),
                message("e", "{\"id\":5,\"at\":\"0001-01-01T00:00:00Z\"}"),
                message("f", "{\"id\":6,\"at\":\"2026-03-01T00:00:00Z\"}")));
    lake.run();

    assertThat(lake.query("select id, at_year, at_month, day, at_hour from t order by id"))
        .containsExactly(
            "[1,2026,2026-02,2026-02-28,2026-02-28-23]",
            "[2,2026,2026-02,2026-02-28,2026-02-28-23]",
            "[6,2026,2026-03,2026-03-01,2026-03-01-00]");
    assertThat(lake.query("select _offset, _step, _code from q order by _offset"))
        .containsExactly(
            "[2,conform,missing-time]", "[3,conform,absurd-time]", "[4,conform,absurd-time]");
    assertThat(folder.resolve("lake/events/at_year=2026/at_month=2026-02/day=2026-02-28"))
        .isDirectory();
  }

  @ParameterizedTest
  @EnumSource(MergeStrategy.class)
  void aKeyWhoseTimeChangesMovesToAnotherPartitionAndStandsThereOnce(MergeStrategy strategy)
      throws Exception {
    TestLake lake = new TestLake(folder);
    TargetSpec target =
        new TargetSpec(
            lake.table(),
            List.of("day(at)"),
            null,
            Optional.of(TableCompression.GZIP),
            Optional.of(strategy));
    lake.define(List.of(ID, AT, NOTE), UPSERT, target);
    lake.archive().put(List.of(event(1, 1, "a"), event(2, 2, "b"), event(3, 1, "c")));
    lake.run();
    lake.archive().put(List.of(event(1, 2, "moved"), tombstone("2"), event(4, 2, "d")));
    lake.run();
    assertThat(lake.account().counts()).isEqualTo(new PlanCounts(3, 1, 1, 1, 0, 0, 0, 0, 0));
    lake.archive().put(List.of(event(1, 1, "late"), event(2, 1, "late"), event(3, 1, "again")));
    lake.run();

    assertThat(lake.query("select id, cast(at_day as string), note from t order by id"))
        .containsExactly("[1,2026-01-02,moved]", "[3,2026-01-01,again]", "[4,2026-01-02,d]");
    assertThat(lake.account().counts()).isEqualTo(new PlanCounts(3, 0, 1, 0, 0, 0, 0, 2, 0));
    assertThat(deletionVectors()).isEqualTo(strategy == MergeStrategy.MERGE_ON_READ);
    try (var files = Files.walk(folder.resolve("lake/events"))) {
      assertThat(files.map(Path::toString).filter(name -> name.endsWith(".parquet")))
          .allMatch(name -> name.contains(".gz.") || name.contains("_delta_log"));
    }
  }

  @Test
  void anEmptyTextIsNoKeyWhereItSaysThePartition() throws Exception {
    TestLake lake = new TestLake(folder);
    lake.define(
        List.of(ID, ColumnSpec.of("kind", "string"), NOTE),
        new WriteSpec(WriteMode.UPSERT, List.of("id", "kind"), null, null, null),
        new TargetSpec(lake.table(), List.of("kind"), null));
    for (String note : List.of("first", "again")) {
      lake.archive().put(List.of(event(1, 1, "", note), event(2, 1, "x", note)));
      lake.run();
    }

    assertThat(lake.query("select id, kind, note from t")).containsExactly("[2,x,again]");
    assertThat(lake.query("select _code, _offset from q order by _offset"))
        .containsExactly("[missing-column,0]", "[missing-column,2]");
  }

  @ParameterizedTest
  @EnumSource(MergeStrategy.class)
  void aMergeReadsThePartitionsAloneThatItsKeysBelongTo(MergeStrategy strategy) throws Exception {
    TestLake lake = new TestLake(folder);
    ColumnSpec kind = ColumnSpec.of("kind", "string");
    lake.define(
        List.of(ID, AT, kind, NOTE),
        new WriteSpec(
            WriteMode.UPSERT,
            List.of("id", "AT", "kind"),
            null,
            Deletes.HARD,
            Optional.of("note = 'gone'")),
        new TargetSpec(
            lake.table(), List.of("day(at)", "kind"), null, null, Optional.of(strategy)));
    List<TestArchive.Message> all = new ArrayList<>();
    for (int day = 1; day <= 3; day++) {
      for (int id = 1; id <= 4; id++) {
        all.add(event(id, day, "x", "first"));
        all.add(event(id, day, "y's", "first"));
      }
    }
    lake.archive().put(all);
    lake.run();

    // Whoever reads another file than those of day 3 and kind x finds none.
    List<Path> away = new ArrayList<>();
    try (Stream<Path> files = Files.walk(folder.resolve("lake/events"))) {
      away.addAll(
          files
              .filter(file -> file.toString().endsWith(".parquet"))
              .filter(file -> !file.toString().contains("_delta_log"))
              .filter(file -> !file.toString().contains("at_day=2026-01-03/kind=x/"))
              .toList());
    }
    assertThat(away).hasSizeGreaterThanOrEqualTo(5);
    for (Path file : away) {
      Files.move(file, file.resolveSibling(file.getFileName() + ".away"));
    }
    lake.archive()
        .put(
            List.of(
                event(0, 3, "x", "gone"),
                event(1, 3, "x", "again"),
                event(3, 3, "x", "gone"),
                event(9, 3, "x", "first")));
    lake.run();
    for (Path file : away) {
      Files.move(file.resolveSibling(file.getFileName() + ".away"), file);
    }

    assertThat(lake.account().counts()).isEqualTo(new PlanCounts(4, 1, 1, 1, 0, 0, 0, 0, 1));
    assertThat(lake.query("select id, note from t where kind = 'x' and day(at) = 3 order by id"))
        .containsExactly("[1,again]", "[2,first]", "[4,first]", "[9,first]");
    assertThat(lake.query("select count(*) from t")).containsExactly("[24]");

    lake.archive().put(List.of(event(2, 1, "y's", "again"), event(2, 2, "x", "gone")));
    lake.run();
    assertThat(lake.account().counts()).isEqualTo(new PlanCounts(2, 0, 1, 1, 0, 0, 0, 0, 0));
    assertThat(lake.query("select id, day(at), kind from t where note = 'again' order by id"))
        .containsExactly("[1,3,x]", "[2,1,y's]");
  }

  @Test
  void aPartitionColumnThatTwoDatasetsDeriveOtherwiseIsNotReliedOn() throws Exception {
    TestLake lake = new TestLake(folder);
    List<ColumnSpec> columns = List.of(ID, AT, ColumnSpec.of("made", "timestamp"));
    WriteSpec write =
        new WriteSpec(WriteMode.UPSERT, List.of("id", "at", "made"), null, Deletes.HARD, null);
    lake.define(columns, write, target(lake, "day(at) as day"));
    lake.archive()
        .put(
            List.of(
                message(
                    "1",
                    "{\"id\":1,\"at\":\"2026-01-01T12:00:00Z\",\"made\":\"2026-01-02T12:00:00Z\"}")));
    lake.run();
    lake.specs()
        .dataset(
            new DatasetSpec(
                "others",
                "events",
                null,
                target(lake, "day(made) as day"),
                columns,
                write,
                null,
                null,
                null,
                null));
    lake.run("others");

    assertThat(lake.query("select id, cast(day as string) from t"))
        .as("the same key")
        .containsExactly("[1,2026-01-02]");
  }

  @Test
  void aDatasetThatTellsRowsApartOtherwiseIsNotLetIntoTheTable() throws Exception {
    TestLake lake = new TestLake(folder);
    lake.define(List.of(ID, AT, NOTE), UPSERT, target(lake));
    lake.archive().put(List.of(event(1, 1, "a")));
    lake.run();
    DatasetSpec same =
        new DatasetSpec(
            "others",
            "events",
            null,
            target(lake),
            List.of(ID, AT, NOTE),
            UPSERT,
            null,
            null,
            null,
            null);
    WriteSpec byNote =
        new WriteSpec(WriteMode.UPSERT, List.of("note"), List.of("at"), Deletes.HARD, null);
    lake.specs().dataset(same.withWrite(byNote));
    long plans = lake.log().head().getAsLong();

    assertThatThrownBy(() -> lake.run("others"))
        .isInstanceOfSatisfying(
            TributaryException.class,
            error -> assertThat(error.code()).isEqualTo(ErrorCode.SCHEMA_REFUSED))
        .hasMessageContaining("The dataset 'events' writes the table")
        .hasMessageContaining("write.primaryKey [id], and 'others' has [note]");
    assertThatThrownBy(
            () ->
                new PlanExecutor(TestSpark.get(), lake.log(), "run", Clock.systemUTC())
                    .check(Optional.empty(), same.withWrite(WriteSpec.append())))
        .as("also where a plan defines the table")
        .hasMessageContaining("write.mode upsert, and 'others' has append");
    assertThat(lake.log().head()).hasValue(plans);

    lake.specs().dataset(same);
    lake.run("others");
    assertThat(lake.query("select id, note from t")).containsExactly("[1,a]");
    assertThat(lake.account().dataset()).isEqualTo("others");
    lake.define(List.of(ID, AT, NOTE), WriteSpec.append(), target(lake));
    lake.run();
    assertThat(lake.specs().activations())
        .last()
        .asString()
        .contains("write.mode upsert, and 'events' has append");
  }

  private static TestArchive.Message event(int id, int day, String kind, String note) {
    return message(
        Integer.toString(id),
        "{\"id\":%d,\"at\":\"2026-01-%02dT12:00:00Z\",\"kind\":\"%s\",\"note\":\"%s\"}"
            .formatted(id, day, kind, note));
  }

  @Tag("long")
  @Test
  void compressionAndMergeStrategyChangeForWhatIsWrittenFromThenOn() throws Exception {
    TestLake lake = new TestLake(folder);
    lake.define(List.of(ID, AT, NOTE), UPSERT, target(lake));
    lake.archive().put(List.of(event(1, 1, "a"), event(2, 1, "b")));
    lake.run();
    lake.define(
        List.of(ID, AT, NOTE),
        UPSERT,
        new TargetSpec(
            lake.table(),
            null,
            null,
            Optional.of(TableCompression.ZSTD),
            Optional.of(MergeStrategy.MERGE_ON_READ)));
    lake.archive().put(List.of(event(1, 2, "b")));
    lake.run();
    assertThat(deletionVectors()).isTrue();
    lake.define(List.of(ID, AT, NOTE), UPSERT, target(lake));
    lake.archive().put(List.of(event(1, 3, "c")));
    lake.run();

    assertThat(lake.query("select id, note from t order by id")).containsExactly("[1,c]", "[2,b]");
    assertThat(
            new DeltaTransactions(TestSpark.get())
                .state(new org.apache.hadoop.fs.Path(lake.table()))
                .orElseThrow()
                .properties())
        .as("what a version no longer says is no longer set")
        .doesNotContainKey("delta.enableDeletionVectors");
  }

  @Test
  void nestedColumnsAndDefaultsComeThroughAppendAndUpsert() throws Exception {
    List<ColumnSpec> columns =
        List.of(
            ID,
            AT,
            ColumnSpec.of("tags", "array<struct<k:string,v:decimal(5,2)>>"),
            ColumnSpec.of("more", "map<string,array<int>>"),
            ColumnSpec.of("place", "struct<name:string,geo:struct<lat:double,lon:double>>"),
            NOTE.withDefault(Optional.of(TextNode.valueOf("none"))),
            ColumnSpec.of("rank", "smallint").withDefault(Optional.of(IntNode.valueOf(7))),
            ColumnSpec.of("list", "array<int>")
                .withDefault(Optional.of(Json.mapper().readTree("[1,2]"))));
    String value =
        "{\"id\":1,\"at\":%d,\"tags\":[{\"k\":\"x\",\"v\":1.5},null,{\"k\":\"y\"}],"
            + "\"more\":{\"a\":[1,null],\"b\":null},"
            + "\"place\":{\"name\":\"p\",\"geo\":{\"lat\":1.5,\"lon\":-2}},\"rank\":null}";
    String row =
        "[1,ArraySeq([x,1.50], null, [y,null]),ArraySeq(1, null),[p,[1.5,-2.0]],none,null,ArraySeq(1, 2)]";
    String query = "select id, tags, more['a'], place, note, rank, list from t";

    TestLake append = new TestLake(folder.resolve("append"));
    append.define(columns, WriteSpec.append(), target(append));
    append.archive().put(List.of(message("1", value.formatted(1))));
    append.run();
    assertThat(append.query(query)).containsExactly(row);

    TestLake upsert = new TestLake(folder.resolve("upsert"));
    upsert.define(columns, UPSERT, target(upsert));
    upsert.archive().put(List.of(message("1", value.formatted(1))));
    upsert.run();
    upsert.archive().put(List.of(message("1", value.formatted(2)), message("2", "{\"id\":2}")));
    upsert.run();
    assertThat(upsert.query(query + " where id = 1")).containsExactly(row);
    assertThat(upsert.query("select note, rank, list from t where id = 2"))
        .containsExactly("[none,7,ArraySeq(1, 2)]");
  }

  @Test
  void aDefaultThatTheTypeHasNoRoomForIsRejected() throws Exception {
    TestLake lake = new TestLake(folder);
    lake.define(List.of(ID), WriteSpec.append(), target(lake));
    lake.run();
    lake.define(
        List.of(ID, ColumnSpec.of("b", "tinyint").withDefault(Optional.of(IntNode.valueOf(300)))),
        WriteSpec.append(),
        target(lake));
    lake.run();
    assertThat(lake.specs().activations().get(1).reason().orElseThrow())
        .contains("The default of a column does not fit", "300");
  }

  @Test
  @Tag("long")
  void anAppendTableIsMergedFromThenOnWhereItsKeysStandOnceAndBackAgain() throws Exception {
    TestLake lake = new TestLake(folder);
    List<ColumnSpec> columns = List.of(ID, AT, NOTE);
    lake.define(columns, WriteSpec.append(), target(lake));
    lake.archive().put(List.of(event(1, 5, "a"), event(2, 5, "b")));
    lake.run();
    lake.define(columns, UPSERT, target(lake));
    lake.archive().put(List.of(event(1, 4, "late"), event(2, 6, "newer"), tombstone("2")));
    lake.run();
    assertThat(lake.query("select id, note from t")).containsExactly("[1,a]");
    lake.define(
        columns,
        new WriteSpec(WriteMode.UPSERT, List.of("id"), List.of("at"), Deletes.IGNORE, null),
        target(lake));
    lake.archive().put(List.of(tombstone("1"), event(2, 6, "again")));
    lake.run();
    assertThat(lake.query("select id, note from t order by id"))
        .containsExactly("[1,a]", "[2,again]");
    lake.define(columns, WriteSpec.append(), target(lake));
    lake.archive().put(List.of(event(1, 1, "twice")));
    lake.run();
    lake.define(columns, UPSERT, target(lake));
    lake.archive().put(List.of(event(3, 1, "c")));
    lake.run();

    assertThat(lake.query("select id, note from t order by id, note"))
        .containsExactly("[1,a]", "[1,twice]", "[2,again]", "[3,c]");
    assertThat(lake.specs().activations())
        .extracting(activation -> activation.version() + " " + activation.outcome())
        .containsExactly("1 ACTIVE", "2 ACTIVE", "3 ACTIVE", "4 ACTIVE", "5 REJECTED");
    assertThat(lake.account().totals().get("events").accounted()).isEqualTo(9);
  }

  @Test
  void anAppendTableWhoseKeyStandsTwiceOrNotAtAllIsNotMerged() throws Exception {
    TestLake lake = new TestLake(folder);
    List<ColumnSpec> columns = List.of(ID, AT, NOTE);
    lake.define(columns, WriteSpec.append(), target(lake));
    lake.archive().put(List.of(event(1, 1, "a"), event(1, 2, "a"), message("x", "{\"id\":2}")));
    lake.run();
    lake.define(columns, UPSERT, target(lake));
    lake.run();
    lake.define(
        columns,
        new WriteSpec(WriteMode.UPSERT, List.of("note"), null, Deletes.HARD, null),
        target(lake));
    lake.run();
    lake.define(
        columns,
        new WriteSpec(
            WriteMode.UPSERT, List.of("id", "at"), null, Deletes.HARD, Optional.of("note = 'a'")),
        target(lake));
    lake.run();

    assertThat(lake.specs().activations())
        .extracting(activation -> activation.reason().orElse(""))
        .satisfiesExactly(
            first -> assertThat(first).isEmpty(),
            twice -> assertThat(twice).contains("several rows of one key"),
            missing -> assertThat(missing).contains("without a value in the key [note]"),
            part -> assertThat(part).contains("without a value in the key [id, at]"));
  }

  private static TargetSpec target(TestLake lake, String... partitionBy) {
    return new TargetSpec(lake.table(), List.of(partitionBy), Map.of());
  }

  private static TestArchive.Message event(int id, int day, String note) {
    return message(
        Integer.toString(id),
        "{\"id\":%d,\"at\":\"2026-01-%02dT12:00:00Z\",\"note\":\"%s\"}".formatted(id, day, note));
  }

  private boolean deletionVectors() throws Exception {
    try (var files = Files.walk(folder.resolve("lake/events"))) {
      return files.anyMatch(file -> file.getFileName().toString().startsWith("deletion_vector"));
    }
  }
}
