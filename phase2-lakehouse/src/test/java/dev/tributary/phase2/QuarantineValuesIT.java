package dev.tributary.phase2;

import static dev.tributary.phase2.TestArchive.message;
import static dev.tributary.phase2.TestArchive.tombstone;
import static org.apache.spark.sql.functions.lit;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.core.spec.ColumnSpec;
import dev.tributary.core.spec.WriteSpec;
import dev.tributary.phase2.backfill.ReplayRequest;
import dev.tributary.phase2.plan.PlanOutcome;
import dev.tributary.phase2.plan.PlanRulings;
import dev.tributary.phase2.table.DeltaTransactions;
import dev.tributary.phase2.table.PlanMark;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.parquet.ParquetReadOptions;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.io.LocalInputFile;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a quarantine holds of its records, and when. */
final class QuarantineValuesIT {
  private static final String VALUES =
      "select _partition, _offset, _value, _value_base64 from q order by _partition, _offset";
  private static final List<ColumnSpec> STRICT =
      List.of(ColumnSpec.of("id", "int"), new ColumnSpec("name", "string", false, null, null));
  private static final List<ColumnSpec> MENDED =
      List.of(ColumnSpec.of("id", "int"), ColumnSpec.of("name", "string"));

  @TempDir Path folder;

  @Test
  void aValueIsTheTextThatKafkaHeldElseBase64AndNullWhereThereIsNone() throws Exception {
    byte[] binary = new byte[200];
    Arrays.fill(binary, (byte) 0xff);
    // A surrogate, and an overlong slash: no UTF-8 either.
    byte[] surrogate = {'a', (byte) 0xed, (byte) 0xa0, (byte) 0x80};
    byte[] overlong = {(byte) 0xc0, (byte) 0xaf};
    TestLake lake = lake(STRICT);
    lake.archive()
        .put(
            List.of(
                message("a", "{\"id\":1,\"name\":\"good\"}"),
                message("b", "{\"id\":\n  \"two\",\t\"name\":\"żółw\"}"),
                message("c", ""),
                bytes(1, binary),
                bytes(1, surrogate),
                bytes(3, overlong),
                tombstone("d"),
                message("e", "\u0000 \"no\" json")));
    lake.archive().put(List.of(message("f", "{\"id\":2,\"name\":\"good\"}")));
    lake.archive().put(List.of(bytes(3, "[".getBytes(StandardCharsets.UTF_8))));

    lake.run();

    assertThat(lake.query(VALUES))
        .containsExactly(
            "[0,1,{\"id\":\n  \"two\",\t\"name\":\"żółw\"},null]",
            "[0,2,,null]",
            "[0,3,null,null]",
            "[0,4,\u0000 \"no\" json,null]",
            "[1,0,null,%s]".formatted(Base64.getEncoder().encodeToString(binary)),
            "[1,1,null,%s]".formatted(Base64.getEncoder().encodeToString(surrogate)),
            "[3,0,null,%s]".formatted(Base64.getEncoder().encodeToString(overlong)),
            "[3,1,[,null]");
    assertThat(lake.query("select id from t order by id")).containsExactly("[1]", "[2]");
    assertThat(lake.query("select input_file_name() from q").stream().distinct()).hasSize(1);
    assertThat(tableLog()).contains("minValues").doesNotContain("żółw");
  }

  @Test
  void headersAreKeptAndKeysThatTheTextDoesNotHoldInFull() throws Exception {
    byte[] long257 = "k".repeat(257).getBytes(StandardCharsets.UTF_8);
    byte[] binary = {(byte) 0xff, 0};
    Map<String, Optional<byte[]>> headers = new LinkedHashMap<>();
    headers.put("trace", Optional.of(new byte[] {(byte) 0xfe}));
    headers.put("none", Optional.empty());
    TestLake lake = lake(STRICT);
    lake.archive()
        .put(
            List.of(
                new TestArchive.Message(
                    0, Optional.of(long257), Optional.of(new byte[] {'{'}), headers),
                new TestArchive.Message(0, Optional.of(binary), Optional.empty(), Map.of()),
                message("k".repeat(256), "{")));

    lake.run();

    assertThat(
            lake.query(
                "select _offset, _key_base64, transform(_headers, h -> concat(h.name, '=',"
                    + " coalesce(base64(h.value), 'null'))) from q order by _offset"))
        .containsExactly(
            "[0,%s,ArraySeq(trace=/g==, none=null)]"
                .formatted(Base64.getEncoder().encodeToString(long257)),
            "[1,/wA=,null]",
            "[2,null,null]");
  }

  @Test
  void greatValuesLieInSmallRowGroupsSoThatNobodyHasManyOfThemInMemory() throws Exception {
    byte[] great = new byte[3 << 20];
    new Random(1).nextBytes(great);
    TestLake lake = lake(STRICT);
    lake.archive()
        .put(
            IntStream.range(0, 12)
                .mapToObj(i -> message("a", i + Base64.getEncoder().encodeToString(great)))
                .toList());

    lake.run();

    assertThat(lake.query("select count(*), min(length(_value)) from q"))
        .containsExactly("[12,%d]".formatted((4 << 20) + 1));
    assertThat(rowGroups()).hasSizeGreaterThan(1).allMatch(rows -> rows <= 6);
  }

  @Test
  void valuesThatAreCompressedWellLieInSmallRowGroupsToo() throws Exception {
    TestLake lake = lake(STRICT);
    lake.archive().put(Collections.nCopies(450, message("a", "[" + "0,".repeat(1_000))));

    lake.run();

    assertThat(rowGroups()).hasSizeGreaterThan(2).allMatch(rows -> rows <= 200);
  }

  private List<Long> rowGroups() throws IOException {
    List<Long> groups = new ArrayList<>();
    for (Path file : files(folder.resolve("lake/_quarantine/events"), ".parquet")) {
      try (ParquetFileReader reader =
          ParquetFileReader.open(new LocalInputFile(file), ParquetReadOptions.builder().build())) {
        reader.getRowGroups().forEach(group -> groups.add(group.getRowCount()));
      }
    }
    return groups;
  }

  @Test
  void aQuarantineFromBeforeGetsValuesWithTheNextPlanAndDriversOfBeforeGoOnWritingToIt()
      throws Exception {
    TestLake lake = lake(STRICT);
    lake.archive().put(List.of(message("a", "{\"id\":1}")));
    lake.run();
    lake.quarantineFromBefore();
    SparkSession.setActiveSession(TestSpark.get());
    TestSpark.get()
        .sql(
            "ALTER TABLE delta.`%s` SET TBLPROPERTIES ('delta.enableChangeDataFeed' = 'true')"
                .formatted(lake.log().folders().quarantine()));
    lake.archive().put(List.of(message("b", "{\"id\":2}")));
    lake.run();
    assertThat(
            new DeltaTransactions(TestSpark.get())
                .state(lake.log().folders().quarantine())
                .orElseThrow()
                .properties())
        .containsEntry("delta.enableChangeDataFeed", "true")
        .containsEntry("delta.dataSkippingNumIndexedCols", "15")
        .containsEntry("parquet.block.row.count.limit", "200");
    DeltaTransactions.Pending earlier =
        new DeltaTransactions(TestSpark.get())
            .begin(
                lake.log().folders().quarantine(),
                new PlanMark(lake.log().application(), lake.account().plan() + 1));
    Dataset<Row> row =
        TestSpark.get().read().format("delta").load(lake.log().folders().quarantine().toString());
    earlier.write(
        row.filter("_offset = 0")
            .drop("_value", "_value_base64", "_key_base64", "_headers")
            .withColumn("_offset", lit(9L)));
    earlier.commit("an earlier release");

    assertThat(lake.query(VALUES))
        .containsExactly("[0,0,null,null]", "[0,1,{\"id\":2},null]", "[0,9,null,null]");
  }

  @Test
  void whatIsVoidLeavesNoValueAndTheNextPlanBringsItAgain() throws Exception {
    TestLake lake = lake(STRICT);
    lake.archive().put(List.of(message("a", "{\"id\":1}")));
    TestSpark.failAt("phase2.after-quarantine");
    assertThatThrownBy(lake::run).isInstanceOf(UncheckedIOException.class);
    assertThat(lake.query("select _plan, _value from q")).containsExactly("[1,{\"id\":1}]");
    new PlanRulings(lake.log(), Clock.systemUTC()).voidPlan(1, "ann", "wrong columns");
    lake.define(MENDED, WriteSpec.append(), null, null, null);

    lake.run();

    assertThat(lake.log().account(1).orElseThrow().outcome()).isEqualTo(PlanOutcome.VOID);
    assertThat(lake.query("select * from q")).isEmpty();
    assertThat(lake.query("select id from t")).containsExactly("[1]");
  }

  @Test
  void aReplayTakesTheValueFromWhatItResolvesAndLeavesThatOfWhatItSetsAsideAgain()
      throws Exception {
    TestLake lake = lake(STRICT);
    lake.archive().put(List.of(message("a", "{\"id\":1}"), message("b", "{\"id\":")));
    lake.run();
    lake.define(MENDED, WriteSpec.append(), null, null, null);
    lake.run();

    lake.replay(
        new ReplayRequest("events", List.of(), List.of(), OptionalLong.empty(), Duration.ZERO));

    long plan = lake.account().plan();
    assertThat(
            lake.query(
                "select _offset, _plan, _resolved_plan, _value from q order by _offset, _plan"))
        .containsExactly("[0,1,%d,null]".formatted(plan), "[1,%d,null,{\"id\":]".formatted(plan));
  }

  private TestLake lake(List<ColumnSpec> columns) {
    TestLake lake = new TestLake(folder);
    lake.define(columns, WriteSpec.append(), null, null, null);
    return lake;
  }

  private static TestArchive.Message bytes(int partition, byte[] value) {
    return new TestArchive.Message(partition, Optional.of("k"), Optional.of(value));
  }

  private String tableLog() throws IOException {
    StringBuilder log = new StringBuilder();
    for (Path file : files(folder.resolve("lake/_quarantine/events/_delta_log"), ".json")) {
      log.append(Files.readString(file));
    }
    return log.toString();
  }

  private static List<Path> files(Path folder, String ending) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(
              file ->
                  file.toString().endsWith(ending)
                      && !file.getFileName().toString().startsWith("."))
          .toList();
    }
  }
}
