package dev.tributary.phase2;

import static dev.tributary.phase2.TestArchive.message;
import static dev.tributary.phase2.TestArchive.tombstone;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.spec.ColumnSpec;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.Deletes;
import dev.tributary.core.spec.TargetSpec;
import dev.tributary.core.spec.TransformKind;
import dev.tributary.core.spec.TransformSpec;
import dev.tributary.core.spec.WriteMode;
import dev.tributary.core.spec.WriteSpec;
import dev.tributary.phase2.backfill.BackfillRequest;
import dev.tributary.phase2.backfill.ReplayRequest;
import dev.tributary.phase2.backfill.Selection;
import dev.tributary.phase2.plan.BackfillMode;
import dev.tributary.phase2.plan.PlanCounts;
import dev.tributary.phase2.plan.StepLedger;
import dev.tributary.streaming.StopSignal;
import dev.tributary.transforms.basic.FilterTransform;
import io.delta.tables.DeltaTable;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class StepKindsIT {
  private static final String ITEM = "struct<sku:string,n:int>";

  @TempDir Path folder;

  @Test
  void everyElementIsARowAndARecordWithABadOneIsSetAsideWhole() throws Exception {
    TestLake lake = orders(new ColumnSpec("item_sku", "string", false, null, null));
    TestSpark.failAt("phase2.after-quarantine");
    assertThatThrownBy(lake::run).isInstanceOf(UncheckedIOException.class);
    lake.run();

    assertThat(rows(lake))
        .containsExactly("[1,0,a,2,0,0]", "[1,1,b,1,0,1]", "[5,0,f,1,5,0]", "[5,1,f,1,5,1]");
    assertThat(lake.query("select _offset, _step, _code, _message from q order by _offset"))
        .containsExactly(
            "[2,conform,missing-column,Row 1 of the record: The column item_sku has no value.]",
            "[4,decode,not-json,%s]".formatted(messageOf(lake, 4)));
    assertThat(lake.account().counts())
        .isEqualTo(new PlanCounts(6, 4, 0, 0, 3, 2, 0, 0, 0, 0, 3, 0));
    assertThat(lake.account().counts().balanced()).isTrue();
    assertThat(lake.account().steps())
        .containsExactly(
            new StepLedger("decode", 6, 0, 5, 0, 0, 1),
            new StepLedger("1-filter", 5, 0, 4, 1, 0, 0),
            new StepLedger("2-explode", 4, 3, 6, 1, 0, 0),
            new StepLedger("3-flatten", 6, 0, 6, 0, 0, 0),
            new StepLedger("4-filter", 6, 0, 5, 1, 0, 0),
            new StepLedger("conform", 5, 0, 4, 0, 0, 1));
  }

  @Test
  @Tag("long")
  void whatIsFilledReplacedAndReplayedGoesByWholeRecords() throws Exception {
    TestLake lake = orders(new ColumnSpec("item_sku", "string", false, null, null));
    lake.run();
    List<String> first = rows(lake);
    DeltaTable.forPath(TestSpark.get(), lake.table()).delete("_offset = 5");

    lake.backfill(request(BackfillMode.FILL)).run(new StopSignal());
    assertThat(rows(lake)).isEqualTo(first);
    assertThat(lake.account().counts())
        .as("records without a row are looked at again, the others held")
        .isEqualTo(new PlanCounts(6, 2, 0, 0, 2, 0, 0, 0, 0, 3, 1, 0));
    lake.backfill(request(BackfillMode.REPLACE)).run(new StopSignal());
    assertThat(rows(lake)).isEqualTo(first);

    define(lake, WriteSpec.append(), ColumnSpec.of("item_sku", "string"));
    lake.run();
    lake.replay(
        new ReplayRequest("events", List.of(), List.of(), OptionalLong.empty(), Duration.ZERO));
    assertThat(rows(lake))
        .containsExactly(
            "[1,0,a,2,0,0]",
            "[1,1,b,1,0,1]",
            "[3,0,d,5,2,0]",
            "[3,1,null,1,2,1]",
            "[3,2,e,1,2,2]",
            "[5,0,f,1,5,0]",
            "[5,1,f,1,5,1]");
    assertThat(lake.query("select _offset from q where _resolved_plan is null"))
        .containsExactly("[4]");
    assertThat(lake.account().unbalanced()).isEmpty();
  }

  @Test
  @Tag("long")
  void theLastRowOfARecordIsItsKeysNewestAlsoInATableFromBeforeRecordsWereExploded()
      throws Exception {
    PluginJar jar = PluginJar.ofModule(FilterTransform.class, folder);
    TestLake lake = new TestLake(folder);
    List<ColumnSpec> columns = List.of(ColumnSpec.of("sku", "string"), ColumnSpec.of("n", "int"));
    WriteSpec write =
        new WriteSpec(
            WriteMode.UPSERT, List.of("sku"), List.of(), Deletes.HARD, Optional.of("n = 0"));
    lake.define(columns, write, List.of(), null, null);
    lake.archive()
        .put(
            List.of(
                message("a", "{\"sku\":\"a\",\"n\":1}"),
                message("z", "{\"sku\":\"z\",\"n\":1}"),
                tombstone("z")));
    lake.run();
    lake.define(columns, write, named(jar), null, null);
    lake.archive()
        .put(
            List.of(
                message("1", items("a", 2, "z", 0, "z", 7, "a", 3)),
                message("2", items("b", 4, "b", 0, "c", 5)),
                tombstone("c")));
    lake.run();

    assertThat(lake.query("select sku, n, _offset, _row from t order by sku"))
        .containsExactly("[a,3,3,3]", "[z,7,3,2]");
    PlanCounts counts = lake.account().counts();
    assertThat(counts.balanced()).isTrue();
    assertThat(counts).isEqualTo(new PlanCounts(3, 1, 1, 0, 0, 0, 4, 0, 2, 0, 5, 0));

    lake.archive().put(List.of(message("3", items("z", 0, "b", 8))));
    lake.run();
    assertThat(lake.query("select sku, n, _offset, _row from t order by sku"))
        .containsExactly("[a,3,3,3]", "[b,8,6,1]");
    assertThat(lake.account().unbalanced()).isEmpty();
  }

  @Test
  @Tag("long")
  void datasetsThatExplodeAndThatDoNotRememberTheirDeletesOfOneTableTogether() throws Exception {
    PluginJar jar = PluginJar.ofModule(FilterTransform.class, folder);
    TestLake lake = new TestLake(folder);
    TestArchive orders = new TestArchive(folder.resolve("raw"), "orders");
    lake.specs().source(orders);
    List<ColumnSpec> columns = List.of(ColumnSpec.of("sku", "string"), ColumnSpec.of("n", "int"));
    WriteSpec write =
        new WriteSpec(
            WriteMode.UPSERT, List.of("sku"), List.of(), Deletes.HARD, Optional.of("n = 0"));
    lake.define(columns, write, List.of(), null, null);
    lake.archive().put(List.of(message("z", "{\"sku\":\"z\",\"n\":1}"), tombstone("z")));
    lake.run();

    lake.specs()
        .dataset(
            new DatasetSpec(
                "orders",
                "orders",
                null,
                new TargetSpec(lake.table(), null, null),
                columns,
                write,
                named(jar),
                null,
                null,
                null));
    orders.put(List.of(message("1", items("a", 1, "a", 0, "b", 2, "b", 0, "b", 3))));
    lake.run("orders");
    assertThat(remembered(lake)).containsExactly("[a,orders,1]", "[z,events,null]");

    lake.define(
        List.of(columns.get(0).withComment(Optional.of("The article.")), columns.get(1)),
        write,
        List.of(),
        null,
        null);
    lake.archive().put(List.of(message("b", "{\"sku\":\"b\",\"n\":0}")));
    lake.run();
    orders.put(List.of(message("2", items("c", 1, "c", 0, "b", 5))));
    lake.run("orders");

    assertThat(remembered(lake))
        .containsExactly("[a,orders,1]", "[b,events,null]", "[c,orders,1]", "[z,events,null]");
    assertThat(lake.query("select sku, n, _topic, _row from t")).containsExactly("[b,5,orders,2]");
    assertThat(lake.account().unbalanced()).isEmpty();
  }

  private static List<String> remembered(TestLake lake) {
    return TestSpark.get()
        .read()
        .format("delta")
        .load(lake.log().folders().tombstones().toString())
        .selectExpr("sku", "_topic", "_row")
        .distinct()
        .orderBy("sku")
        .collectAsList()
        .stream()
        .map(Object::toString)
        .toList();
  }

  @Test
  @Tag("long")
  void theRowsOfARecordAreVersionsOfTheirKeyOneAfterTheOther() throws Exception {
    PluginJar jar = PluginJar.ofModule(FilterTransform.class, folder);
    TestLake lake = new TestLake(folder);
    lake.define(
        List.of(
            ColumnSpec.of("at", "int"), ColumnSpec.of("sku", "string"), ColumnSpec.of("n", "int")),
        new WriteSpec(
            WriteMode.HISTORY, List.of("sku"), List.of("at"), Deletes.HARD, Optional.of("n = 0")),
        named(jar),
        null,
        null);
    lake.archive().put(List.of(message("1", at(1, items("a", 1, "a", 2, "b", 3, "b", 0)))));
    lake.run();
    lake.archive()
        .put(
            List.of(
                message("2", at(0, items("b", 9))), message("3", at(5, items("b", 5, "a", 4)))));
    lake.run();

    assertThat(
            lake.query("select sku, n, _row, _valid_from, _valid_to from t order by sku, at, _row"))
        .containsExactly(
            "[a,1,0,1,1]",
            "[a,2,1,1,5]",
            "[a,4,1,5,null]",
            "[b,9,0,0,1]",
            "[b,3,2,1,1]",
            "[b,5,0,5,null]");
    assertThat(lake.account().counts())
        .isEqualTo(new PlanCounts(2, 3, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0));
    assertThat(lake.account().unbalanced()).isEmpty();
  }

  @Test
  @Tag("long")
  void aHistoryOfExplodedRecordsIsNotFilledUnderAVersionFromBefore() throws Exception {
    PluginJar jar = PluginJar.ofModule(FilterTransform.class, folder);
    TestLake lake = new TestLake(folder);
    List<ColumnSpec> columns =
        List.of(
            ColumnSpec.of("at", "int"), ColumnSpec.of("sku", "string"), ColumnSpec.of("n", "int"));
    WriteSpec write =
        new WriteSpec(
            WriteMode.HISTORY, List.of("sku"), List.of("at"), Deletes.HARD, Optional.of("n = 0"));
    lake.define(columns, write, List.of(), null, null);
    lake.archive().put(List.of(message("1", "{\"at\":1,\"sku\":\"a\",\"n\":1}")));
    lake.run();
    lake.define(columns, write, named(jar), null, null);
    String both = items("a", 2, "a", 3);
    lake.archive()
        .put(
            List.of(
                message("2", "{\"at\":2,\"sku\":\"a\",\"n\":9,%s".formatted(both.substring(1)))));
    lake.run();
    String rows = "select n, _row, _valid_from, _valid_to from t order by at, _row";
    List<String> before = lake.query(rows);
    long head = lake.log().head().orElseThrow();
    DeltaTable.forPath(TestSpark.get(), lake.table()).delete("_offset = 1");

    assertThatThrownBy(
            () ->
                lake.backfill(
                        new BackfillRequest(
                            "events",
                            BackfillMode.FILL,
                            Selection.ALL,
                            OptionalLong.of(1),
                            Optional.empty(),
                            Optional.empty(),
                            OptionalLong.empty(),
                            Duration.ZERO))
                    .run(new StopSignal()))
        .isInstanceOfSatisfying(
            TributaryException.class,
            error -> assertThat(error.code()).isEqualTo(ErrorCode.CHANGE_REFUSED))
        .hasMessageContaining("Version 1 of dataset 'events' makes one row of a record");
    assertThat(lake.log().head()).hasValue(head);

    lake.backfill(request(BackfillMode.FILL)).run(new StopSignal());
    assertThat(lake.query(rows)).isEqualTo(before);
  }

  @Test
  void recordsThatAreCombinedAreCountedAndNoneOfThemIsSetAsideForAll() throws Exception {
    PluginJar jar = PluginJar.ofModule(FilterTransform.class, folder);
    TestLake lake = new TestLake(folder);
    List<TransformSpec> steps =
        List.of(
            jar.step("filter", Map.of("where", "id > 0")),
            jar.step("deduplicate", Map.of("columns", "id"), TransformKind.COMBINE));
    List<ColumnSpec> columns =
        List.of(ColumnSpec.of("id", "bigint"), new ColumnSpec("name", "string", false, null, null));
    lake.define(columns, WriteSpec.append(), steps, null, null);
    lake.archive()
        .put(
            List.of(
                message("a", "{\"id\":1,\"name\":\"one\"}"),
                message("b", "{\"id\":1,\"name\":\"uno\"}"),
                message("c", "{\"id\":1}"),
                message("d", "{"),
                message("e", "{\"id\":0}"),
                message("f", "{\"id\":2,\"name\":\"two\"}")));
    lake.run();

    assertThat(lake.query("select id, name, _offset from t order by id"))
        .containsExactly("[1,one,0]", "[2,two,5]");
    assertThat(lake.account().counts())
        .isEqualTo(new PlanCounts(6, 2, 0, 0, 1, 1, 0, 0, 0, 0, 0, 2));
    assertThat(lake.account().counts().balanced()).isTrue();
    assertThat(lake.account().steps())
        .containsExactly(
            new StepLedger("decode", 6, 0, 5, 0, 0, 1),
            new StepLedger("1-filter", 5, 0, 4, 1, 0, 0),
            new StepLedger("2-deduplicate", 4, 0, 2, 0, 2, 0),
            new StepLedger("conform", 2, 0, 2, 0, 0, 0));
    assertThatThrownBy(() -> lake.backfill(request(BackfillMode.FILL)).run(new StopSignal()))
        .isInstanceOfSatisfying(
            TributaryException.class,
            error -> assertThat(error.code()).isEqualTo(ErrorCode.NOT_SUPPORTED))
        .hasMessageContaining("makes one row of several records");

    lake.archive().put(List.of(message("g", "{\"id\":3}"), message("h", "{\"id\":3}")));
    assertThatThrownBy(lake::run)
        .isInstanceOfSatisfying(
            TributaryException.class,
            error -> assertThat(error.code()).isEqualTo(ErrorCode.TRANSFORM_FAILED))
        .hasMessageContaining("it stands for several records since 2-deduplicate");
    assertThat(lake.query("select count(*) from t")).containsExactly("[2]");
    assertThat(lake.query("select _offset from q")).containsExactly("[3]");
  }

  @Test
  @Tag("long")
  void aStepThatMakesOtherRowsThanItDeclaresIsNamedAndNothingIsWritten() throws Exception {
    String kept = "rows.filter(functions.col(\"id\").gt(2))";
    refused(
        "FILTER",
        kept + ".union(rows.filter(functions.col(\"id\").gt(2)))",
        ErrorCode.TRANSFORM_INVALID,
        "'1-odd' of dataset 'events' makes several rows of one");
    refused(
        "FILTER",
        kept
            + ".withColumn(\"n\", functions.explode(functions.sequence("
            + "functions.lit(1), functions.lit(2))))",
        ErrorCode.TRANSFORM_INVALID,
        "'1-odd' of dataset 'events' makes several rows of one");
    refused(
        "ONE_TO_ONE",
        kept,
        ErrorCode.TRANSFORM_INVALID,
        "'1-odd' of dataset 'events' declares itself one-to-one and leaves out 2 rows");
    refused(
        "EXPLODE",
        "rows.union(rows)",
        ErrorCode.TRANSFORM_INVALID,
        "explodes records by more than select, filter, explode and flatMap");
  }

  @Test
  void recordsAreNotExplodedOnceMoreAfterAStepThatMayPartTheirRows() throws Exception {
    PluginJar jar = PluginJar.ofModule(FilterTransform.class, folder);
    TestLake lake = new TestLake(folder);
    List<ColumnSpec> columns =
        List.of(ColumnSpec.of("item_sku", "string"), ColumnSpec.of("part", "string"));
    TransformSpec first = exploding(jar);
    TransformSpec flat = jar.step("flatten", Map.of("columns", "item:" + ITEM));
    TransformSpec once =
        jar.step("deduplicate", Map.of("columns", "item_sku"), TransformKind.COMBINE);
    TransformSpec second =
        jar.step(
            "explode",
            Map.of("column", "parts", "type", "array<string>", "to", "part"),
            TransformKind.EXPLODE);
    lake.define(columns, WriteSpec.append(), List.of(first, flat, once, second), null, null);
    lake.archive()
        .put(
            List.of(
                message(
                    "a",
                    "{\"parts\":[\"x\",\"y\"],%s".formatted(items("a", 1, "b", 1).substring(1)))));

    assertThatThrownBy(lake::run)
        .isInstanceOfSatisfying(
            TributaryException.class,
            error -> assertThat(error.code()).isEqualTo(ErrorCode.TRANSFORM_INVALID))
        .hasMessageContaining("'3-deduplicate' between the two may part the rows of a record");

    lake.define(columns, WriteSpec.append(), List.of(first, flat, second, once), null, null);
    lake.run();
    assertThat(lake.query("select item_sku, part from t order by item_sku"))
        .containsExactly("[a,x]", "[b,x]");
    assertThat(lake.account().unbalanced()).isEmpty();
  }

  /** Four records, of which two are kept, and these two times: as many as there were. */
  private void refused(String kind, String rows, ErrorCode code, String message) throws Exception {
    Path own = Files.createTempDirectory(folder, "odd");
    PluginJar jar =
        PluginJar.compiled(
            "plugin.Odd",
            """
            package plugin;
            import dev.tributary.transforms.*;
            import java.util.List;
            import org.apache.spark.sql.*;
            public final class Odd implements RowTransform {
              public String name() { return "odd"; }
              public List<TransformOption> options() { return List.of(); }
              public StepKind kind() { return StepKind.%s; }
              public Dataset<Row> apply(Dataset<Row> rows, TransformContext context) {
                return %s;
              }
            }
            """
                .formatted(kind, rows),
            own);
    TestLake lake = new TestLake(own);
    lake.define(
        List.of(ColumnSpec.of("id", "bigint")),
        WriteSpec.append(),
        List.of(
            kind.equals("EXPLODE")
                ? jar.step("odd", Map.of(), TransformKind.EXPLODE)
                : jar.step("odd", Map.of())),
        null,
        null);
    lake.archive()
        .put(
            List.of(
                message("a", "{\"id\":1}"),
                message("b", "{\"id\":2}"),
                message("c", "{\"id\":3}"),
                message("d", "{\"id\":4}")));

    assertThatThrownBy(lake::run)
        .isInstanceOfSatisfying(
            TributaryException.class, error -> assertThat(error.code()).isEqualTo(code))
        .hasMessageContaining(message);
    if (lake.log().head().isPresent()) {
      assertThat(lake.query("select count(*) from t")).containsExactly("[0]");
    }
  }

  private TestLake orders(ColumnSpec sku) throws Exception {
    TestLake lake = new TestLake(folder);
    define(lake, WriteSpec.append(), sku);
    lake.archive()
        .put(
            List.of(
                message("a", order(1, items("a", 2, "b", 1, "c", 0))),
                message("b", order(2, items())),
                message("c", order(3, items("d", 5, null, 1, "e", 1))),
                message("d", order(0, items("x", 1))),
                message("e", "{"),
                message("f", order(5, items("f", 1, "f", 1)))));
    return lake;
  }

  private void define(TestLake lake, WriteSpec write, ColumnSpec sku) throws Exception {
    PluginJar jar = PluginJar.ofModule(FilterTransform.class, folder);
    lake.define(
        List.of(
            ColumnSpec.of("id", "bigint"),
            ColumnSpec.of("line", "int"),
            sku,
            ColumnSpec.of("item_n", "int")),
        write,
        List.of(
            jar.step("filter", Map.of("where", "id > 0")),
            exploding(jar),
            jar.step("flatten", Map.of("columns", "item:" + ITEM)),
            jar.step("filter", Map.of("where", "item_n > 0"))),
        null,
        null);
  }

  private static TransformSpec exploding(PluginJar jar) {
    return jar.step(
        "explode",
        Map.of(
            "column",
            "items",
            "type",
            "array<%s>".formatted(ITEM),
            "to",
            "item",
            "position",
            "line"),
        TransformKind.EXPLODE);
  }

  /** With the fields of the elements as columns of their own names. */
  private static List<TransformSpec> named(PluginJar jar) {
    return List.of(
        exploding(jar),
        jar.step("flatten", Map.of("columns", "item:" + ITEM)),
        jar.step("rename", Map.of("columns", "item_sku:sku,item_n:n")));
  }

  private static List<String> rows(TestLake lake) {
    return lake.query(
        "select id, line, item_sku, item_n, _offset, _row from t order by _offset, _row");
  }

  private static String messageOf(TestLake lake, long offset) {
    String row = lake.query("select _message from q where _offset = " + offset).get(0);
    return row.substring(1, row.length() - 1);
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

  private static String order(int id, String items) {
    return "{\"id\":%d,%s".formatted(id, items.substring(1));
  }

  private static String at(int at, String items) {
    return "{\"at\":%d,%s".formatted(at, items.substring(1));
  }

  private static String items(Object... skusAndNumbers) {
    StringBuilder items = new StringBuilder("{\"items\":[");
    for (int i = 0; i < skusAndNumbers.length; i += 2) {
      Object sku = skusAndNumbers[i];
      items
          .append(i == 0 ? "" : ",")
          .append(sku == null ? "{" : "{\"sku\":\"%s\",".formatted(sku))
          .append("\"n\":%d}".formatted((Integer) skusAndNumbers[i + 1]));
    }
    return items.append("]}").toString();
  }
}
