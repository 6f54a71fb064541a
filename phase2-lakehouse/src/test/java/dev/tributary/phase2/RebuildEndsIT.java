package dev.tributary.phase2;

import static dev.tributary.phase2.TestArchive.message;
import static dev.tributary.phase2.TestArchive.tombstone;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tributary.core.json.Json;
import dev.tributary.core.metastore.Activation;
import dev.tributary.core.spec.WriteSpec;
import dev.tributary.phase2.plan.PlanAccount;
import dev.tributary.phase2.plan.PlanKind;
import dev.tributary.phase2.plan.PlanOutcome;
import dev.tributary.phase2.plan.PlanRulings;
import dev.tributary.phase2.rebuild.RebuildRequest.Action;
import io.delta.tables.DeltaTable;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Rebuilds that die, are finished by others, given up or made void, and a RESTORE beside one. */
final class RebuildEndsIT extends AbstractRebuildSuite {
  @Test
  @Tag("long")
  void aRebuildThatDiesAnywhereGoesOnAndEndsTheSame() throws Exception {
    List<String> points =
        List.of(
            "rebuild.begun",
            "phase2.after-quarantine",
            "phase2.after-table",
            "rebuild.filled",
            "rebuild.compared",
            "phase2.before-cutover",
            "phase2.table-cut-over",
            "phase2.quarantine-cut-over",
            "phase2.tombstones-cut-over",
            "phase2.after-release",
            "rebuild.reported");
    for (String point : points) {
      TestLake lake = new TestLake(folder.resolve(point));
      lake.define(COLUMNS, WriteSpec.append(), null, null, 2L);
      lake.archive().put(List.of(event("a", 1, "one"), event("b", 1, "one"), message("x", "{")));
      lake.archive().put(List.of(event("a", 2, "two"), tombstone("b")));
      lake.run();
      long version = await(lake, BY_ID);
      TestSpark.failAt(point);
      assertThatThrownBy(() -> lake.rebuild(request()))
          .as(point)
          .isInstanceOf(UncheckedIOException.class);

      lake.archive().put(List.of(event("c", 1, "one"), event("a", 3, "three")));
      lake.run();
      long read = lake.account().totals().get("events").read();
      assertThat(read).as("%s: the stream went on", point).isEqualTo(7);
      lake.rebuild(request());

      assertThat(lake.query(ROWS)).as(point).containsExactly("[a,3,three]", "[c,1,one]");
      PlanAccount account = lake.account();
      assertThat(account.inForce()).as(point).containsEntry("events", version);
      assertThat(account.totals().get("events").read()).as(point).isEqualTo(7);
      assertThat(account.totals().get("events").balanced()).as(point).isTrue();
      assertThat(lake.query("select _offset from q")).as(point).containsExactly("[2]");
      assertThat(remembered(lake)).as(point).hasSize(1);
      assertThat(plans(lake, PlanKind.CUTOVER)).as(point).isEqualTo(1);
      assertNothingLeft(lake, version);
      lake.run();
      assertThat(lake.query(ROWS)).as(point).containsExactly("[a,3,three]", "[c,1,one]");
    }
  }

  @Test
  void aLiveDriverFinishesACutOverAndGoesOnUnderItsVersion() throws Exception {
    TestLake lake = appending();
    lake.archive().put(List.of(event("a", 1, "one"), event("a", 2, "two")));
    lake.run();
    long version = await(lake, BY_ID);
    TestSpark.failAt("phase2.before-cutover");
    assertThatThrownBy(() -> lake.rebuild(request())).isInstanceOf(UncheckedIOException.class);
    assertThat(lake.query(ROWS)).as("nothing is seen of it").hasSize(2);

    lake.archive().put(List.of(event("a", 3, "three"), event("b", 1, "one")));
    lake.run();

    assertThat(lake.query(ROWS)).containsExactly("[a,3,three]", "[b,1,one]");
    assertThat(lake.account().inForce()).containsEntry("events", version);
    assertThat(lake.specs().activations())
        .as("the metastore hears of it from the driver too")
        .extracting(Activation::version)
        .contains(version);
    lake.rebuild(request());
    assertNothingLeft(version);
    assertThat(lake.query(ROWS)).hasSize(2);
  }

  @Test
  @Tag("long")
  void aRebuildThatADriverHasFinishedIsDoneThoughAnotherVersionCameSince() throws Exception {
    TestLake lake = appending();
    lake.archive().put(List.of(event("a", 1, "one"), event("a", 2, "two")));
    lake.run();
    long version = await(lake, BY_ID);
    TestSpark.failAt("phase2.before-cutover");
    assertThatThrownBy(() -> lake.rebuild(request())).isInstanceOf(UncheckedIOException.class);
    lake.run();
    lake.specs().dataset(withOneMoreColumn(lake));
    lake.run();
    assertThat(lake.account().inForce()).containsEntry("events", version + 1);

    JsonNode done = lake.rebuild(request(Action.REBUILD, version));

    assertThat(done.at("/outcome").asText()).isEqualTo("CUT_OVER");
    assertNothingLeft(version);
    assertThat(lake.account().inForce()).containsEntry("events", version + 1);
  }

  @Test
  void aRebuildThatIsGivenUpLeavesTheTableAsItWas() throws Exception {
    TestLake lake = appending();
    lake.archive().put(List.of(event("a", 1, "one"), event("a", 2, "two")));
    lake.run();
    long version = await(lake, BY_ID);
    TestSpark.failAt("rebuild.compared");
    assertThatThrownBy(() -> lake.rebuild(request())).isInstanceOf(UncheckedIOException.class);
    assertThat(Files.exists(rebuilt(version))).isTrue();

    assertThat(lake.rebuild(request(Action.ABANDON)).at("/outcome").asText())
        .isEqualTo("ABANDONED");

    assertThat(Files.exists(rebuilt(version))).isFalse();
    assertNothingLeft(version);
    assertThat(lake.query(ROWS)).hasSize(2);
    assertThat(lake.specs().activations())
        .extracting(Activation::version, Activation::outcome)
        .contains(org.assertj.core.groups.Tuple.tuple(version, Activation.Outcome.REJECTED));
    lake.archive().put(List.of(event("b", 1, "one")));
    lake.run();
    assertThat(lake.query(ROWS)).hasSize(3);
    assertThatThrownBy(() -> lake.rebuild(request(Action.REBUILD, version)))
        .hasMessageContaining("Version 2 of dataset 'events' does not wait for a rebuild");
    long next = await(lake, BY_ID);
    assertThat(next).isGreaterThan(version);
    lake.rebuild(request());
    assertThat(lake.query(ROWS)).containsExactly("[a,2,two]", "[b,1,one]");
    assertThatThrownBy(() -> lake.rebuild(request(Action.ABANDON, next)))
        .as("what the table is made of is not removed")
        .hasMessageContaining("No rebuild of dataset 'events' under version 3 waits");
  }

  @Test
  @Tag("long")
  void aRebuildOfAVersionThatTheMetastoreHasLostIsGivenUp() throws Exception {
    TestLake lake = appending();
    lake.archive().put(List.of(event("a", 1, "one"), event("a", 2, "two")));
    lake.run();
    long version = await(lake, BY_ID);
    TestSpark.failAt("rebuild.compared");
    assertThatThrownBy(() -> lake.rebuild(request())).isInstanceOf(UncheckedIOException.class);
    lake.specs().forgetNewest("events");

    assertThat(lake.rebuild(request(Action.ABANDON)).at("/outcome").asText())
        .isEqualTo("ABANDONED");

    assertNothingLeft(version);
    assertThat(Files.exists(rebuilt(version))).isFalse();
    assertThat(lake.specs().activations())
        .as("it would refuse that")
        .extracting(Activation::version)
        .doesNotContain(version);
  }

  @Test
  @Tag("long")
  void aCutOverThatWasLeftOpenIsMadeVoidByGivingItUp() throws Exception {
    TestLake lake = appending();
    lake.archive().put(List.of(event("a", 1, "one"), event("a", 2, "two")));
    lake.run();
    long version = await(lake, BY_ID);
    TestSpark.failAt("phase2.before-cutover");
    assertThatThrownBy(() -> lake.rebuild(request())).isInstanceOf(UncheckedIOException.class);

    lake.rebuild(request(Action.ABANDON));

    assertThat(lake.account().outcome()).isEqualTo(PlanOutcome.VOID);
    assertThat(lake.query(ROWS)).hasSize(2);
    assertNothingLeft(version);
  }

  @Test
  @Tag("long")
  void aRebuildThatWasLeftBehindIsGivenUpThoughItsSpecStandsBesideThePlans() throws Exception {
    TestLake lake = appending();
    lake.archive().put(List.of(event("a", 1, "one"), event("a", 2, "two")));
    lake.run();
    long version = await(lake, BY_ID);
    TestSpark.failAt("phase2.before-cutover");
    assertThatThrownBy(() -> lake.rebuild(request())).isInstanceOf(UncheckedIOException.class);
    new PlanRulings(lake.log(), Clock.systemUTC())
        .voidPlan(lake.log().head().getAsLong(), "ann", "not today");
    lake.specs().dataset(withOneMoreColumn(lake));
    lake.run();
    assertThat(lake.account().inForce()).containsEntry("events", version + 1);

    assertThat(lake.rebuild(request(Action.ABANDON)).at("/outcome").asText())
        .isEqualTo("ABANDONED");

    assertNothingLeft(version);
    assertThat(lake.query(ROWS)).hasSize(2);
  }

  @Test
  @Tag("long")
  void aRebuildThatIsGivenUpIsNotCutOverToThoughAPlanOfItIsOpen() throws Exception {
    TestLake lake = appending();
    lake.archive().put(List.of(event("a", 1, "one"), event("a", 2, "two")));
    lake.run();
    long version = await(lake, BY_ID);
    TestSpark.failAt("rebuild.given-up");
    assertThatThrownBy(() -> lake.rebuild(request(Action.ABANDON)))
        .isInstanceOf(UncheckedIOException.class);
    assertThatThrownBy(() -> lake.rebuild(request()))
        .hasMessageContaining("was given up by --abandon, which has not come to its end");
    Path note = folder.resolve("lake/events/_plans/rebuilt-2/given-up.json");
    Path kept = Files.move(note, folder.resolve("given-up.json"));
    TestSpark.failAt("phase2.before-cutover");
    assertThatThrownBy(() -> lake.rebuild(request())).isInstanceOf(UncheckedIOException.class);
    Files.move(kept, note);

    lake.run();

    PlanAccount account = lake.account();
    assertThat(account.outcome()).isEqualTo(PlanOutcome.VOID);
    assertThat(account.reason().orElseThrow()).contains("under version 2 was given up");
    assertThat(lake.query(ROWS)).hasSize(2);
    assertThat(lake.rebuild(request(Action.ABANDON)).at("/outcome").asText())
        .isEqualTo("ABANDONED");
    assertNothingLeft(version);
    assertThat(Files.exists(rebuilt(version))).isFalse();
    assertThat(lake.query(ROWS)).hasSize(2);
  }

  @Test
  @Tag("long")
  void aTableThatWasBegunInThePlaceOfTheOneThatAPlanMeansIsNotCutOverTo() throws Exception {
    TestLake lake = appending();
    lake.archive().put(List.of(event("a", 1, "one"), event("a", 2, "two")));
    lake.run();
    await(lake, BY_ID);
    TestSpark.failAt("phase2.before-cutover");
    assertThatThrownBy(() -> lake.rebuild(request())).isInstanceOf(UncheckedIOException.class);
    Path note = folder.resolve("lake/events/_plans/rebuilt-2/rebuild.json");
    ObjectNode begun = (ObjectNode) Json.mapper().readTree(note.toFile());
    assertThat(begun.path("id").asText()).isNotEmpty();
    Files.delete(note);
    Files.write(note, Json.mapper().writeValueAsBytes(begun.put("id", "another")));

    lake.run();

    assertThat(lake.account().outcome()).isEqualTo(PlanOutcome.VOID);
    assertThat(lake.account().reason().orElseThrow()).contains("under version 2 was given up");
    assertThat(lake.query(ROWS)).hasSize(2);
  }

  @Test
  @Tag("long")
  void aRebuildThatIsGivenUpBeforeItHasBegunBeginsNothing() throws Exception {
    TestLake lake = appending();
    lake.archive().put(List.of(event("a", 1, "one"), event("a", 2, "two")));
    lake.run();
    long version = await(lake, BY_ID);
    atLookUp(lake, 1, () -> lake.rebuild(request(Action.ABANDON)));

    assertThatThrownBy(() -> lake.rebuild(request()))
        .hasMessageContaining("Version 2 of dataset 'events' does not wait for a rebuild");

    assertThat(Files.exists(rebuilt(version))).isFalse();
    assertThat(lake.query(ROWS)).hasSize(2);
  }

  @Test
  @Tag("long")
  void aCutOverThatAnOperatorMakesVoidChangesNothing() throws Exception {
    TestLake lake = appending();
    lake.archive().put(List.of(event("a", 1, "one"), event("a", 2, "two"), message("x", "{")));
    lake.run();
    long version = await(lake, BY_ID);
    TestSpark.failAt("phase2.before-cutover");
    assertThatThrownBy(() -> lake.rebuild(request())).isInstanceOf(UncheckedIOException.class);
    long open = lake.log().head().getAsLong();
    new PlanRulings(lake.log(), Clock.systemUTC()).voidPlan(open, "ann", "not today");

    lake.run();

    assertThat(lake.log().account(open).orElseThrow().outcome()).isEqualTo(PlanOutcome.VOID);
    assertThat(lake.query(ROWS)).hasSize(2);
    assertThat(lake.query("select _offset, _plan from q")).containsExactly("[2,1]");
    assertThat(lake.account().inForce()).containsEntry("events", 1L);
    assertThat(lake.account().cutovers()).isEmpty();
    lake.rebuild(request());
    assertThat(lake.query(ROWS)).containsExactly("[a,2,two]");
    assertThat(lake.account().inForce()).containsEntry("events", version);
  }

  @Test
  @Tag("long")
  void aCutOverThatLacksAPartOfTheNewTableIsMadeVoidByTheDriver() throws Exception {
    for (String gone :
        List.of("_quarantine/rebuilt-2", "_tombstones/rebuilt-2", "rebuilt-2/_delta_log")) {
      TestLake lake = new TestLake(folder.resolve(gone.replace('/', '-')));
      lake.define(COLUMNS, WriteSpec.append(), null, null, 3L);
      lake.archive().put(List.of(event("a", 1, "one"), tombstone("b"), message("x", "{")));
      lake.run();
      await(lake, BY_ID);
      TestSpark.failAt("phase2.before-cutover");
      assertThatThrownBy(() -> lake.rebuild(request())).isInstanceOf(UncheckedIOException.class);
      Path table = Path.of(java.net.URI.create(lake.table()));
      delete(table.resolve(gone));

      lake.run();

      assertThat(lake.account().outcome()).as(gone).isEqualTo(PlanOutcome.VOID);
      assertThat(lake.account().reason().orElseThrow()).as(gone).contains("is gone");
      assertThat(lake.query(ROWS)).as(gone).hasSize(1);
      assertThat(lake.query("select _offset from q")).as(gone).hasSize(2);
    }
  }

  @Test
  @Tag("long")
  void aCutOverThatLacksItsAccountAloneNeedsTheNewTableNoMore() throws Exception {
    TestLake lake = appending();
    lake.archive().put(List.of(event("a", 1, "one"), tombstone("b"), message("x", "{")));
    lake.run();
    long version = await(lake, BY_ID);
    TestSpark.failAt("phase2.after-release");
    assertThatThrownBy(() -> lake.rebuild(request())).isInstanceOf(UncheckedIOException.class);
    delete(folder.resolve("lake/events/_quarantine/rebuilt-2"));
    delete(folder.resolve("lake/events/_tombstones/rebuilt-2"));

    lake.run();

    assertThat(lake.account().outcome()).isEqualTo(PlanOutcome.COMMITTED);
    assertThat(lake.account().inForce()).containsEntry("events", version);
    assertThat(lake.query("select _offset from q")).containsExactly("[2]");
    assertThat(remembered(lake)).hasSize(1);
  }

  @Test
  @Tag("long")
  void aRestoreToBeforeACutOverIsRefusedAndOneToAfterItIsDoneAgain() throws Exception {
    TestLake lake = appending();
    lake.archive().put(List.of(event("a", 1, "one"), event("a", 2, "two"), tombstone("z")));
    lake.run();
    long before = version(lake);
    await(lake, BY_ID);
    lake.rebuild(request());
    long after = version(lake);
    lake.archive().put(List.of(event("b", 1, "one"), tombstone("y")));
    lake.run();
    long last = version(lake);

    DeltaTable.forPath(TestSpark.get(), lake.table()).restoreToVersion(after);
    lake.run();
    assertThat(lake.query(ROWS)).containsExactly("[a,2,two]", "[b,1,one]");
    assertThat(remembered(lake)).hasSize(2);
    assertThat(lake.account().totals().get("events").read()).isEqualTo(5);

    DeltaTable.forPath(TestSpark.get(), lake.table()).restoreToVersion(before);
    assertThatThrownBy(lake::run)
        .hasMessageContaining("which put a rebuilt table in its place")
        .hasMessageContaining("TO VERSION AS OF");
    assertThat(last).isGreaterThan(after);
  }

  @Test
  @Tag("long")
  void aRestoreThatComesRightBeforeACutOverIsHeeded() throws Exception {
    TestLake lake = appending();
    lake.archive().put(List.of(event("a", 1, "one")));
    lake.run();
    long first = version(lake);
    lake.archive().put(List.of(event("a", 2, "two"), event("b", 1, "one")));
    lake.run();
    await(lake, BY_ID);
    AtomicReference<Throwable> failure = new AtomicReference<>();
    Thread rebuild = thread(failure, () -> lake.rebuild(request()));

    TestSpark.at(
        "phase2.cutover-attempted",
        () -> DeltaTable.forPath(TestSpark.get(), lake.table()).restoreToVersion(first));
    rebuild.join();

    lake.run();
    assertThat(lake.query(ROWS)).containsExactly("[a,2,two]", "[b,1,one]");
    lake.archive().put(List.of(event("b", 2, "two")));
    lake.run();
    assertThat(lake.query(ROWS)).containsExactly("[a,2,two]", "[b,2,two]");
    assertThat(lake.account().totals().get("events").read()).isEqualTo(4);
    assertThat(lake.account().unbalanced()).isEmpty();
    assertThat(failure.get()).isNull();
  }

  private static void delete(Path folder) throws Exception {
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path each : all.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Files.delete(each);
      }
    }
  }
}
