package dev.tributary.phase2;

import static dev.tributary.phase2.TestArchive.message;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.core.spec.ColumnSpec;
import dev.tributary.core.spec.WriteSpec;
import dev.tributary.phase2.backfill.BackfillRequest;
import dev.tributary.phase2.backfill.Selection;
import dev.tributary.phase2.plan.BackfillMode;
import dev.tributary.phase2.plan.PlanAccount;
import dev.tributary.phase2.plan.PlanCounts;
import dev.tributary.streaming.StopSignal;
import io.delta.tables.DeltaTable;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class BackfillIT {
  private static final List<ColumnSpec> COLUMNS =
      List.of(ColumnSpec.of("id", "bigint"), new ColumnSpec("name", "string", false, null, null));

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

  private static List<TestArchive.Message> numbers(int from, int count) {
    return IntStream.range(from, from + count)
        .mapToObj(
            number ->
                message("k" + number, "{\"id\":%d,\"name\":\"n%d\"}".formatted(number, number)))
        .toList();
  }
}
