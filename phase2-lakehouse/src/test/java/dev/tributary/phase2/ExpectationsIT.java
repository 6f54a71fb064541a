package dev.tributary.phase2;

import static dev.tributary.phase2.TestArchive.message;
import static dev.tributary.phase2.TestArchive.tombstone;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.spec.CheckPolicy;
import dev.tributary.core.spec.ChecksSpec;
import dev.tributary.core.spec.ColumnSpec;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.Deletes;
import dev.tributary.core.spec.ExpectationSpec;
import dev.tributary.core.spec.TargetSpec;
import dev.tributary.core.spec.WriteMode;
import dev.tributary.core.spec.WriteSpec;
import dev.tributary.phase2.backfill.BackfillRequest;
import dev.tributary.phase2.backfill.Selection;
import dev.tributary.phase2.execute.PlanExecutor;
import dev.tributary.phase2.plan.BackfillMode;
import dev.tributary.phase2.plan.ExpectationCount;
import dev.tributary.phase2.plan.PlanAccount;
import dev.tributary.phase2.plan.PlanCounts;
import dev.tributary.phase2.plan.PlanOutcome;
import dev.tributary.phase2.plan.PlanRulings;
import dev.tributary.phase2.plan.StepLedger;
import dev.tributary.streaming.PipelineMetrics;
import dev.tributary.streaming.StopSignal;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ExpectationsIT {
  private static final List<ColumnSpec> COLUMNS =
      List.of(
          ColumnSpec.of("id", "string"),
          ColumnSpec.of("amount", "bigint"),
          ColumnSpec.of("at", "timestamp"),
          ColumnSpec.of("gone", "boolean"));

  @TempDir Path folder;

  @Test
  void eachPolicyDoesItsPartAndCountsTheSameWhenThePlanIsDoneAgain() throws Exception {
    TestLake lake = new TestLake(folder);
    register(
        lake,
        WriteSpec.append(),
        expect("recent", "at_day >= date'2025-01-01'", CheckPolicy.WARN),
        expect("positive", "amount > 0", CheckPolicy.DROP),
        expect("known", "id is not null", CheckPolicy.QUARANTINE),
        expect("numbered", "_offset >= 0", CheckPolicy.FAIL));
    List<TestArchive.Message> records =
        List.of(
            message("a", row("\"a\"", "1", 2025)),
            message("b", row("null", "1", 2025)),
            message("c", row("\"c\"", "-1", 2025)),
            message("d", row("\"d\"", "null", 2025)),
            message("e", row("\"e\"", "1", 2020)),
            message("f", row("null", "-1", 2020)),
            message("g", row("\"g\"", "-1", 2020)),
            message("h", "{"));
    lake.archive().put(records);
    PipelineMetrics metrics = new PipelineMetrics("events", "phase2", Clock.systemUTC());
    lake.unit("run", metrics).run(new StopSignal());

    assertThat(lake.query("select id, amount from t order by id"))
        .containsExactly("[a,1]", "[e,1]");
    assertThat(lake.query("select _offset, _key, _step, _code, _message from q order by _offset"))
        .startsWith(
            "[1,b,checks,expectation,The expectation known does not hold for the record.]",
            "[5,f,checks,expectation,The expectation known does not hold for the record.]")
        .hasSize(3);
    PlanAccount once = lake.account();
    assertThat(once.counts()).isEqualTo(new PlanCounts(8, 2, 0, 0, 3, 3, 0, 0, 0));
    assertThat(once.steps())
        .containsExactly(
            new StepLedger("decode", 8, 0, 7, 0, 0, 1),
            new StepLedger("conform", 7, 0, 7, 0, 0, 0),
            new StepLedger("checks", 7, 0, 2, 3, 0, 2));
    assertThat(once.expectations())
        .containsExactly(
            new ExpectationCount("recent", "warn", 3),
            new ExpectationCount("positive", "drop", 4),
            new ExpectationCount("known", "quarantine", 2),
            new ExpectationCount("numbered", "fail", 0));
    assertThat(metrics.snapshot().unmet())
        .isEqualTo(Map.of("recent", 3L, "positive", 4L, "known", 2L, "numbered", 0L));

    lake.archive().put(records);
    TestSpark.failAt("phase2.after-quarantine");
    assertThatThrownBy(lake::run).isInstanceOf(UncheckedIOException.class);
    lake.run();
    PlanAccount again = lake.account();
    assertThat(again.plan()).isEqualTo(once.plan() + 1);
    assertThat(again.counts()).isEqualTo(once.counts());
    assertThat(again.steps()).isEqualTo(once.steps());
    assertThat(again.expectations()).isEqualTo(once.expectations());
    assertThat(lake.query("select count(*) from q")).containsExactly("[6]");
  }

  @Test
  @Tag("long")
  void anUpsertsDeletesAreNotCheckedAndItsAccountsBalance() throws Exception {
    TestLake lake = new TestLake(folder);
    register(
        lake,
        new WriteSpec(
            WriteMode.UPSERT, List.of("id"), List.of("at"), Deletes.HARD, Optional.of("gone")),
        expect("positive", "100 / amount > 0", CheckPolicy.QUARANTINE),
        expect("small", "amount < 10", CheckPolicy.DROP),
        expect("old", "at < timestamp'2025-01-01'", CheckPolicy.WARN));
    lake.archive().put(List.of(event("a", 1, 2020), event("b", 2, 2020), event("f", 3, 2020)));
    lake.run();
    lake.archive()
        .put(
            List.of(
                event("a", -5, 2021),
                message(
                    "b",
                    "{\"id\":\"b\",\"amount\":0,\"at\":\"2021-06-01T12:00:00Z\",\"gone\":true}"),
                tombstone("c"),
                event("d", 3, 2025),
                event("d", -1, 2026),
                event("e", 10, 2025),
                event("f", 4, 2021)));
    TestSpark.failAt("phase2.after-quarantine");
    assertThatThrownBy(lake::run).isInstanceOf(UncheckedIOException.class);
    lake.run();

    assertThat(lake.query("select id, amount from t order by id"))
        .containsExactly("[a,1]", "[d,3]", "[f,4]");
    assertThat(lake.query("select _offset, _step, _code from q order by _offset"))
        .containsExactly("[3,checks,expectation]", "[7,checks,expectation]");
    assertThat(lake.account().counts()).isEqualTo(new PlanCounts(7, 1, 1, 1, 1, 2, 0, 0, 1));
    assertThat(lake.account().steps())
        .containsExactly(
            new StepLedger("decode", 6, 0, 6, 0, 0, 0),
            new StepLedger("conform", 6, 0, 6, 0, 0, 0),
            new StepLedger("checks", 6, 0, 3, 1, 0, 2));
    assertThat(lake.account().expectations())
        .containsExactly(
            new ExpectationCount("positive", "quarantine", 2),
            new ExpectationCount("small", "drop", 1),
            new ExpectationCount("old", "warn", 3));
    assertThat(lake.account().unbalanced()).isEmpty();
  }

  @Test
  @Tag("long")
  void aPlanThatAnExpectationFailsWaitsForARulingAndADryRunSaysSoBefore() throws Exception {
    TestLake lake = new TestLake(folder);
    register(
        lake,
        WriteSpec.append(),
        expect("known", "id is not null", CheckPolicy.QUARANTINE),
        expect("positive", "amount > 0", CheckPolicy.FAIL));
    List<TestArchive.Message> records =
        List.of(
            message("a", row("\"a\"", "1", 2025)),
            message("b", row("null", "0", 2025)),
            message("c", row("\"c\"", "0", 2025)));
    lake.archive().put(records);

    assertThatThrownBy(lake::run)
        .isInstanceOfSatisfying(
            TributaryException.class,
            error -> assertThat(error.code()).isEqualTo(ErrorCode.PLAN_NOT_ADMITTED))
        .hasMessageContaining("Plan 1 of dataset 'events' has 2 of 3 records")
        .hasMessageContaining("the expectation 'positive', whose policy is fail, does not hold")
        .hasMessageContaining("offset=1]")
        .hasMessageContaining("accept the plan");
    assertThat(lake.query("select count(*) from t")).containsExactly("[0]");
    assertThat(folder.resolve("lake/_quarantine/events")).doesNotExist();

    new PlanRulings(lake.log(), Clock.systemUTC()).accept(1, "ann", "known");
    lake.run();
    List<ExpectationCount> counts =
        List.of(
            new ExpectationCount("known", "quarantine", 1),
            new ExpectationCount("positive", "fail", 2));
    assertThat(lake.query("select id from t order by id")).containsExactly("[a]", "[c]");
    assertThat(lake.account().counts()).isEqualTo(new PlanCounts(3, 2, 0, 0, 0, 1, 0, 0, 0));
    assertThat(lake.account().expectations()).isEqualTo(counts);

    JsonNode report =
        lake.dryRun(
            new BackfillRequest(
                "events",
                BackfillMode.REPLACE,
                Selection.ALL,
                OptionalLong.empty(),
                Optional.empty(),
                Optional.empty(),
                OptionalLong.empty(),
                Duration.ZERO));
    assertThat(report.at("/expectations/0/failed").asInt()).isEqualTo(1);
    assertThat(report.at("/expectations/1/name").asText()).isEqualTo("positive");
    assertThat(report.at("/expectations/1/failed").asInt()).isEqualTo(2);
    assertThat(report.at("/partitions").toString()).isEqualTo("[\"at_day=2025-06-01\"]");
    assertThat(report.at("/refusals/0").asText()).contains("the expectation 'positive'");

    lake.archive().put(records);
    assertThatThrownBy(lake::run).hasMessageContaining("'positive'");
    new PlanRulings(lake.log(), Clock.systemUTC()).voidPlan(2, "ann", "zero is fine");
    register(
        lake, WriteSpec.append(), expect("positive", "amount >= 0 and id < 'c'", CheckPolicy.WARN));
    lake.run();
    assertThat(lake.log().account(2).orElseThrow().outcome()).isEqualTo(PlanOutcome.VOID);
    assertThat(lake.log().account(2).orElseThrow().expectations()).isEmpty();
    assertThat(lake.account().counts()).isEqualTo(new PlanCounts(3, 3, 0, 0, 0, 0, 0, 0, 0));
    assertThat(lake.account().expectations())
        .containsExactly(new ExpectationCount("positive", "warn", 2));
  }

  @Test
  void aRecordOnWhichAnExpectationThrowsIsFoundAndSetAside() throws Exception {
    TestLake lake = new TestLake(folder);
    register(
        lake,
        WriteSpec.append(),
        expect("share", "100 / amount > 1", CheckPolicy.DROP),
        expect("lettered", "id < 'c'", CheckPolicy.WARN));
    lake.archive()
        .put(
            List.of(
                message("a", row("\"a\"", "1", 2025)),
                message("b", row("\"b\"", "0", 2025)),
                message("c", row("\"c\"", "200", 2025)),
                message("d", row("\"d\"", "2", 2025))));
    lake.run();

    assertThat(lake.query("select id from t order by id")).containsExactly("[a]", "[d]");
    assertThat(lake.query("select _offset, _step, _code, _message from q"))
        .containsExactly(
            "[1,checks,transform-failed,The step checks throws DIVIDE_BY_ZERO on this record.]");
    assertThat(lake.account().counts()).isEqualTo(new PlanCounts(4, 2, 0, 0, 1, 1, 0, 0, 0));
    assertThat(lake.account().steps()).endsWith(new StepLedger("checks", 4, 0, 2, 1, 0, 1));
    assertThat(lake.account().expectations())
        .containsExactly(
            new ExpectationCount("share", "drop", 1), new ExpectationCount("lettered", "warn", 2));
  }

  @Test
  void whatIsNoPredicateOfOneRowIsRejectedBeforeItComesIntoForce() throws Exception {
    TestLake lake = new TestLake(folder);
    register(lake, WriteSpec.append(), expect("fine", "amount > 0", CheckPolicy.WARN));
    PlanExecutor executor = new PlanExecutor(TestSpark.get(), lake.log(), "run", Clock.systemUTC());
    for (String[] wrong :
        new String[][] {
          {"amount", "is of the type BIGINT"},
          {"amout > 0", "amout"},
          {"amount >", "no SQL expression"},
          {"_key = 'a'", "_key"},
          {"sum(amount) > 0", "no expression of one row"},
          {"row_number() over (order by id) = 1", "no expression of one row"},
          {"amount in (select 1)", "holds a query"},
          {"at < now()", "the column _ingest_time"}
        }) {
      assertThatThrownBy(
              () ->
                  executor.check(
                      Optional.empty(),
                      spec(lake, WriteSpec.append(), expect("odd", wrong[0], CheckPolicy.WARN))))
          .isInstanceOfSatisfying(
              TributaryException.class,
              error -> assertThat(error.code()).isEqualTo(ErrorCode.SPEC_INVALID))
          .hasMessageContaining("The checks of dataset 'events' cannot be used")
          .hasMessageContaining("expectation odd")
          .hasMessageContaining(wrong[1]);
    }

    lake.run();
    register(lake, WriteSpec.append(), expect("odd", "rand() > 0", CheckPolicy.DROP));
    lake.archive().put(List.of(message("a", row("\"a\"", "0", 2025))));
    lake.run();
    assertThat(lake.specs().activations().get(1).reason().orElseThrow())
        .contains("expectation odd", "rand");
    assertThat(lake.account().expectations())
        .containsExactly(new ExpectationCount("fine", "warn", 1));
  }

  private static ExpectationSpec expect(String name, String expression, CheckPolicy policy) {
    return new ExpectationSpec(name, expression, policy);
  }

  private static void register(TestLake lake, WriteSpec write, ExpectationSpec... expectations) {
    lake.specs().dataset(spec(lake, write, expectations));
  }

  private static DatasetSpec spec(TestLake lake, WriteSpec write, ExpectationSpec... expectations) {
    List<String> partitions = write.mode() == WriteMode.APPEND ? List.of("day(at)") : List.of();
    return new DatasetSpec(
            "events",
            "events",
            null,
            new TargetSpec(lake.table(), partitions, null),
            COLUMNS,
            write,
            null,
            null,
            null,
            null)
        .withChecks(new ChecksSpec(List.of(expectations)));
  }

  private static String row(String id, String amount, int year) {
    return "{\"id\":%s,\"amount\":%s,\"at\":\"%d-06-01T12:00:00Z\"}".formatted(id, amount, year);
  }

  private static TestArchive.Message event(String id, long amount, int year) {
    return message(id, row("\"" + id + "\"", Long.toString(amount), year));
  }
}
