package dev.tributary.phase2;

import static dev.tributary.phase2.TestArchive.message;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tributary.core.spec.ColumnSpec;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.TargetSpec;
import dev.tributary.core.spec.WriteMode;
import dev.tributary.core.spec.WriteSpec;
import dev.tributary.phase2.backfill.BackfillRequest;
import dev.tributary.phase2.backfill.Selection;
import dev.tributary.phase2.backfill.Selection.EntryBound;
import dev.tributary.phase2.plan.BackfillMode;
import dev.tributary.phase2.plan.PlanAccount;
import dev.tributary.phase2.plan.PlanCounts;
import dev.tributary.phase2.plan.Replaced;
import dev.tributary.streaming.StopSignal;
import io.delta.tables.DeltaTable;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class BackfillIT {
  private static final List<ColumnSpec> COLUMNS =
      List.of(ColumnSpec.of("id", "bigint"), new ColumnSpec("name", "string", false, null, null));

  /** What was quarantined without a name passes, an amount that is no number fails. */
  private static final List<ColumnSpec> LATER =
      List.of(
          ColumnSpec.of("id", "bigint"),
          ColumnSpec.of("name", "string"),
          ColumnSpec.of("amount", "bigint"));

  private static final List<ColumnSpec> KEYED =
      List.of(
          ColumnSpec.of("id", "string"),
          ColumnSpec.of("at", "int"),
          ColumnSpec.of("value", "string"),
          ColumnSpec.of("gone", "boolean"));

  @TempDir Path folder;

  @Test
  void fillWritesExactlyTheRecordsThatTheTableLacks() throws Exception {
    TestLake lake = appended(numbers(0, 4), List.of(message("b", "{"), message("c", "{")));
    PlanAccount live = lake.account();
    DeltaTable.forPath(TestSpark.get(), lake.table()).delete("_offset IN (1, 2)");

    lake.backfill(request(BackfillMode.FILL)).run(new StopSignal());

    assertThat(lake.query("select id from t order by _offset"))
        .containsExactly("[0]", "[1]", "[2]", "[3]");
    assertThat(lake.query("select _offset, _plan from q order by _offset"))
        .containsExactly("[4,1]", "[5,1]");
    assertThat(lake.account().counts()).isEqualTo(new PlanCounts(6, 2, 0, 0, 0, 0, 0, 0, 0, 4));
    assertThat(lake.account().counts().balanced()).isTrue();
    assertThat(lake.account().positions()).isEqualTo(live.positions());
    assertThat(lake.account().totals()).isEqualTo(live.totals());
    assertThat(lake.account().inForce()).isEqualTo(live.inForce());
    assertThat(lake.account().backfilled().orElseThrow().of("events").counts().held()).isEqualTo(4);

    lake.backfill(request(BackfillMode.FILL)).run(new StopSignal());
    assertThat(lake.account().counts())
        .as("done again, since it was given no name")
        .isEqualTo(new PlanCounts(6, 0, 0, 0, 0, 0, 0, 0, 0, 6));
    lake.archive().put(numbers(6, 1));
    lake.run();
    assertThat(lake.query("select count(*), count(distinct _offset) from t"))
        .containsExactly("[5,5]");
    assertThat(lake.account().totals().get("events").read()).isEqualTo(7);
    assertThat(lake.account().backfilled().orElseThrow().of("events").counts().read())
        .as("carried on by live plans")
        .isEqualTo(12);
  }

  @Test
  void replaceWritesARangeAgainUnderAnotherVersionAndTheRestStaysAsItWas() throws Exception {
    TestLake lake =
        appended(
            List.of(
                message("a", "{\"id\":0,\"name\":\"n\",\"amount\":10}"),
                message("b", "{\"id\":1,\"amount\":11}"),
                message("c", "{\"id\":2,\"name\":\"n\",\"amount\":true}")),
            List.of(message("d", "{\"id\":3,\"name\":\"n\",\"amount\":13}")));
    assertThat(lake.query("select _offset, _code from q")).containsExactly("[1,missing-column]");
    lake.define(LATER, WriteSpec.append(), null, null, null);
    lake.run();

    lake.backfill(request(BackfillMode.REPLACE, entries(1, 1))).run(new StopSignal());

    assertThat(lake.query("select id, name, amount from t order by _offset"))
        .containsExactly("[0,n,10]", "[1,null,11]", "[3,n,null]");
    assertThat(lake.query("select _offset, _code, _dataset_version from q"))
        .containsExactly("[2,wrong-type,2]");
    assertThat(lake.account().counts()).isEqualTo(new PlanCounts(3, 2, 0, 0, 0, 1, 0, 0, 0));
    assertThat(lake.account().replaced()).contains(new Replaced(2, 1));
    assertThat(lake.account().datasetVersion()).isEqualTo(2);

    lake.backfill(request(BackfillMode.REPLACE, OptionalLong.of(1))).run(new StopSignal());
    assertThat(lake.query("select id, name, amount from t order by _offset"))
        .as("as the version before would have made it")
        .containsExactly("[0,n,null]", "[2,n,null]", "[3,n,null]");
    assertThat(lake.query("select _offset from q")).containsExactly("[1]");
    assertThat(lake.account().inForce()).containsEntry("events", 2L);
    assertThat(lake.account().unbalanced()).isEmpty();
  }

  @Test
  void aDryRunOfAnUpsertCountsWhatAMergeWouldDoAndNamesThePartitions() throws Exception {
    TestLake lake = new TestLake(folder);
    lake.specs()
        .dataset(
            new DatasetSpec(
                "events",
                "events",
                null,
                new TargetSpec(lake.table(), List.of("at"), null),
                KEYED,
                new WriteSpec(WriteMode.UPSERT, List.of("id"), null, null, Optional.empty()),
                null,
                null,
                null,
                null));
    lake.archive()
        .put(
            List.of(
                message("a", "{\"id\":\"a\",\"at\":1}"),
                message("a", "{\"id\":\"a\",\"at\":2}"),
                message("b", "{\"id\":\"b\",\"at\":3}"),
                message("c", "{\"id\":\"c\",\"at\":4}")));
    lake.run();
    DeltaTable.forPath(TestSpark.get(), lake.table()).delete("id = 'b'");

    JsonNode report = lake.dryRun(request(BackfillMode.FILL));
    lake.backfill(request(BackfillMode.FILL)).run(new StopSignal());

    assertThat(report.at("/counts/held").asInt()).isEqualTo(2);
    assertThat(report.at("/counts/inserted").asInt()).isEqualTo(1);
    assertThat(report.at("/counts/late").asInt()).isEqualTo(1);
    assertThat(report.at("/partitions").toString()).isEqualTo("[\"at=3\"]");
    assertThat(lake.account().counts()).isEqualTo(new PlanCounts(4, 1, 0, 0, 0, 0, 0, 1, 0, 2));
  }

  @SafeVarargs
  private final TestLake appended(List<TestArchive.Message>... entries) throws Exception {
    TestLake lake = new TestLake(folder);
    lake.define(COLUMNS, WriteSpec.append(), null, null, null);
    for (List<TestArchive.Message> entry : entries) {
      lake.archive().put(entry);
    }
    lake.run();
    return lake;
  }

  private static BackfillRequest request(BackfillMode mode) {
    return request(mode, Selection.ALL);
  }

  private static BackfillRequest request(BackfillMode mode, Selection selection) {
    return new BackfillRequest(
        "events",
        mode,
        selection,
        OptionalLong.empty(),
        Optional.empty(),
        Optional.empty(),
        OptionalLong.empty(),
        Duration.ZERO);
  }

  private static BackfillRequest request(BackfillMode mode, OptionalLong version) {
    return new BackfillRequest(
        "events",
        mode,
        Selection.ALL,
        version,
        Optional.empty(),
        Optional.empty(),
        OptionalLong.empty(),
        Duration.ZERO);
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

  private static List<TestArchive.Message> numbers(int from, int count) {
    return IntStream.range(from, from + count)
        .mapToObj(
            number ->
                message("k" + number, "{\"id\":%d,\"name\":\"n%d\"}".formatted(number, number)))
        .toList();
  }
}
