package dev.tributary.phase2.execute;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.core.spec.ColumnSpec;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.Deletes;
import dev.tributary.core.spec.TargetSpec;
import dev.tributary.core.spec.TransformKind;
import dev.tributary.core.spec.TransformSpec;
import dev.tributary.core.spec.WriteMode;
import dev.tributary.core.spec.WriteSpec;
import dev.tributary.phase2.TestSpark;
import dev.tributary.phase2.plan.Plan;
import dev.tributary.phase2.plan.PlanKind;
import dev.tributary.phase2.plan.PlanSource;
import dev.tributary.phase2.step.Coordinates;
import dev.tributary.phase2.table.PlanMark;
import java.io.File;
import java.sql.Timestamp;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What datasets that explode records, and datasets that do not, remember of one table. */
final class TombstoneTableIT {
  private static final ColumnSpec SKU = ColumnSpec.of("sku", "string");

  @TempDir File folder;
  private SparkSession session;
  private Path table;
  private TombstoneTable tombstones;

  @BeforeEach
  void open() {
    session = TestSpark.get();
    SparkSession.setActiveSession(session);
    table = new Path(folder.toURI() + "tombstones");
    tombstones = new TombstoneTable(session, table);
  }

  @Test
  void theNumberOfARowComesWithTheFirstDeleteThatHasOne() {
    ColumnSpec article = SKU.withName("article");
    remember(0, plain(SKU), "a", Optional.empty());
    tombstones.follow(mark(1), plain(SKU), plain(article));
    remember(2, exploding(article), "b", Optional.of(3));
    remember(3, plain(article), "c", Optional.empty());

    assertThat(numbers("article")).containsExactly("[a,null]", "[b,3]", "[c,null]");
  }

  @Test
  void theNumbersOfRowsStayWhenADatasetWithoutThemChangesAndWhenItGetsThem() {
    ColumnSpec commented = SKU.withComment(Optional.of("The article."));
    remember(0, exploding(SKU), "a", Optional.of(3));

    tombstones.follow(mark(1), plain(SKU), plain(commented));
    assertThat(numbers("sku")).containsExactly("[a,3]");
    assertThat(session.read().format("delta").load(table.toString()).schema().apply("sku"))
        .satisfies(field -> assertThat(field.getComment().get()).isEqualTo("The article."));

    tombstones.follow(mark(2), plain(SKU), exploding(SKU));
    assertThat(numbers("sku")).containsExactly("[a,3]");
  }

  @Test
  void aChangeThatIsDoneAgainLeavesWhatALaterOneHasWidened() {
    remember(0, widened("int", "int"), 7, Optional.empty());
    tombstones.follow(mark(1), widened("int", "int"), widened("bigint", "bigint"));
    tombstones.follow(
        mark(2), widened("bigint", "bigint"), widened("decimal(20,0)", "decimal(20,0)"));
    String wide = "sku DECIMAL(20,0),_order STRUCT<at: DECIMAL(20,0)>";
    assertThat(types()).isEqualTo(wide);

    tombstones.follow(new PlanMark("again", 1), widened("int", "int"), widened("bigint", "bigint"));
    assertThat(types()).isEqualTo(wide);
    tombstones.follow(
        new PlanMark("again", 2),
        widened("bigint", "bigint"),
        widened("decimal(20,0)", "decimal(22,0)"));

    assertThat(types()).isEqualTo("sku DECIMAL(20,0),_order STRUCT<at: DECIMAL(22,0)>");
    assertThat(session.read().format("delta").load(table.toString()).select("sku", "_order.at"))
        .satisfies(rows -> assertThat(rows.head().toString()).isEqualTo("[7,0]"));
  }

  private String types() {
    return session
        .read()
        .format("delta")
        .load(table.toString())
        .select("sku", TombstoneTable.ORDER)
        .schema()
        .toDDL();
  }

  private static DatasetSpec widened(String key, String order) {
    return new DatasetSpec(
        "events",
        "events",
        null,
        new TargetSpec("s3a://lake/events", null, null),
        List.of(ColumnSpec.of("sku", key), ColumnSpec.of("at", order)),
        new WriteSpec(
            WriteMode.UPSERT, List.of("sku"), List.of("at"), Deletes.HARD, Optional.empty()),
        List.of(),
        null,
        null,
        null);
  }

  private List<String> numbers(String key) {
    return session
        .read()
        .format("delta")
        .load(table.toString())
        .select(key, Coordinates.ROW)
        .orderBy(key)
        .collectAsList()
        .stream()
        .map(Row::toString)
        .toList();
  }

  /** Plan n deletes a key by one row. */
  private void remember(long n, DatasetSpec dataset, Object key, Optional<Integer> number) {
    KeyedLayout layout = new KeyedLayout(dataset);
    StructType schema = layout.keySchema().add(TombstoneTable.ORDER, layout.orderType(session));
    for (StructField coordinate : Coordinates.schema(dataset).fields()) {
      schema = schema.add(coordinate);
    }
    List<Object> values = new ArrayList<>(List.of(key, RowFactory.create(0)));
    values.addAll(List.of("events", 0, 0, n, new Timestamp(0), new Timestamp(0), n));
    number.ifPresent(values::add);
    values.add(true);
    Dataset<Row> deleted =
        session.createDataFrame(
            List.of(RowFactory.create(values.toArray())),
            schema.add(TombstoneTable.BY_TOMBSTONE, DataTypes.BooleanType));
    assertThat(tombstones.write(plan(n), mark(n), layout, deleted)).hasValue(n);
  }

  private static Plan plan(long n) {
    return new Plan(
        Plan.FORMAT,
        n,
        0,
        "plan " + n,
        PlanKind.LIVE,
        "events",
        1,
        "run",
        0,
        new PlanSource("s3a://raw", List.of()),
        List.of(),
        Map.of(),
        Optional.empty());
  }

  private static PlanMark mark(long plan) {
    return new PlanMark("app", plan);
  }

  private static DatasetSpec plain(ColumnSpec key) {
    return dataset(key, List.of());
  }

  private static DatasetSpec exploding(ColumnSpec key) {
    return dataset(
        key,
        List.of(
            new TransformSpec(
                "file:/explode.jar",
                "0".repeat(64),
                "explode",
                Map.of(),
                Optional.of(TransformKind.EXPLODE))));
  }

  private static DatasetSpec dataset(ColumnSpec key, List<TransformSpec> steps) {
    return new DatasetSpec(
        "events",
        "events",
        null,
        new TargetSpec("s3a://lake/events", null, null),
        List.of(key),
        new WriteSpec(
            WriteMode.UPSERT, List.of(key.name()), List.of(), Deletes.HARD, Optional.empty()),
        steps,
        null,
        null,
        null);
  }
}
