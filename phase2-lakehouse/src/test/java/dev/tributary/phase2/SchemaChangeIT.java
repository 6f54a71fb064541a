package dev.tributary.phase2;

import static dev.tributary.phase2.TestArchive.message;
import static dev.tributary.phase2.TestArchive.tombstone;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.core.spec.ColumnSpec;
import dev.tributary.core.spec.Deletes;
import dev.tributary.core.spec.WriteMode;
import dev.tributary.core.spec.WriteSpec;
import dev.tributary.phase2.table.DeltaTransactions;
import dev.tributary.phase2.table.TableState;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tables whose columns change while records arrive. */
final class SchemaChangeIT {
  private static final ColumnSpec ID = ColumnSpec.of("id", "int");
  private static final ColumnSpec AMOUNT = ColumnSpec.of("amount", "decimal(5,2)");
  private static final ColumnSpec NOTE = ColumnSpec.of("note", "string");

  @TempDir Path folder;
  private int number;

  @Test
  void everyChangeOfColumnsIsDoneOnceAndEveryRowKeepsItsValuesWhenTheRunDiesBeforeTheAccount()
      throws Exception {
    TestLake lake = new TestLake(folder);
    append(lake, ID, AMOUNT, NOTE);
    lake.run();
    next(lake);
    ColumnSpec price = AMOUNT.withName("price");
    List<List<ColumnSpec>> versions =
        List.of(
            List.of(ID, price, NOTE),
            List.of(ID.withType("bigint"), price, NOTE),
            List.of(ID.withType("bigint"), price.withType("decimal(12,4)"), NOTE),
            List.of(ID.withType("bigint"), price.withType("decimal(12,4)")),
            List.of(
                ID.withType("bigint"),
                price.withType("decimal(12,4)").withComment(Optional.of("in euros")),
                NOTE.withId(Optional.of("6.1"))));
    for (List<ColumnSpec> columns : versions) {
      append(lake, columns.toArray(ColumnSpec[]::new));
      TestSpark.failAt("phase2.after-table");
      next(lake);
      assertThatThrownBy(lake::run).isInstanceOf(UncheckedIOException.class);
      lake.run();
    }
    next(lake);
    lake.run();

    assertThat(lake.query("select _offset, id, price, note from t order by _offset"))
        .containsExactly(
            "[0,0,0.5000,null]",
            "[1,1,1.5000,null]",
            "[2,2,2.5000,null]",
            "[3,3,3.5000,null]",
            "[4,4,4.5000,null]",
            "[5,5,5.5000,n5]",
            "[6,6,6.5000,n6]");
    TableState state = state(lake.table());
    assertThat(state.properties()).containsEntry("tributary.dataset.events.version", "6");
    assertThat(state.schema().apply("price").getComment().get()).isEqualTo("in euros");
    assertThat(lake.account().inForce()).containsEntry("events", 6L);
    assertThat(lake.account().totals().get("events").accounted()).isEqualTo(7);
  }

  @Test
  void versionsThatWaitTogetherComeIntoForceAsOneAndADroppedValueDoesNotComeBack()
      throws Exception {
    TestLake lake = new TestLake(folder);
    append(lake, ID, AMOUNT, NOTE);
    next(lake);
    lake.run();
    append(lake, ID, AMOUNT);
    append(lake, ID, NOTE.withName("amount"), AMOUNT.withName("note"));
    append(
        lake,
        ID,
        NOTE.withId(Optional.of("4.1")),
        AMOUNT.withName("total").withType("decimal(9,2)"));
    next(lake);
    lake.run();

    assertThat(lake.query("select id, note, total from t order by id"))
        .containsExactly("[0,null,0.50]", "[1,n1,1.50]");
    assertThat(lake.specs().activations())
        .extracting(activation -> activation.version() + " " + activation.outcome())
        .containsExactly("1 ACTIVE", "4 ACTIVE");
  }

  @Test
  void twoColumnsSwapTheirNamesAndKeepTheirValues() throws Exception {
    TestLake lake = new TestLake(folder);
    ColumnSpec home = ColumnSpec.of("home", "string");
    ColumnSpec away = ColumnSpec.of("away", "string");
    append(lake, home, away);
    lake.archive().put(List.of(message("a", "{\"home\":\"h1\",\"away\":\"a1\"}")));
    lake.run();
    append(lake, home.withName("away"), away.withName("home"));
    lake.archive().put(List.of(message("b", "{\"home\":\"h2\",\"away\":\"a2\"}")));
    lake.run();

    assertThat(lake.query("select home, away from t order by _offset"))
        .containsExactly("[a1,h1]", "[a2,h2]");
  }

  @Tag("long")
  @Test
  void deletesAreRememberedWhenKeyAndOrderGetAnotherNameAndAWiderType() throws Exception {
    TestLake lake = new TestLake(folder);
    ColumnSpec at = ColumnSpec.of("at", "int");
    upsert(lake, "id", "at", ID, at, NOTE);
    lake.archive().put(List.of(event(1, 5, "one"), event(2, 5, "two"), event(3, 5, "three")));
    lake.archive().put(List.of(tombstone("1")));
    lake.run();
    upsert(
        lake,
        "key",
        "version",
        ID.withName("key").withType("bigint"),
        at.withName("version").withType("bigint"),
        NOTE.withName("text"));
    lake.archive().put(List.of(event(1, 4, "late"), event(2, 6, "newer"), event(3, 4, "late")));
    TestSpark.failAt("phase2.after-table");
    assertThatThrownBy(lake::run).isInstanceOf(UncheckedIOException.class);
    lake.run();
    lake.archive().put(List.of(tombstone("2"), event(4, 1, "four")));
    lake.run();
    lake.archive().put(List.of(event(2, 5, "late"), event(1, 6, "again")));
    lake.run();

    assertThat(lake.query("select key, version, text from t order by key"))
        .containsExactly("[1,6,again]", "[3,5,three]", "[4,1,four]");
    StructType tombstones = state(lake.log().folders().tombstones().toString()).schema();
    assertThat(tombstones.fieldNames()).contains("key").doesNotContain("id");
    assertThat(tombstones.apply("key").dataType()).isEqualTo(DataTypes.LongType);
    StructField order = ((StructType) tombstones.apply("_order").dataType()).fields()[0];
    assertThat(order.name()).isEqualTo("version");
    assertThat(order.dataType()).isEqualTo(DataTypes.LongType);
    assertThat(lake.account().totals().get("events").late()).isEqualTo(3);
  }

  @Test
  void whatTheTableCannotBecomeIsRejectedWithTheReasonAndTheVersionBeforeGoesOn() throws Exception {
    TestLake lake = new TestLake(folder);
    append(lake, ID, AMOUNT, NOTE);
    lake.archive().put(List.of(message("a", "{\"id\":0,\"amount\":1}")));
    lake.run();
    append(lake, ID, AMOUNT, NOTE.withNullable(false));
    lake.run();
    append(lake, ID.withType("tinyint"), AMOUNT, NOTE);
    lake.run();
    append(lake, ID, AMOUNT.withType("decimal(5,3)"), NOTE);
    lake.run();
    append(lake, ID.withNullable(false), AMOUNT, NOTE);
    lake.archive().put(List.of(message("b", "{\"amount\":2}"), message("c", "{\"id\":2}")));
    lake.run();

    assertThat(lake.specs().activations())
        .extracting(activation -> activation.version() + " " + activation.outcome())
        .containsExactly("1 ACTIVE", "2 REJECTED", "3 REJECTED", "4 REJECTED", "5 ACTIVE");
    assertThat(lake.specs().activations().get(1).reason().orElseThrow())
        .contains("without a value in the column 'note'");
    assertThat(lake.specs().activations().get(2).reason().orElseThrow())
        .contains("the column id is of type INT, which cannot be widened to TINYINT");
    assertThat(lake.specs().activations().get(3).reason().orElseThrow()).contains("DECIMAL(5,3)");
    assertThat(lake.query("select id, amount from t order by _offset"))
        .containsExactly("[0,1.00]", "[2,null]");
    assertThat(lake.query("select _offset, _code from q")).containsExactly("[1,missing-column]");
  }

  @Test
  void whatFailsOnTheTablesRowsIsRejectedWithItsReasonAndTheVersionBeforeGoesOn() throws Exception {
    TestLake lake = new TestLake(folder);
    append(lake, ID, NOTE);
    lake.archive().put(List.of(message("a", "{\"id\":0,\"note\":\"abc\"}")));
    lake.run();
    lake.define(
        List.of(ID, NOTE),
        new WriteSpec(WriteMode.UPSERT, List.of("id"), null, Deletes.HARD, Optional.of("note = 1")),
        null,
        null,
        null);
    lake.archive().put(List.of(message("b", "{\"id\":1,\"note\":\"def\"}")));
    lake.run();

    assertThat(lake.specs().activations())
        .extracting(activation -> activation.version() + " " + activation.outcome())
        .containsExactly("1 ACTIVE", "2 REJECTED");
    assertThat(lake.specs().activations().get(1).reason().orElseThrow())
        .contains("cannot be run", "CAST_INVALID_INPUT", "'abc'", "register another version");
    assertThat(lake.query("select id, note from t order by id"))
        .containsExactly("[0,abc]", "[1,def]");
  }

  @Test
  void aTableNeedsNothingOfItsReadersUntilAColumnIsRenamedDroppedOrWidened() throws Exception {
    TestLake lake = new TestLake(folder);
    append(lake, ID);
    lake.run();
    append(lake, ID.withComment(Optional.of("a number")), NOTE);
    next(lake);
    lake.run();
    assertThat(lake.readerVersion()).isEqualTo(1);
    assertThat(state(lake.table()).properties().keySet())
        .noneMatch(name -> name.startsWith("delta.columnMapping") || name.contains("Widening"));

    append(lake, ID.withComment(Optional.of("a number")), NOTE.withName("text"));
    lake.run();
    assertThat(lake.readerVersion()).isEqualTo(2);
  }

  @Test
  void nestedColumnsKeepTheirValuesWhenOthersAreDropped() throws Exception {
    TestLake lake = new TestLake(folder);
    ColumnSpec nested =
        ColumnSpec.of("nested", "struct<a:int,list:array<struct<x:string>>,map:map<string,int>>");
    append(lake, ID, nested);
    String value = "{\"id\":%d,\"nested\":{\"a\":%d,\"list\":[{\"x\":\"y\"}],\"map\":{\"k\":1}}}";
    lake.archive().put(List.of(message("a", value.formatted(1, 1))));
    lake.run();
    append(lake, nested.withName("deep"), NOTE);
    lake.archive().put(List.of(message("b", value.formatted(2, 2))));
    lake.run();

    assertThat(lake.query("select deep.a, deep.list[0].x, deep.map['k'] from t order by _offset"))
        .containsExactly("[1,y,1]", "[2,y,1]");
  }

  private static TestArchive.Message event(int id, int at, String note) {
    return message(
        Integer.toString(id), "{\"id\":%d,\"at\":%d,\"note\":\"%s\"}".formatted(id, at, note));
  }

  /** One more record, whose columns all say which it is. */
  private void next(TestLake lake) throws Exception {
    lake.archive()
        .put(
            List.of(
                message(
                    "k",
                    "{\"id\":%1$d,\"amount\":%1$d.5,\"note\":\"n%1$d\"}".formatted(number++))));
  }

  private static void append(TestLake lake, ColumnSpec... columns) {
    lake.define(Arrays.asList(columns), WriteSpec.append(), null, null, null);
  }

  private static void upsert(TestLake lake, String key, String order, ColumnSpec... columns) {
    lake.define(
        Arrays.asList(columns),
        new WriteSpec(WriteMode.UPSERT, List.of(key), List.of(order), Deletes.HARD, null),
        null,
        null,
        null);
  }

  private static TableState state(String table) {
    return new DeltaTransactions(TestSpark.get())
        .state(new org.apache.hadoop.fs.Path(table))
        .orElseThrow();
  }
}
