package dev.tributary.phase2;

import static dev.tributary.phase2.TestArchive.message;
import static dev.tributary.phase2.TestArchive.tombstone;
import static org.apache.spark.sql.functions.struct;
import static org.apache.spark.sql.functions.to_json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.core.spec.ColumnSpec;
import dev.tributary.core.spec.Deletes;
import dev.tributary.core.spec.MergeStrategy;
import dev.tributary.core.spec.TargetSpec;
import dev.tributary.core.spec.WriteMode;
import dev.tributary.core.spec.WriteSpec;
import dev.tributary.phase2.maintain.MaintenanceRequest;
import dev.tributary.phase2.maintain.MaintenanceRequest.Task;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Which tables deltalake, which knows less of Delta than Spark does, has the same rows of; the
 * table in operating.md says it.
 */
final class DeltaRsIT {
  private static final ColumnSpec ID = ColumnSpec.of("id", "int");
  private static final ColumnSpec AT = ColumnSpec.of("at", "timestamp");
  private static final ColumnSpec NOTE = ColumnSpec.of("note", "string");
  private static final List<ColumnSpec> COLUMNS = List.of(ID, AT, NOTE);

  private final List<String> found = new ArrayList<>();

  @TempDir Path folder;

  @BeforeAll
  static void prepare() throws Exception {
    DeltaRs.prepare();
  }

  @Test
  void anAppendTableWithItsQuarantineAndAnUpsertTableAreRead() throws Exception {
    TestLake append = lake("append");
    append.define(
        List.of(
            ColumnSpec.of("s", "string"),
            ColumnSpec.of("b", "boolean"),
            ColumnSpec.of("i1", "tinyint"),
            ColumnSpec.of("i2", "smallint"),
            ColumnSpec.of("i4", "int"),
            ColumnSpec.of("i8", "bigint"),
            ColumnSpec.of("f4", "float"),
            ColumnSpec.of("f8", "double"),
            ColumnSpec.of("d", "decimal(10,2)"),
            ColumnSpec.of("big", "decimal(38,10)"),
            ColumnSpec.of("day", "date"),
            ColumnSpec.of("at", "timestamp"),
            ColumnSpec.of("bytes", "binary"),
            ColumnSpec.of("tags", "array<struct<k:string,v:decimal(5,2)>>"),
            ColumnSpec.of("more", "map<string,array<int>>"),
            ColumnSpec.of("place", "struct<name:string,geo:struct<lat:double,lon:double>>")),
        WriteSpec.append(),
        new TargetSpec(append.table(), null, null));
    append
        .archive()
        .put(
            List.of(
                message(
                    "a",
                    """
                    {"s":"żółw \\n","b":true,"i1":-128,"i2":32767,"i4":-2147483648,
                     "i8":9223372036854775807,"f4":1.5,"f8":"NaN","d":-1.05,
                     "big":"1234567890123456789012345678.0123456789","day":"1969-12-31",
                     "at":"2026-02-28T23:59:59.123456Z","bytes":"AP8=",
                     "tags":[{"k":"x","v":1.5},null,{"k":"y"}],"more":{"a":[1,null],"b":null},
                     "place":{"name":"p","geo":{"lat":1.5,"lon":-2}}}
                    """),
                message("b", "{}"),
                message("c", "{"),
                tombstone("d")));
    append.run();
    same("`append`, columns of every type", append);
    same("quarantine", folder.resolve("append/lake/_quarantine/events"));

    TestLake upsert = keyed("upsert", WriteMode.UPSERT, Deletes.HARD, MergeStrategy.COPY_ON_WRITE);
    change(upsert);
    same("`upsert`, `copy-on-write`", upsert);
  }

  @Test
  @Tag("long")
  void tablesInOtherFormsAndMaintainedOnesAreReadOrRefusedAsIsSaid() throws Exception {
    TestLake partitioned = lake("partitioned");
    partitioned.define(
        COLUMNS,
        WriteSpec.append(),
        new TargetSpec(
            partitioned.table(), List.of("day(at)", "hour(at)", "year(at)", "note"), null));
    change(partitioned);
    same("partitioned, with derived columns too", partitioned);

    TestLake clustered = lake("clustered");
    clustered.define(
        COLUMNS,
        WriteSpec.append(),
        new TargetSpec(clustered.table(), null, null).withClusterBy(List.of("note")));
    change(clustered);
    maintain(clustered);
    same("clustered (`clusterBy`)", clustered);

    TestLake soft = keyed("soft", WriteMode.UPSERT, Deletes.SOFT, MergeStrategy.COPY_ON_WRITE);
    change(soft);
    same("`upsert`, soft deletes", soft);

    TestLake history =
        keyed("history", WriteMode.HISTORY, Deletes.HARD, MergeStrategy.COPY_ON_WRITE);
    change(history);
    same("`history`, `copy-on-write`", history);
    maintain(history);
    same("after `maintain`: compaction, purge, vacuum", history);

    TestLake marked = keyed("marked", WriteMode.UPSERT, Deletes.HARD, MergeStrategy.MERGE_ON_READ);
    change(marked);
    same("`merge-on-read` (deletion vectors)", marked);
  }

  @Test
  @Tag("long")
  void tablesWhoseColumnsChangedAreReadOrRefusedAsIsSaid() throws Exception {
    TestLake added = changed("added", List.of(ID, AT, NOTE, ColumnSpec.of("more", "string")));
    same("after `add_column`", added);
    same("after `widen_column`", changed("widened", List.of(ID.withType("bigint"), AT, NOTE)));
    same(
        "after `rename_column` (column mapping)",
        changed("renamed", List.of(ID, AT, NOTE.withName("text"))));
    same("after `drop_column` (column mapping)", changed("dropped", List.of(ID, AT)));
  }

  private TestLake lake(String name) {
    return new TestLake(folder.resolve(name));
  }

  private TestLake keyed(String name, WriteMode mode, Deletes deletes, MergeStrategy strategy) {
    TestLake lake = lake(name);
    lake.define(
        COLUMNS,
        new WriteSpec(mode, List.of("id"), List.of("at"), deletes, Optional.empty()),
        new TargetSpec(lake.table(), null, Map.of(), null, Optional.of(strategy)));
    return lake;
  }

  private TestLake changed(String name, List<ColumnSpec> columns) throws Exception {
    TestLake lake = lake(name);
    lake.define(COLUMNS, WriteSpec.append(), new TargetSpec(lake.table(), null, null));
    lake.archive().put(List.of(event(1, 1, "a")));
    lake.run();
    lake.define(columns, WriteSpec.append(), new TargetSpec(lake.table(), null, null));
    lake.archive().put(List.of(event(2, 2, "b")));
    lake.run();
    assertThat(lake.query("select id from t order by id")).containsExactly("[1]", "[2]");
    return lake;
  }

  /** Rows of a few keys that come, change and go, or, of a table that appends, come. */
  private static void change(TestLake lake) throws Exception {
    lake.archive().put(List.of(event(1, 1, "a"), event(2, 1, "b"), event(3, 1, "c")));
    lake.run();
    lake.archive().put(List.of(event(1, 2, "b"), tombstone("2"), event(4, 2, "d")));
    lake.run();
    lake.archive().put(List.of(event(3, 3, "a"), event(5, 3, "e")));
    lake.run();
  }

  private static TestArchive.Message event(int id, int day, String note) {
    return message(
        Integer.toString(id),
        "{\"id\":%d,\"at\":\"2026-01-%02dT12:00:00.000001Z\",\"note\":\"%s\"}"
            .formatted(id, day, note));
  }

  private static void maintain(TestLake lake) throws Exception {
    lake.maintain(
        new MaintenanceRequest(
            EnumSet.of(Task.OPTIMIZE, Task.PURGE, Task.VACUUM),
            false,
            64 << 20,
            2,
            OptionalInt.empty(),
            168,
            false,
            Duration.ofSeconds(1)),
        report -> {});
  }

  private void same(String what, TestLake lake) throws Exception {
    same(what, Path.of(URI.create(lake.table())));
  }

  private void same(String what, Path table) throws Exception {
    Dataset<Row> expected = TestSpark.get().read().format("delta").load(table.toUri().toString());
    assertThat(rows(expected, expected.columns())).as(what).isNotEmpty();
    List<String> said = new ArrayList<>();
    for (DeltaRs.Way way : DeltaRs.Way.values()) {
      Path file = folder.resolve("%d-%s.parquet".formatted(found.size(), way));
      Optional<Dataset<Row>> read = DeltaRs.read(way, table, file);
      said.add(read.map(has -> same(has, expected) ? "yes" : "**wrong**").orElse("refused"));
    }
    found.add("| %s | %s | %s |".formatted(what, said.get(0), said.get(1)));
  }

  @AfterEach
  void itIsAsThePageSays() throws Exception {
    assertThat(Files.readAllLines(Path.of("../docs/operating.md"))).containsAll(found);
  }

  private static boolean same(Dataset<Row> read, Dataset<Row> expected) {
    return types(read).equals(types(expected))
        && rows(read, expected.columns()).equals(rows(expected, expected.columns()));
  }

  private static List<String> types(Dataset<Row> rows) {
    return Arrays.stream(rows.schema().fields())
        .map(field -> field.name() + " " + field.dataType().catalogString())
        .sorted()
        .toList();
  }

  private static List<String> rows(Dataset<Row> rows, String[] columns) {
    return rows
        .select(
            to_json(
                struct(
                    Arrays.stream(columns)
                        .map(name -> rows.col("`" + name + "`"))
                        .toArray(Column[]::new)),
                Map.of(
                    "ignoreNullFields",
                    "false",
                    "timestampFormat",
                    "yyyy-MM-dd'T'HH:mm:ss.SSSSSSXXX")))
        .collectAsList()
        .stream()
        .map(row -> row.getString(0))
        .sorted()
        .toList();
  }
}
