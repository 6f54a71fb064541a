package dev.tributary.phase2;

import static dev.tributary.phase2.TestArchive.message;
import static dev.tributary.phase2.TestArchive.tombstone;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.tributary.archive.ArchiveSweep;
import dev.tributary.archive.Author;
import dev.tributary.archive.ManifestLog;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.metastore.Activation;
import dev.tributary.core.metastore.TableTiers;
import dev.tributary.core.spec.BreakerSpec;
import dev.tributary.core.spec.ColumnSpec;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.Versioned;
import dev.tributary.core.spec.WriteSpec;
import dev.tributary.phase2.live.DatasetUnit;
import dev.tributary.phase2.plan.DdlChange;
import dev.tributary.phase2.plan.Plan;
import dev.tributary.phase2.plan.PlanCounts;
import dev.tributary.phase2.plan.PlanKind;
import dev.tributary.phase2.plan.PlanOutcome;
import dev.tributary.phase2.plan.PlanRulings;
import dev.tributary.phase2.table.DeltaTransactions;
import dev.tributary.phase2.table.PlanMark;
import dev.tributary.streaming.PipelineMetrics;
import dev.tributary.streaming.StopSignal;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
    lake.reportTables(Duration.ofMinutes(5));
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
                "select id, name, amount, _topic, _partition, _offset, _sequence from t order by"
                    + " _offset"))
        .containsExactly("[1,one,1.50,events,0,0,1]", "[6,six,null,events,0,5,1]");
    assertThat(
            lake.query("select _offset, _key, _step, _code, _plan from q order by _offset, _plan"))
        .containsExactly(
            "[1,b,decode,not-json,1]",
            "[2,c,decode,wrong-type,1]",
            "[3,d,decode,missing-column,1]",
            "[4,e,decode,tombstone,1]");
    assertThat(lake.account().counts()).isEqualTo(new PlanCounts(6, 2, 0, 0, 0, 4, 0, 0, 0));
    assertThat(lake.account().totals()).containsEntry("events", lake.account().counts());
    assertThat(lake.account().position("events", "events")).isEqualTo(2);
    assertThat(lake.specs().activations()).hasSize(1);
    assertThat(lake.specs().tables()).as("told once, when the run ends").hasSize(1);
    TableTiers tiers = lake.specs().tables().get(0).tiers();
    assertThat(tiers.table().orElseThrow().rows()).contains(2L);
    assertThat(tiers.quarantine().orElseThrow().rows()).contains(4L);
    assertThat(tiers.archive().get(0).records()).isEqualTo(6);
    assertThat(tiers.plan().orElseThrow().plan()).isEqualTo(1);
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
    Activation first = lake.specs().reports().get(0);
    assertThat(lake.specs().reports())
        .as("each run says where the version came into force, and not where it is now")
        .hasSize(3)
        .allSatisfy(
            activation -> {
              assertThat(activation.sequences()).isEqualTo(first.sequences());
              assertThat(activation.deltaVersion()).contains(0L);
            });
  }

  @Test
  @Tag("long")
  void aRunThatDiesAnywhereIsFinishedByTheNextExactly() throws Exception {
    TestLake lake = new TestLake(folder);
    lake.define(COLUMNS, WriteSpec.append(), null, null, null);
    lake.archive().put(numbers(0, 10));
    lake.run();
    List<String> points =
        List.of(
            "phase2.plan-put",
            "phase2.before-tombstones",
            "phase2.after-tombstones",
            "phase2.after-quarantine",
            "phase2.after-table",
            "phase2.after-account");
    List<String> quarantined = new ArrayList<>();
    for (int i = 0; i < points.size(); i++) {
      lake.archive().put(List.of(message("b", "{"), message("c", "{\"id\":11,\"name\":\"n\"}")));
      TestSpark.failAt(points.get(i));
      assertThatThrownBy(lake::run).isInstanceOf(UncheckedIOException.class);
      lake.archive().put(numbers(12, 3));
      lake.run();
      quarantined.add("[%d,%d]".formatted(10 + 5 * i, 2 + 2 * i));
    }

    assertThat(lake.query("select count(*), count(distinct _offset), max(_offset) from t"))
        .containsExactly("[34,34,39]");
    assertThat(lake.query("select _offset, _plan from q order by _offset, _plan"))
        .containsExactlyElementsOf(quarantined);
    assertThat(lake.account().totals().get("events"))
        .isEqualTo(new PlanCounts(40, 34, 0, 0, 0, 6, 0, 0, 0));
    assertThat(lake.account().unbalanced()).isEmpty();
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
  void moreBadRecordsThanTheDriverKeepsAreSetAsideByOneThatIsToldToKeepThem() throws Exception {
    TestLake lake = tooBad();
    Configuration settings = TestSpark.get().sparkContext().hadoopConfiguration();
    try {
      settings.set("tributary.quarantine.mostRecords", "2");
      assertThatThrownBy(lake::run).hasMessageContaining("has 3 bad records, more than one plan");
      new PlanRulings(lake.log(), Clock.systemUTC()).accept(1, "ann", "known");
      assertThatThrownBy(lake::run)
          .as("a ruling is no memory")
          .isInstanceOfSatisfying(
              TributaryException.class,
              error -> assertThat(error.code()).isEqualTo(ErrorCode.PLAN_NOT_ADMITTED))
          .hasMessageContaining("--conf spark.hadoop.tributary.quarantine.mostRecords=3 ");
      settings.set("tributary.quarantine.mostRecords", "none");
      assertThatThrownBy(lake::run).hasMessageContaining("mostRecords is 'none'");
      settings.set("tributary.quarantine.mostRecords", "3");
      lake.run();
    } finally {
      settings.unset("tributary.quarantine.mostRecords");
    }
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
    SparkSession.setActiveSession(TestSpark.get());
    assertThat(
            new DeltaTransactions(TestSpark.get())
                .find(
                    lake.log().folders().quarantine(),
                    new PlanMark(lake.log().application(), 1),
                    -1))
        .as("a run that still works on the void plan cannot set records aside")
        .isPresent();
  }

  @Test
  void aDatasetThatFailedComesBackWithARulingOrANewVersionAndNotBefore() throws Exception {
    TestLake lake = tooBad();
    PipelineMetrics metrics = new PipelineMetrics("events", "phase2", Clock.systemUTC());
    DatasetUnit unit = lake.unit("run", metrics);
    assertThat(lake.unit("run", metrics).fingerprint()).isEqualTo(unit.fingerprint());
    TributaryException failure =
        catchThrowableOfType(TributaryException.class, () -> unit.run(new StopSignal()));
    metrics.failed(failure);

    assertThat(lake.unit("run", metrics).fingerprint()).isEqualTo(unit.fingerprint());
    new PlanRulings(lake.log(), Clock.systemUTC()).voidPlan(1, "ann", "wrong columns");
    DatasetUnit ruled = lake.unit("run", metrics);
    assertThat(ruled.fingerprint()).isNotEqualTo(unit.fingerprint());
    assertThatThrownBy(() -> ruled.run(new StopSignal())).hasMessageContaining("would set aside");
    metrics.failed(failure);
    assertThat(lake.unit("run", metrics).fingerprint()).isEqualTo(ruled.fingerprint());
    lake.define(COLUMNS, WriteSpec.append(), null, new BreakerSpec(1.0, 1L), null);
    assertThat(lake.unit("run", metrics).fingerprint()).isNotEqualTo(ruled.fingerprint());
  }

  @Test
  void aVersionThatDeltaWouldRefuseIsRejectedBeforeItIsPlannedAndTheOneBeforeGoesOn()
      throws Exception {
    TestLake lake = new TestLake(folder);
    lake.define(COLUMNS, WriteSpec.append(), null, null, null);
    lake.archive().put(numbers(0, 1));
    lake.run();
    List<ColumnSpec> spaced = new ArrayList<>(COLUMNS);
    spaced.add(ColumnSpec.of("two words", "string"));
    lake.define(spaced, WriteSpec.append(), null, null, null);
    lake.archive().put(numbers(1, 1));
    lake.run();
    lake.define(COLUMNS, Map.of("delta.logRetentionDuration", "as long as you like"));
    lake.archive().put(numbers(2, 1));
    lake.run();

    assertThat(lake.query("select count(*) from t")).containsExactly("[3]");
    assertThat(lake.specs().activations())
        .extracting(activation -> activation.version() + " " + activation.outcome())
        .containsExactly("1 ACTIVE", "2 REJECTED", "3 REJECTED");
    assertThat(lake.specs().activations().get(1).reason().orElseThrow()).contains("two words");
    assertThat(lake.account().plan()).isEqualTo(3);
  }

  @Test
  void aDdlPlanThatCannotBeDoneIsVoidedAndTheVersionBeforeGoesOn() throws Exception {
    TestLake lake = new TestLake(folder);
    lake.define(COLUMNS, WriteSpec.append(), null, null, null);
    lake.archive().put(numbers(0, 1));
    lake.run();
    List<ColumnSpec> spaced = new ArrayList<>(COLUMNS);
    spaced.add(ColumnSpec.of("two words", "string"));
    lake.define(spaced, WriteSpec.append(), null, null, null);
    Versioned<DatasetSpec> refused = lake.specs().dataset("events").orElseThrow();
    lake.log().putSpec(2, refused.spec());
    Plan first = lake.log().plan(0).orElseThrow();
    lake.log()
        .put(
            new Plan(
                first.format(),
                2,
                first.generation(),
                "by-hand",
                PlanKind.DDL,
                first.dataset(),
                2,
                "gone",
                first.plannedAt(),
                first.source(),
                first.jars(),
                lake.account().positions(),
                Optional.of(new DdlChange(1, 2))));
    assertThatThrownBy(lake::run).hasMessageContaining("two words");

    new PlanRulings(lake.log(), Clock.systemUTC()).voidPlan(2, "ann", "no such name");
    lake.archive().put(numbers(1, 1));
    lake.run();

    assertThat(lake.query("select count(*) from t")).containsExactly("[2]");
    assertThat(lake.log().account(2).orElseThrow().outcome()).isEqualTo(PlanOutcome.VOID);
    assertThat(lake.account().inForce()).containsEntry("events", 1L);
    assertThat(lake.specs().activations())
        .extracting(activation -> activation.version() + " " + activation.outcome())
        .containsExactly("1 ACTIVE", "2 REJECTED");
  }

  @Test
  void aReportThatTheMetastoreDidNotTakeIsMadeAgainInTheSameRun() throws Exception {
    TestLake lake = new TestLake(folder);
    lake.define(COLUMNS, WriteSpec.append(), null, null, null);
    lake.specs().loseReports(1);
    lake.run();

    assertThat(outcomes(lake)).containsExactly("1 ACTIVE");
  }

  @Tag("long")
  @Test
  void aReportThatARunCouldNotMakeIsMadeByTheNextAlsoWhereANewerVersionWaits() throws Exception {
    TestLake lake = new TestLake(folder);
    lake.define(COLUMNS.subList(0, 2), WriteSpec.append(), null, null, null);
    lake.archive().put(numbers(0, 1));
    lake.specs().loseReports(100);
    lake.run();
    assertThat(outcomes(lake)).isEmpty();

    lake.specs().loseReports(0);
    lake.define(COLUMNS, WriteSpec.append(), null, null, null);
    lake.run();

    assertThat(outcomes(lake)).containsExactly("1 ACTIVE", "2 ACTIVE");
    assertThat(lake.specs().activations().get(0).deltaVersion()).contains(0L);
  }

  @Test
  void aFirstVersionThatCannotBeIsRejectedToo() throws Exception {
    TestLake lake = new TestLake(folder);
    List<ColumnSpec> spaced = new ArrayList<>(COLUMNS);
    spaced.add(ColumnSpec.of("two words", "string"));
    lake.define(spaced, WriteSpec.append(), null, null, null);

    assertThatThrownBy(lake::run).hasMessageContaining("two words");

    assertThat(outcomes(lake)).containsExactly("1 REJECTED");
    assertThat(lake.specs().activations().get(0).reason().orElseThrow()).contains("two words");
  }

  private static List<String> outcomes(TestLake lake) {
    return lake.specs().activations().stream()
        .map(activation -> activation.version() + " " + activation.outcome())
        .toList();
  }

  @Test
  void aVersionThatWasGivenOutForAnotherSpecIsRejected() throws Exception {
    TestLake lake = new TestLake(folder);
    lake.define(COLUMNS, WriteSpec.append(), null, null, null);
    lake.archive().put(numbers(0, 1));
    lake.run();
    lake.log().putSpec(2, lake.specs().dataset("events").orElseThrow().spec());
    List<ColumnSpec> more = new ArrayList<>(COLUMNS);
    more.add(ColumnSpec.of("more", "string"));
    lake.define(more, WriteSpec.append(), null, null, null);
    lake.archive().put(numbers(1, 1));
    lake.run();

    assertThat(lake.specs().activations().get(1).reason().orElseThrow())
        .contains("Version 2 of dataset 'events'", "./tributary recover");
    assertThat(lake.account().inForce()).containsEntry("events", 1L);
    assertThat(lake.query("select count(*) from t")).containsExactly("[2]");
  }

  @Test
  void entriesWithoutARecordArePassedOnceTheyAreMany() throws Exception {
    TestLake lake = new TestLake(folder);
    lake.define(COLUMNS, WriteSpec.append(), null, null, null);
    lake.archive().put(numbers(0, 1));
    lake.run();
    long before = lake.log().head().getAsLong();
    ArchiveSweep sweep =
        new ArchiveSweep(
            ManifestLog.open(lake.archive().location(), "events", new Configuration()));
    for (int i = 0; i < 31; i++) {
      sweep.sweep(Duration.ofDays(1), new Author("test", "test"), 1_763_800_000_000L);
    }
    lake.run();
    assertThat(lake.log().head()).hasValue(before);

    sweep.sweep(Duration.ofDays(1), new Author("test", "test"), 1_763_800_000_000L);
    lake.run();
    lake.run();
    assertThat(lake.log().head()).hasValue(before + 1);
    assertThat(lake.account().counts()).isEqualTo(PlanCounts.NONE);
    assertThat(lake.account().position("events", "events")).isEqualTo(34);
    lake.archive().put(numbers(1, 1));
    lake.run();
    assertThat(lake.query("select count(*) from t")).containsExactly("[2]");
  }

  @Test
  void aPlanWhoseCountsDoNotAddUpIsFlaggedForEverAndTheLogGoesOn() throws Exception {
    TestLake lake = new TestLake(folder);
    lake.define(COLUMNS, WriteSpec.append(), null, null, null);
    lake.archive().put(numbers(0, 2));
    TestSpark.failAt("phase2.before-tombstones");
    assertThatThrownBy(lake::run).isInstanceOf(UncheckedIOException.class);
    SparkSession.setActiveSession(TestSpark.get());
    new DeltaTransactions(TestSpark.get())
        .begin(lake.log().folders().table(), new PlanMark(lake.log().application(), 1))
        .commit(
            "{\"plan\":1,\"planId\":\"%s\",\"outcome\":\"committed\",\"read\":2,\"appended\":1}"
                .formatted(lake.log().plan(1).orElseThrow().id()));
    lake.run();
    lake.archive().put(numbers(2, 2));
    lake.run();

    assertThat(lake.log().account(1).orElseThrow().counts().balanced()).isFalse();
    assertThat(lake.account().counts().balanced()).isTrue();
    assertThat(lake.account().unbalanced()).containsExactly(1L);
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
    List<ColumnSpec> narrowed = new ArrayList<>(COLUMNS);
    narrowed.set(0, narrowed.get(0).withType("tinyint"));
    lake.define(narrowed, WriteSpec.append(), null, null, null);
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
