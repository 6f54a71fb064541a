package dev.tributary.phase2;

import static dev.tributary.phase2.TestArchive.message;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.core.spec.ChangeKind;
import dev.tributary.core.spec.ColumnSpec;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.Deletes;
import dev.tributary.core.spec.TargetSpec;
import dev.tributary.core.spec.TransformSpec;
import dev.tributary.core.spec.UnknownFieldsSpec;
import dev.tributary.core.spec.WriteMode;
import dev.tributary.core.spec.WriteSpec;
import dev.tributary.phase2.plan.PlanCounts;
import dev.tributary.transforms.basic.FilterTransform;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Fields that no column is declared for become columns. */
final class EvolveIT {
  private static final ColumnSpec ID = ColumnSpec.of("id", "bigint");
  private static final ColumnSpec SIZE = ColumnSpec.of("size", "int");
  private static final ColumnSpec NUMBER = ColumnSpec.of("n", "int");

  @TempDir Path folder;

  @Test
  @Tag("long")
  void newFieldsBecomeColumnsByAVersionThatComesIntoForceBeforeTheirBatchWhateverDiesInBetween()
      throws Exception {
    TestLake lake = new TestLake(folder);
    define(lake, WriteSpec.append(), List.of(), Optional.empty(), ID, SIZE, NUMBER);
    record(lake, "{\"id\":1,\"size\":1,\"n\":1}");
    lake.run();
    record(
        lake,
        "{\"id\":2,\"size\":2.5,\"n\":3000000000,\"name\":\"x\",\"late\":1}",
        "{\"id\":3,\"name\":7,\"whole\":1e3,\"part\":1.5,\"yes\":true,\"deep\":{\"a\": [1]}}",
        "{\"id\":4,\"Id\":1,\"Foo\":1,\"foo\":2,\"none\":null,\"a-b\":3,\"part\":2}",
        "{\"id\":\"bad\",\"size\":1,\"junk\":1}");
    // Once when the version is in the table and not accounted for, once before the next one is.
    TestSpark.failAt("phase2.after-table");
    assertThatThrownBy(lake::run).isInstanceOf(UncheckedIOException.class);
    assertThat(plans(lake)).isEqualTo("ddl 1, live 1, ddl 2");
    TestSpark.failAt("phase2.plan-put");
    assertThatThrownBy(lake::run).isInstanceOf(UncheckedIOException.class);
    lake.run();

    assertThat(plans(lake))
        .as("of a record's numbers that do not fit, the first is seen first")
        .isEqualTo("ddl 1, live 1, ddl 2, ddl 3, live 3");
    assertThat(schema(lake))
        .isEqualTo(
            "id bigint, size double, n bigint, _rescued string, deep string, late bigint,"
                + " name string, part double, whole bigint, yes boolean");
    assertThat(
            lake.query(
                "select id, size, n, name, whole, part, yes, deep, late, _rescued from t"
                    + " order by id"))
        .containsExactly(
            "[1,1.0,1,null,null,null,null,null,null,null]",
            "[2,2.5,3000000000,x,null,null,null,null,1,null]",
            "[3,null,null,7,1000,1.5,true,{\"a\": [1]},null,null]",
            "[4,null,null,null,null,2.0,null,null,null,"
                + "{\"Id\":1,\"Foo\":1,\"foo\":2,\"none\":null,\"a-b\":3}]");
    assertThat(lake.query("select _offset, _code from q")).containsExactly("[4,wrong-type]");
    assertThat(lake.account().counts()).isEqualTo(new PlanCounts(4, 3, 0, 0, 0, 1, 0, 0, 0));
    assertThat(lake.specs().activations())
        .extracting(activation -> activation.version() + " " + activation.outcome())
        .contains("2 ACTIVE", "3 ACTIVE")
        .doesNotContain("2 REJECTED", "3 REJECTED");

    lake.specs().away(true);
    record(lake, "{\"id\":5,\"more\":\"m\"}");
    lake.run();
    lake.specs().away(false);
    record(
        lake,
        "{\"id\":6.25,\"late\":null}",
        "{\"id\":7,\"more\":\"n\",\"late\":12345678901234567890}");
    lake.run();
    assertThat(lake.query("select id, late, more, _rescued from t where id > 4 order by id"))
        .as("with the metastore away, the batch goes on and its new fields are rescued")
        .containsExactly(
            "[5.00,null,null,{\"more\":\"m\"}]",
            "[6.25,null,null,null]",
            "[7.00,12345678901234567890,n,null]");
    assertThat(lake.query("select count(*) from q")).containsExactly("[1]");
    long versions = lake.specs().dataset("events").orElseThrow().version();
    record(lake, "{\"id\":8,\"more\":null,\"Foo\":1,\"foo\":2}");
    lake.run();
    assertThat(lake.specs().dataset("events").orElseThrow().version()).isEqualTo(versions);
  }

  @Test
  @Tag("long")
  void whatTheDatasetDoesNotAllowIsRescuedOrSetAsideAndKeysStayAsTheyAre() throws Exception {
    WriteSpec upsert =
        new WriteSpec(WriteMode.UPSERT, List.of("id"), List.of(), Deletes.HARD, null);
    TestLake lake = new TestLake(folder);
    define(lake, upsert, List.of(), Optional.of(List.of(ChangeKind.ADD_COLUMN)), ID, SIZE);
    record(
        lake,
        "{\"id\":1,\"size\":1}",
        "{\"id\":2,\"size\":2.5,\"no\":1}",
        "{\"id\":3,\"name\":\"a\"}");
    lake.run();
    assertThat(schema(lake)).isEqualTo("id bigint, size int, _rescued string, name string");
    assertThat(lake.query("select id, size, name from t order by id"))
        .containsExactly("[1,1,null]", "[3,null,a]");
    assertThat(lake.query("select _offset, _code from q")).containsExactly("[1,wrong-type]");

    DatasetSpec spec = lake.specs().dataset("events").orElseThrow().spec();
    lake.specs().dataset(allowing(spec, List.of(ChangeKind.WIDEN_COLUMN)));
    record(
        lake,
        "{\"id\":1.5}",
        "{\"id\":1,\"size\":3000000000,\"name\":\"b\",\"other\":1}",
        "{\"id\":3,\"size\":9}");
    lake.run();
    assertThat(schema(lake)).isEqualTo("id bigint, size bigint, _rescued string, name string");
    assertThat(lake.query("select id, size, name, _rescued from t order by id"))
        .containsExactly("[1,3000000000,b,{\"other\":1}]", "[3,9,null,null]");
    assertThat(lake.query("select _offset, _code from q order by _offset"))
        .containsExactly("[1,wrong-type]", "[3,wrong-type]");
    assertThat(lake.account().unbalanced()).isEmpty();
  }

  @Test
  @Tag("long")
  void aBatchBringsABoundedNumberOfColumnsAndWhatAStepReadsIsNoneOfThem() throws Exception {
    PluginJar jar = PluginJar.ofModule(FilterTransform.class, folder);
    List<TransformSpec> steps =
        List.of(
            jar.step("filter", Map.of("where", "mag > 1")),
            jar.step("rename", Map.of("columns", "mag:magnitude")));
    TestLake lake = new TestLake(folder);
    define(
        lake,
        WriteSpec.append(),
        steps,
        Optional.empty(),
        ID,
        ColumnSpec.of("magnitude", "double"));
    String fields =
        java.util.stream.IntStream.range(10, 70)
            .mapToObj(i -> "\"f%d\":%d".formatted(i, i))
            .collect(Collectors.joining(","));
    record(lake, "{\"id\":1,\"mag\":2,%s}".formatted(fields));
    lake.run();
    assertThat(lake.specs().dataset("events").orElseThrow().spec().columns()).hasSize(52);
    assertThat(
            lake.query("select id, magnitude, f10, f59, get_json_object(_rescued, '$.f60') from t"))
        .containsExactly("[1,2.0,10,59,60]");
    record(lake, "{\"id\":2,\"mag\":2,%s}".formatted(fields));
    lake.run();
    assertThat(lake.query("select f10, f69, _rescued from t where id = 2"))
        .containsExactly("[10,69,null]");
    assertThat(schema(lake)).doesNotContain("mag double");

    TestSpark.get().sql("ALTER TABLE delta.`%s` ADD COLUMN taken int".formatted(lake.table()));
    record(lake, "{\"id\":3,\"mag\":2,\"taken\":\"x\",\"fine\":true}");
    lake.run();
    assertThat(lake.query("select fine, taken, _rescued from t where id = 3"))
        .as("what the table has no room for holds up nothing else")
        .containsExactly("[true,null,{\"taken\":\"x\"}]");
  }

  private static String plans(TestLake lake) {
    List<String> plans = new ArrayList<>();
    for (long n = 0; n <= lake.log().head().orElseThrow(); n++) {
      dev.tributary.phase2.plan.Plan plan = lake.log().plan(n).orElseThrow();
      plans.add(plan.kind().text() + " " + plan.datasetVersion());
    }
    return String.join(", ", plans);
  }

  /** Without the coordinates. */
  private static String schema(TestLake lake) {
    lake.query("select 1");
    return Arrays.stream(TestSpark.get().table("t").schema().fields())
        .filter(field -> !field.name().startsWith("_") || field.name().equals("_rescued"))
        .map(
            field -> field.name() + " " + field.dataType().sql().toLowerCase(java.util.Locale.ROOT))
        .collect(Collectors.joining(", "));
  }

  private static void define(
      TestLake lake,
      WriteSpec write,
      List<TransformSpec> steps,
      Optional<List<ChangeKind>> allowed,
      ColumnSpec... columns) {
    DatasetSpec spec =
        new DatasetSpec(
                "events",
                "events",
                null,
                new TargetSpec(lake.table(), null, null),
                List.of(columns),
                write,
                steps,
                null,
                null,
                null)
            .withUnknownFields(UnknownFieldsSpec.evolved(null));
    lake.specs().dataset(allowed.map(kinds -> allowing(spec, kinds)).orElse(spec));
  }

  private static DatasetSpec allowing(DatasetSpec spec, List<ChangeKind> kinds) {
    return new DatasetSpec(
        spec.name(),
        spec.source(),
        spec.group(),
        spec.target(),
        spec.columns(),
        spec.write(),
        spec.transforms(),
        spec.breaker(),
        spec.maxRecordsPerBatch(),
        spec.state(),
        spec.archiveStart(),
        Optional.of(kinds),
        spec.format(),
        spec.unknownFields(),
        spec.checks(),
        spec.trigger(),
        spec.retries(),
        spec.maintenance(),
        spec.coordinates());
  }

  private static void record(TestLake lake, String... values) throws Exception {
    lake.archive().put(Arrays.stream(values).map(value -> message("k", value)).toList());
  }
}
