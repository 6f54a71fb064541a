package dev.tributary.phase2;

import static dev.tributary.phase2.TestArchive.message;
import static dev.tributary.phase2.TestArchive.tombstone;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.spec.ColumnSpec;
import dev.tributary.core.spec.Deletes;
import dev.tributary.core.spec.TargetSpec;
import dev.tributary.core.spec.WriteMode;
import dev.tributary.core.spec.WriteSpec;
import dev.tributary.phase2.backfill.BackfillRequest;
import dev.tributary.phase2.backfill.Selection;
import dev.tributary.phase2.execute.PlanExecutor;
import dev.tributary.phase2.plan.BackfillMode;
import dev.tributary.phase2.plan.Plan;
import dev.tributary.phase2.plan.PlanCounts;
import dev.tributary.streaming.StopSignal;
import io.delta.tables.DeltaTable;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class HistoryIT {
  /** What columns were called on their way to a history, and are in the table of deletes. */
  private static final List<String> ONCE_INTERNAL =
      List.of(
          "__from",
          "__next",
          "__last",
          "__position",
          "__copy",
          "__order",
          "__origin",
          "__action",
          "__ends",
          "_order",
          "_plan",
          "_generation");

  private static final String ROWS =
      "select id, value, _valid_from, _valid_to, _current from t order by id, _valid_from, _offset";

  @TempDir Path folder;

  @Test
  @Tag("long")
  void columnsAndFieldsAreCalledAsTheyLike() throws Exception {
    TestLake lake = new TestLake(folder);
    List<ColumnSpec> columns =
        new ArrayList<>(
            List.of(
                ColumnSpec.of("id", "string"),
                ColumnSpec.of("at", "int"),
                ColumnSpec.of("gone", "boolean")));
    ONCE_INTERNAL.forEach(name -> columns.add(ColumnSpec.of(name, "string")));
    lake.define(
        columns,
        new WriteSpec(
            WriteMode.HISTORY, List.of("id"), List.of("at"), Deletes.HARD, Optional.of("gone")),
        null,
        null,
        null);
    for (int at : List.of(3, 1, 2)) {
      String fields =
          ONCE_INTERNAL.stream()
              .map(name -> "\"%s\":\"%s at %d\"".formatted(name, name, at))
              .collect(Collectors.joining(","));
      lake.archive()
          .put(
              List.of(
                  message("a", "{\"id\":\"a\",\"at\":%d,%s}".formatted(at, fields)),
                  message("a", "{\"id\":\"a\",\"at\":%d,\"gone\":true}".formatted(at + 10))));
      lake.run();
    }

    String all = ONCE_INTERNAL.stream().map("`%s`"::formatted).collect(Collectors.joining(", "));
    assertThat(lake.query("select at, _valid_to, _current, %s from t order by at".formatted(all)))
        .containsExactly(row(1, 2), row(2, 3), row(3, 11));
    assertThat(lake.account().unbalanced()).isEmpty();
  }

  private static String row(int at, int validTo) {
    return ONCE_INTERNAL.stream()
        .map(name -> "%s at %d".formatted(name, at))
        .collect(Collectors.joining(",", "[%d,%d,false,".formatted(at, validTo), "]"));
  }

  /** Topics of one source are planned apart, so that an older event can come in a later plan. */
  @ParameterizedTest
  @EnumSource(names = {"HARD", "SOFT"})
  @Tag("long")
  void theTableDoesNotDependOnHowEventsAreCutNorOnTheOrderInWhichTopicsArePlanned(Deletes deletes)
      throws Exception {
    TestLake lake = new TestLake(folder);
    lake.define(
        List.of(
            ColumnSpec.of("id", "string"),
            ColumnSpec.of("at", "timestamp"),
            ColumnSpec.of("value", "string"),
            ColumnSpec.of("kind", "string"),
            ColumnSpec.of("gone", "boolean")),
        new WriteSpec(
            WriteMode.HISTORY, List.of("ID"), List.of("AT"), deletes, Optional.of("gone")),
        new TargetSpec(lake.table(), List.of("kind"), null));
    TestArchive other = lake.anotherTopic("others");
    RandomHistories events = new RandomHistories(new Random(deletes.ordinal()), 1_000, 8);
    // Even entries are of one topic, odd ones of the other; ingested in the order of their numbers.
    for (List<Integer> visible :
        List.of(List.of(0, 2, 4), List.of(1), List.of(3, 5, 6), List.of(7))) {
      for (int entry : visible) {
        TestArchive archive = entry % 2 == 0 ? lake.archive() : other;
        archive.put(RandomHistories.time(entry), events.entry(entry));
      }
      lake.run();
    }

    String deleted = deletes == Deletes.SOFT ? ", _deleted" : "";
    assertThat(
            lake.query(
                "select id, value, kind, unix_millis(_valid_from), unix_millis(_valid_to), _current%s from t"
                    .formatted(deleted)))
        .containsExactlyInAnyOrderElementsOf(events.rows(deletes == Deletes.SOFT));
    PlanCounts totals = lake.account().totals().get("events");
    assertThat(totals.read()).isEqualTo(events.size());
    assertThat(totals.balanced()).isTrue();
    assertThat(totals.deleted() + totals.unmatched()).isEqualTo(events.deletes());
    assertThat(totals.inserted()).isEqualTo(events.size() - events.deletes());
    assertThat(lake.account().unbalanced()).isEmpty();
  }

  @Test
  void whatComesLateIsInsertedInTheMiddleAndEveryRecordIsCounted() throws Exception {
    TestLake lake = lake(Deletes.HARD, "int");
    lake.archive().put(List.of(event("a", 1), event("a", 5), delete("a", 7), delete("b", 4)));
    lake.run();
    assertThat(lake.account().counts()).isEqualTo(new PlanCounts(4, 2, 0, 1, 0, 0, 0, 0, 1));
    assertThat(lake.query(ROWS)).containsExactly("[a,a1,1,5,false]", "[a,a5,5,7,false]");

    lake.archive()
        .put(
            List.of(
                event("a", 3),
                event("b", 2),
                delete("a", 6),
                delete("a", 8),
                event("a", 9),
                message("c", "{\"id\":\"c\",\"value\":\"when?\"}"),
                tombstone("a"),
                event("a", 5)));
    lake.run();

    assertThat(lake.account().counts()).isEqualTo(new PlanCounts(8, 4, 0, 1, 0, 2, 0, 0, 1));
    assertThat(lake.query(ROWS))
        .containsExactly(
            "[a,a1,1,3,false]",
            "[a,a3,3,5,false]",
            "[a,a5,5,5,false]",
            "[a,a5,5,6,false]",
            "[a,a9,9,null,true]",
            "[b,b2,2,4,false]");
    assertThat(lake.query("select _offset, _code from q order by _offset"))
        .containsExactly("[9,missing-column]", "[10,tombstone-time]");

    DeltaTable.forPath(TestSpark.get(), lake.table()).delete("value in ('a3', 'a9')");
    JsonNode tried = lake.dryRun(request(BackfillMode.FILL));
    assertThat(tried.at("/counts/inserted").asLong()).isEqualTo(2);
    assertThat(tried.at("/counts/held").asLong()).isEqualTo(10);
    lake.backfill(request(BackfillMode.FILL)).run(new StopSignal());
    assertThat(lake.account().counts()).isEqualTo(new PlanCounts(12, 2, 0, 0, 0, 0, 0, 0, 0, 10));
    assertThat(lake.query(ROWS)).hasSize(6).contains("[a,a1,1,3,false]", "[a,a9,9,null,true]");
    assertThatThrownBy(() -> lake.backfill(request(BackfillMode.REPLACE)).run(new StopSignal()))
        .isInstanceOfSatisfying(
            TributaryException.class,
            error -> assertThat(error.code()).isEqualTo(ErrorCode.NOT_SUPPORTED))
        .hasMessageContaining("is a history table");
  }

  @Test
  void aTimeThatIsWidenedIsWidenedInTheHistoryToo() throws Exception {
    TestLake lake = lake(Deletes.HARD, "int");
    lake.archive().put(List.of(event("a", 1), delete("b", 4)));
    lake.run();
    define(lake, Deletes.HARD, "bigint");
    lake.archive().put(List.of(event("a", 5_000_000_000L), event("b", 3)));
    lake.run();

    assertThat(lake.query(ROWS))
        .containsExactly(
            "[a,a1,1,5000000000,false]",
            "[a,a5000000000,5000000000,null,true]",
            "[b,b3,3,4,false]");
  }

  @Test
  void deletesThatAreIgnoredLeaveVersionsAsTheyWere() throws Exception {
    TestLake lake = lake(Deletes.IGNORE, "int");
    lake.archive().put(List.of(event("a", 1), delete("a", 2), tombstone("a"), event("a", 3)));
    lake.run();

    assertThat(lake.query(ROWS)).containsExactly("[a,a1,1,3,false]", "[a,a3,3,null,true]");
    assertThat(lake.account().counts()).isEqualTo(new PlanCounts(4, 2, 0, 0, 2, 0, 0, 0, 0));
  }

  @Test
  @Tag("long")
  void aRunThatDiesAnywhereIsFinishedByTheNextExactly() throws Exception {
    TestLake lake = lake(Deletes.HARD, "int");
    List<String> points =
        List.of(
            "phase2.plan-put",
            "phase2.before-tombstones",
            "phase2.after-tombstones",
            "phase2.after-quarantine",
            "phase2.after-table",
            "phase2.after-account");
    lake.archive().put(List.of(event("x", 1)));
    lake.run();
    List<String> rows = new ArrayList<>();
    for (int i = 0; i < points.size(); i++) {
      String key = "a" + i;
      lake.archive().put(List.of(event(key, 9), event(key, 1), delete(key, 5), message("y", "{")));
      TestSpark.failAt(points.get(i));
      assertThatThrownBy(lake::run).isInstanceOf(UncheckedIOException.class);
      lake.archive().put(List.of(event(key, 3), delete(key, 7)));
      lake.run();
      rows.addAll(
          List.of(
              "[%s,%s1,1,3,false]".formatted(key, key),
              "[%s,%s3,3,5,false]".formatted(key, key),
              "[%s,%s9,9,null,true]".formatted(key, key)));
    }
    rows.add("[x,x1,1,null,true]");

    assertThat(lake.query(ROWS)).containsExactlyElementsOf(rows);
    assertThat(lake.query("select count(*), count(distinct _offset) from q"))
        .containsExactly("[6,6]");
    assertThat(lake.account().totals().get("events"))
        .isEqualTo(new PlanCounts(37, 19, 0, 6, 0, 6, 0, 0, 6));
  }

  @Test
  void twoExecutorsOfOnePlanWriteItOnceAndAgreeOnItsAccounts() throws Exception {
    TestLake lake = lake(Deletes.HARD, "int");
    lake.archive().put(List.of(event("a", 1)));
    lake.run();
    lake.archive().put(List.of(event("a", 4), delete("a", 2), event("b", 1), message("x", "{")));
    TestSpark.failAt("phase2.plan-put");
    assertThatThrownBy(lake::run).isInstanceOf(UncheckedIOException.class);
    Plan plan = lake.log().plan(lake.log().head().getAsLong()).orElseThrow();

    List<CompletableFuture<PlanCounts>> racing =
        IntStream.range(0, 2)
            .mapToObj(
                racer -> CompletableFuture.supplyAsync(() -> executed(lake, plan, "racer" + racer)))
            .toList();

    assertThat(racing.stream().map(CompletableFuture::join).toList())
        .containsOnly(new PlanCounts(4, 2, 0, 1, 0, 1, 0, 0, 0));
    assertThat(lake.query(ROWS))
        .containsExactly("[a,a1,1,2,false]", "[a,a4,4,null,true]", "[b,b1,1,null,true]");
  }

  /** A conflict that may pass is tried again, as a driver would. */
  private static PlanCounts executed(TestLake lake, Plan plan, String run) {
    PlanExecutor executor = new PlanExecutor(TestSpark.get(), lake.log(), run, Clock.systemUTC());
    for (int attempt = 0; ; attempt++) {
      try {
        return executor.execute(plan).counts();
      } catch (TributaryException e) {
        if (!e.code().retryable() || attempt == 5) {
          throw e;
        }
      }
    }
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

  private TestLake lake(Deletes deletes, String time) {
    TestLake lake = new TestLake(folder);
    define(lake, deletes, time);
    return lake;
  }

  private static void define(TestLake lake, Deletes deletes, String time) {
    lake.define(
        List.of(
            ColumnSpec.of("id", "string"),
            ColumnSpec.of("at", time),
            ColumnSpec.of("value", "string"),
            ColumnSpec.of("gone", "boolean")),
        new WriteSpec(
            WriteMode.HISTORY, List.of("id"), List.of("at"), deletes, Optional.of("gone")),
        null,
        null,
        null);
  }

  private static TestArchive.Message event(String id, long at) {
    return message(id, "{\"id\":\"%s\",\"at\":%d,\"value\":\"%s%d\"}".formatted(id, at, id, at));
  }

  private static TestArchive.Message delete(String id, long at) {
    return message(id, "{\"id\":\"%s\",\"at\":%d,\"gone\":true}".formatted(id, at));
  }
}
