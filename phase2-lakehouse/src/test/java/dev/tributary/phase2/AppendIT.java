package dev.tributary.phase2;

import static dev.tributary.phase2.TestArchive.message;
import static dev.tributary.phase2.TestArchive.tombstone;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.spec.BreakerSpec;
import dev.tributary.core.spec.ColumnSpec;
import dev.tributary.core.spec.WriteSpec;
import dev.tributary.phase2.plan.PlanCounts;
import dev.tributary.phase2.plan.PlanOutcome;
import dev.tributary.phase2.plan.PlanRulings;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class AppendIT {
  private static final List<ColumnSpec> COLUMNS =
      List.of(
          ColumnSpec.of("id", "bigint"),
          new ColumnSpec("name", "string", false, null, null),
          ColumnSpec.of("amount", "decimal(10,2)"));

  @TempDir Path folder;

  @Test
  void goodRecordsBecomeRowsAndBadOnesGoToQuarantineWithTheReason() throws Exception {
    TestLake lake = new TestLake(folder);
    lake.define(COLUMNS, WriteSpec.append(), null, null, null);
    lake.archive()
        .put(
            List.of(
                message("a", "{\"id\":1,\"name\":\"one\",\"amount\":1.50}"),
                message("b", "{\"id\":2,"),
                message("c", "{\"id\":\"x\",\"name\":\"three\"}"),
                message("d", "{\"id\":4}"),
                tombstone("e"),
                message("f", "{\"id\":6,\"name\":\"six\",\"other\":true}")));

    lake.run();

    assertThat(
            lake.query(
                "select id, name, amount, _topic, _partition, _offset, _sequence from t order by _offset"))
        .containsExactly("[1,one,1.50,events,0,0,1]", "[6,six,null,events,0,5,1]");
    assertThat(lake.query("select _offset, _key, _step, _code, _plan from q order by _offset"))
        .containsExactly(
            "[1,b,decode,not-json,1]",
            "[2,c,decode,wrong-type,1]",
            "[3,d,decode,missing-column,1]",
            "[4,e,decode,tombstone,1]");
    assertThat(lake.account().counts()).isEqualTo(new PlanCounts(6, 2, 0, 0, 0, 4, 0, 0, 0));
    assertThat(lake.account().totals()).containsEntry("events", lake.account().counts());
    assertThat(lake.account().position("events", "events")).isEqualTo(2);
    assertThat(lake.specs().activations()).hasSize(1);
  }

  @Test
  void aBatchTakesWholeEntriesAndARunGoesOnWhereTheLastOneEnded() throws Exception {
    TestLake lake = new TestLake(folder);
    lake.define(COLUMNS, WriteSpec.append(), null, null, 5L);
    for (int entry = 0; entry < 4; entry++) {
      lake.archive().put(numbers(entry * 3, 3));
    }
    lake.run();
    long plans = lake.account().plan();
    lake.run();
    assertThat(lake.account().plan()).as("nothing new, nothing planned").isEqualTo(plans);
    lake.archive().put(numbers(12, 20));
    lake.run();

    assertThat(plans).as("one for the table, then 3 records each").isEqualTo(4);
    assertThat(lake.query("select count(*), count(distinct _offset), max(_offset) from t"))
        .containsExactly("[32,32,31]");
    assertThat(lake.account().totals().get("events").inserted()).isEqualTo(32);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "phase2.plan-put",
        "phase2.before-tombstones",
        "phase2.after-tombstones",
        "phase2.after-quarantine",
        "phase2.after-table",
        "phase2.after-account"
      })
  void aRunThatDiesAnywhereIsFinishedByTheNextExactly(String point) throws Exception {
    TestLake lake = new TestLake(folder);
    lake.define(COLUMNS, WriteSpec.append(), null, null, null);
    lake.archive().put(numbers(0, 10));
    lake.run();
    lake.archive().put(List.of(message("b", "{"), message("c", "{\"id\":11,\"name\":\"n\"}")));
    TestSpark.failAt(point);
    assertThatThrownBy(lake::run).isInstanceOf(UncheckedIOException.class);

    lake.archive().put(numbers(12, 10));
    lake.run();

    assertThat(lake.query("select count(*), count(distinct _offset), sum(_offset) from t"))
        .containsExactly("[21,21,221]");
    assertThat(lake.query("select _offset, _plan from q")).containsExactly("[10,2]");
    assertThat(lake.account().totals().get("events"))
        .isEqualTo(new PlanCounts(22, 21, 0, 0, 0, 1, 0, 0, 0));
  }

  @Test
  void aPlanThatIsTooBadWaitsForARulingAndIsWrittenWhenItIsAccepted() throws Exception {
    TestLake lake = tooBad();

    assertThatThrownBy(lake::run)
        .isInstanceOfSatisfying(
            TributaryException.class,
            error -> assertThat(error.code()).isEqualTo(ErrorCode.PLAN_NOT_ADMITTED))
        .hasMessageContaining("would set aside 3 of 4 records");
    assertThat(lake.query("select count(*) from t")).containsExactly("[0]");
    assertThatThrownBy(lake::run).hasMessageContaining("would set aside");

    new PlanRulings(lake.log(), Clock.systemUTC()).accept(1, "ann", "known");
    lake.run();
    assertThat(lake.account().counts()).isEqualTo(new PlanCounts(4, 1, 0, 0, 0, 3, 0, 0, 0));
  }

  @Test
  void aVoidPlanWritesNothingAndTheNextOneTakesItsEntriesUnderTheNextVersion() throws Exception {
    TestLake lake = tooBad();
    assertThatThrownBy(lake::run).isInstanceOf(TributaryException.class);
    new PlanRulings(lake.log(), Clock.systemUTC()).voidPlan(1, "ann", "wrong columns");
    lake.define(COLUMNS, WriteSpec.append(), null, new BreakerSpec(1.0, 1L), null);

    lake.run();

    assertThat(lake.log().account(1).orElseThrow().outcome()).isEqualTo(PlanOutcome.VOID);
    assertThat(lake.log().account(1).orElseThrow().counts()).isEqualTo(PlanCounts.NONE);
    assertThat(lake.account().counts()).isEqualTo(new PlanCounts(4, 1, 0, 0, 0, 3, 0, 0, 0));
    assertThat(lake.query("select distinct _plan from q")).containsExactly("[3]");
    assertThat(lake.query("select _offset from t")).containsExactly("[0]");
  }

  @Test
  void aColumnIsAddedWhileHistoryStaysAndAChangeThatCannotBeIsRejected() throws Exception {
    TestLake lake = new TestLake(folder);
    lake.define(COLUMNS.subList(0, 2), WriteSpec.append(), null, null, null);
    lake.archive().put(numbers(0, 1));
    lake.run();
    lake.define(COLUMNS, WriteSpec.append(), null, null, null);
    lake.archive().put(List.of(message("b", "{\"id\":1,\"name\":\"n\",\"amount\":2}")));
    lake.run();
    lake.define(COLUMNS.subList(0, 2), WriteSpec.append(), null, null, null);
    lake.archive().put(List.of(message("c", "{\"id\":2,\"name\":\"n\",\"amount\":3}")));
    lake.run();

    assertThat(lake.query("select id, amount from t order by id"))
        .containsExactly("[0,null]", "[1,2.00]", "[2,3.00]");
    assertThat(lake.specs().activations())
        .extracting(activation -> activation.version() + " " + activation.outcome())
        .containsExactly("1 ACTIVE", "2 ACTIVE", "3 REJECTED");
    assertThat(lake.account().inForce()).containsEntry("events", 2L);
  }

  private TestLake tooBad() throws Exception {
    TestLake lake = new TestLake(folder);
    lake.define(COLUMNS, WriteSpec.append(), null, new BreakerSpec(0.5, 2L), null);
    lake.archive()
        .put(
            List.of(
                message("a", "{\"id\":1,\"name\":\"one\"}"),
                message("b", "x"),
                message("c", "x"),
                message("d", "x")));
    return lake;
  }

  private static List<TestArchive.Message> numbers(int from, int count) {
    return IntStream.range(from, from + count)
        .mapToObj(
            number ->
                message("k" + number, "{\"id\":%d,\"name\":\"n%d\"}".formatted(number, number)))
        .toList();
  }
}
