package dev.tributary.phase2;

import static dev.tributary.phase2.TestArchive.message;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.core.error.TributaryException;
import dev.tributary.core.metastore.Activation;
import dev.tributary.core.spec.BreakerSpec;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.TargetSpec;
import dev.tributary.core.spec.WriteSpec;
import dev.tributary.phase2.backfill.BackfillRequest;
import dev.tributary.phase2.backfill.Selection;
import dev.tributary.phase2.maintain.MaintenanceRequest;
import dev.tributary.phase2.plan.BackfillMode;
import dev.tributary.phase2.plan.PlanKind;
import dev.tributary.phase2.rebuild.RebuildRequest;
import dev.tributary.phase2.rebuild.RebuildRequest.Accepted;
import dev.tributary.phase2.rebuild.RebuildRequest.Action;
import dev.tributary.streaming.StopSignal;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What stands in the way of a rebuild, or of what goes on after it, and what is said of it. */
final class RebuildRefusedIT extends AbstractRebuildSuite {
  @Test
  @Tag("long")
  void aTableWhoseColumnsAreRenamedWhileItIsRebuiltIsNotCutOver() throws Exception {
    TestLake lake = appending();
    lake.archive().put(List.of(event("a", 1, "one"), event("a", 2, "two")));
    lake.run();
    lake.specs().dataset(withAnotherName(lake));
    // Made from a version that is not in force yet.
    await(lake, BY_ID);
    TestSpark.failAt("rebuild.compared");
    assertThatThrownBy(() -> lake.rebuild(request())).isInstanceOf(UncheckedIOException.class);
    lake.run();

    assertThatThrownBy(() -> lake.rebuild(request()))
        .hasMessageContaining("were renamed or dropped since the new one was begun");
    assertThat(plans(lake, PlanKind.CUTOVER)).isZero();
  }

  @Test
  @Tag("long")
  void aBackfillThatWasBegunBeforeACutOverDoesNotGoOnInTheNewTable() throws Exception {
    TestLake lake = appending();
    lake.archive().put(List.of(event("a", 1, "one")));
    lake.archive().put(List.of(event("a", 2, "two")));
    lake.run();
    TestSpark.failAt("phase2.after-table");
    assertThatThrownBy(() -> replace(lake, "again")).isInstanceOf(UncheckedIOException.class);
    lake.specs()
        .awaiting(
            current(lake).withTarget(new TargetSpec(lake.table(), List.of("name"), Map.of())));
    lake.rebuild(request());

    assertThatThrownBy(() -> replace(lake, "again"))
        .hasMessageContaining("The backfill 'again' of dataset 'events' was begun (plan")
        .hasMessageContaining("start it anew under another --id");
    assertThatThrownBy(() -> replace(lake, "older", OptionalLong.of(1)))
        .hasMessageContaining("Version 1 of dataset 'events' partitions by []")
        .hasMessageContaining("version 2, which is in force, by [name]");

    replace(lake, "anew");
    assertThat(lake.query(ROWS)).containsExactly("[a,1,one]", "[a,2,two]");
    assertThat(lake.account().unbalanced()).isEmpty();
  }

  private static void replace(TestLake lake, String id) throws Exception {
    replace(lake, id, OptionalLong.empty());
  }

  private static void replace(TestLake lake, String id, OptionalLong version) throws Exception {
    lake.backfill(
            new BackfillRequest(
                "events",
                BackfillMode.REPLACE,
                Selection.ALL,
                version,
                Optional.empty(),
                Optional.of(id),
                OptionalLong.of(1),
                Duration.ZERO))
        .run(new StopSignal());
  }

  @Test
  void whatTheChangeDoesNotExplainIsRefusedUnlessItIsAccepted() throws Exception {
    TestLake lake = appending();
    lake.archive().put(List.of(event("a", 1, "one"), message("x", "{\"at\":2,\"name\":\"none\"}")));
    lake.run();
    long version = await(lake, BY_ID);

    assertThatThrownBy(() -> lake.rebuild(request()))
        .isInstanceOf(TributaryException.class)
        .hasMessageContaining(
            "1 records would stand in quarantine, 0 rows come from no entry that it has read")
        .hasMessageContaining("--accept differences");
    assertThat(lake.query(ROWS)).as("the table is as it was").hasSize(2);
    assertThat(lake.account().inForce()).containsEntry("events", 1L);
    assertThatThrownBy(
            () ->
                lake.maintain(
                    new MaintenanceRequest(
                        EnumSet.of(MaintenanceRequest.Task.VACUUM),
                        false,
                        1L << 20,
                        2,
                        OptionalInt.empty(),
                        168,
                        false,
                        Duration.ZERO),
                    report -> {}))
        .hasMessageContaining("is refused while it is rebuilt");

    lake.rebuild(
        new RebuildRequest(
            "events",
            OptionalLong.of(version),
            Set.of(Accepted.DIFFERENCES),
            OptionalLong.empty(),
            Action.REBUILD));

    assertThat(lake.query(ROWS)).containsExactly("[a,1,one]");
    assertThat(lake.query("select _offset, _code from q")).containsExactly("[1,missing-column]");
  }

  @Test
  @Tag("long")
  void thePlanOfANewTableThatIsNotAdmittedIsAcceptedByTheRebuild() throws Exception {
    TestLake lake = new TestLake(folder);
    lake.define(COLUMNS, WriteSpec.append(), null, new BreakerSpec(0.5, 2L), 10L);
    lake.archive()
        .put(
            List.of(
                event("a", 1, "one"),
                message("x", "{\"at\":2,\"name\":\"none\"}"),
                message("y", "{\"at\":3,\"name\":\"none\"}")));
    lake.run();
    await(lake, BY_ID);

    assertThatThrownBy(() -> lake.rebuild(request()))
        .hasMessageContaining("would set aside 2 of 3 records")
        .hasMessageContaining("rebuilding again with --accept limits");

    lake.rebuild(
        new RebuildRequest(
            "events",
            OptionalLong.empty(),
            EnumSet.allOf(Accepted.class),
            OptionalLong.empty(),
            Action.REBUILD));
    assertThat(lake.query(ROWS)).containsExactly("[a,1,one]");
    assertThat(lake.query("select _offset from q order by _offset")).containsExactly("[1]", "[2]");
  }

  @Test
  @Tag("long")
  void aColumnThatSomebodyHasAddedDoesNotVanishWithoutAWord() throws Exception {
    TestLake lake = appending();
    lake.archive().put(List.of(event("a", 1, "one")));
    lake.run();
    await(lake, BY_ID);
    TestSpark.get().sql("ALTER TABLE delta.`%s` ADD COLUMN seen int".formatted(lake.table()));

    assertThatThrownBy(() -> lake.rebuild(request()))
        .hasMessageContaining("the columns [seen] would be gone");

    lake.rebuild(
        new RebuildRequest(
            "events",
            OptionalLong.empty(),
            Set.of(Accepted.DIFFERENCES),
            OptionalLong.empty(),
            Action.REBUILD));
    assertThat(lake.query("select * from t limit 1")).hasSize(1);
    assertThat(TestSpark.get().read().format("delta").load(lake.table()).columns())
        .doesNotContain("seen");
  }

  @Test
  @Tag("long")
  void rowsThatSomebodyElseHasWrittenDoNotVanishWithoutAWord() throws Exception {
    TestLake lake = appending();
    lake.archive().put(List.of(event("a", 1, "one"), event("a", 2, "two"), event("a", 3, "three")));
    lake.run();
    await(lake, BY_ID);
    TestSpark.get()
        .sql(
            "INSERT INTO delta.`%s` (id, at, name) VALUES ('x', 1, 'hand'), ('y', 1, 'hand')"
                .formatted(lake.table()));

    assertThatThrownBy(() -> lake.rebuild(request()))
        .hasMessageContaining("2 rows come from no entry that it has read, 0 records are missing");
    assertThat(lake.query(ROWS)).hasSize(5);
  }

  @Test
  @Tag("long")
  void aCutOverThatNobodyHasReportedIsNotTakenBackByAChangeThatWasMadeWithoutIt() throws Exception {
    TestLake lake = appending();
    lake.archive().put(List.of(event("a", 1, "one"), event("a", 2, "two")));
    lake.run();
    long version = await(lake, BY_ID);
    TestSpark.failAt("phase2.after-release");
    assertThatThrownBy(() -> lake.rebuild(request())).isInstanceOf(UncheckedIOException.class);
    lake.specs()
        .awaiting(
            current(lake).withTarget(new TargetSpec(lake.table(), List.of("name"), Map.of())));

    assertThatThrownBy(() -> lake.rebuild(request()))
        .hasMessageContaining("Version 3 of dataset 'events' does not wait for a rebuild");

    assertThat(lake.specs().activations())
        .extracting(Activation::version, Activation::outcome)
        .contains(org.assertj.core.groups.Tuple.tuple(version, Activation.Outcome.ACTIVE));
    assertThat(lake.account().inForce()).containsEntry("events", version);
    assertThat(lake.query(ROWS)).containsExactly("[a,2,two]");
    assertNothingLeft(version);
  }

  @Test
  @Tag("long")
  void whatCannotBeRebuiltIsRefusedWithItsReason() throws Exception {
    TestLake lake = appending();
    lake.archive().put(List.of(event("a", 1, "one")));
    lake.archive().put(List.of(event("a", 2, "two")));
    lake.run();
    assertThatThrownBy(() -> lake.rebuild(request()))
        .hasMessageContaining("No version of dataset 'events' waits for a rebuild")
        .hasMessageContaining("--rebuild");
    long version = await(lake, BY_ID);
    lake.specs().dataset(withOneMoreColumn(lake));
    lake.run();
    assertThat(lake.account().inForce()).containsEntry("events", version + 1);
    assertThatThrownBy(() -> lake.rebuild(request()))
        .hasMessageContaining("Version 3 of dataset 'events' came into force after version 2");
  }

  @Test
  @Tag("long")
  void aDatasetThatJoinsTheTableWhileItIsRebuiltLosesNothing() throws Exception {
    TestLake lake = appending();
    lake.archive().put(List.of(event("a", 1, "one"), event("a", 2, "two")));
    lake.run();
    await(lake, BY_ID);
    DatasetSpec now = current(lake);
    DatasetSpec other =
        new DatasetSpec(
            "others",
            now.source(),
            null,
            now.target(),
            now.columns(),
            now.write(),
            null,
            null,
            null,
            null);
    atLookUp(
        lake,
        4,
        () -> {
          lake.specs().dataset(other);
          lake.run("others");
        });

    assertThatThrownBy(() -> lake.rebuild(request()))
        .hasMessageContaining("Dataset 'others' writes the table")
        .hasMessageContaining("would lack its rows");

    assertThat(lake.query(ROWS)).as("of both").hasSize(4);
    assertThat(plans(lake, PlanKind.CUTOVER)).isZero();
  }

  @Test
  @Tag("long")
  void aVersionThatIsAboutToComeIsNotTakenBack() throws Exception {
    TestLake lake = appending();
    lake.archive().put(List.of(event("a", 1, "one"), event("a", 2, "two")));
    lake.run();
    await(lake, BY_ID);
    TestSpark.failAt("rebuild.compared");
    assertThatThrownBy(() -> lake.rebuild(request())).isInstanceOf(UncheckedIOException.class);
    lake.specs().dataset(withOneMoreColumn(lake));

    assertThatThrownBy(() -> lake.rebuild(request()))
        .hasMessageContaining("Version 3 of dataset 'events' was registered after version 2")
        .hasMessageContaining("is to come into force");
    assertThat(plans(lake, PlanKind.CUTOVER)).isZero();
  }

  @Test
  @Tag("long")
  void aTableOfWhichTheArchiveHasLostEntriesIsNotRebuilt() throws Exception {
    TestLake lake = appending();
    lake.archive().put(List.of(event("a", 1, "one")));
    lake.archive().put(THIRD_DAY, List.of(event("a", 2, "two")));
    lake.run();
    await(lake, BY_ID);
    expireFirstDay(lake);

    assertThatThrownBy(() -> lake.rebuild(request()))
        .hasMessageContaining("Retention has removed the entries")
        .hasMessageContaining("would lack these");
    assertThat(lake.query(ROWS)).hasSize(2);
  }

  @Test
  @Tag("long")
  void whatRetentionTakesWhileThePlanThatReadsItIsDoneIsMissed() throws Exception {
    TestLake lake = appending();
    lake.archive().put(List.of(event("a", 1, "one"), event("a", 3, "three")));
    lake.archive().put(THIRD_DAY, List.of(event("a", 2, "two")));
    lake.run();
    await(lake, BY_ID);
    atLookUp(lake, 6, () -> expireFirstDay(lake));

    assertThatThrownBy(() -> lake.rebuild(request()))
        .hasMessageContaining("has read 1 records of entries that held 3");
    assertThat(lake.query(ROWS)).hasSize(3);
  }

  @Test
  @Tag("long")
  void aTableBesideWhoseRowsCannotGiveWayIsNamedAndTheTableGoesOn() throws Exception {
    TestLake lake = appending();
    lake.archive().put(List.of(event("a", 1, "one"), message("x", "{"), event("a", 2, "two")));
    lake.run();
    TestSpark.get()
        .sql(
            "ALTER TABLE delta.`%s` SET TBLPROPERTIES (delta.appendOnly = true)"
                .formatted(lake.log().folders().quarantine()));
    await(lake, BY_ID);

    assertThatThrownBy(() -> lake.rebuild(request()))
        .hasMessageContaining("_quarantine")
        .hasMessageContaining("has the property delta.appendOnly");

    lake.archive().put(List.of(event("b", 1, "one")));
    lake.run();
    assertThat(lake.query(ROWS)).containsExactly("[a,1,one]", "[a,2,two]", "[b,1,one]");
    assertThat(lake.account().unbalanced()).isEmpty();
  }
}
