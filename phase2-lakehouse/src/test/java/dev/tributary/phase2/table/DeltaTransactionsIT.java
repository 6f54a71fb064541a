package dev.tributary.phase2.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.phase2.TestSpark;
import io.delta.tables.DeltaTable;
import java.io.File;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a version of Delta must do for this module to work with it. */
final class DeltaTransactionsIT {
  private static final StructType SCHEMA = new StructType().add("id", DataTypes.LongType);

  @TempDir File folder;
  private SparkSession session;
  private DeltaTransactions transactions;
  private Path table;

  @BeforeEach
  void create() {
    session = TestSpark.get();
    SparkSession.setActiveSession(session);
    transactions = new DeltaTransactions(session);
    table = new Path(folder.toURI() + "table");
    assertThat(
            transactions
                .begin(table, mark(0))
                .commit(new TableDefinition(SCHEMA, List.of(), Map.of("a.b", "c")), "created"))
        .hasValue(0);
  }

  @Test
  void filesThatAreWrittenAreSeenAfterTheCommitAlone() {
    DeltaTransactions.Pending pending = transactions.begin(table, mark(1));
    assertThat(pending.write(rows(5))).isEqualTo(5);
    assertThat(read().count()).isZero();

    assertThat(pending.commit("{\"n\":1}")).hasValue(1);

    assertThat(read().count()).isEqualTo(5);
    assertThat(transactions.marked(table, "app")).hasValue(1);
    assertThat(transactions.bears(table, mark(1))).isTrue();
    assertThat(transactions.bears(table, mark(2))).isFalse();
  }

  @Test
  void ofTwoThatBeganWithTheSameMarkOneCommits() {
    DeltaTransactions.Pending first = transactions.begin(table, mark(1));
    DeltaTransactions.Pending second = transactions.begin(table, mark(1));
    first.write(rows(1));
    second.write(rows(2));

    assertThat(second.commit("second")).isPresent();
    assertThat(first.commit("first")).isEmpty();

    assertThat(read().count()).isEqualTo(2);
    DeltaTransactions.Pending late = transactions.begin(table, mark(1));
    assertThat(late.borne()).isTrue();
    assertThat(late.commit("late")).isEmpty();
  }

  @Test
  void anEmptyCommitLeavesItsMarkAndItsText() {
    transactions.begin(table, mark(1)).commit("nothing");
    transactions.begin(table, mark(2)).commit("nothing either");

    assertThat(transactions.find(table, mark(1), 0))
        .hasValueSatisfying(
            commit -> {
              assertThat(commit.version()).isEqualTo(1);
              assertThat(commit.userMetadata()).isEqualTo("nothing");
            });
    assertThat(transactions.find(table, mark(1), 1)).isEmpty();
    assertThat(transactions.find(table, mark(3), -1)).isEmpty();
  }

  @Test
  void aColumnIsAddedInTheCommitThatBearsTheMark() {
    transactions.begin(table, mark(1)).commit("");
    StructType more = SCHEMA.add("name", DataTypes.StringType);
    transactions
        .begin(table, mark(2))
        .commit(new TableDefinition(more, List.of(), Map.of("d", "e")), "changed");

    TableState state = transactions.state(table).orElseThrow();
    assertThat(state.schema().fieldNames()).containsExactly("id", "name");
    assertThat(state.properties()).containsEntry("a.b", "c").containsEntry("d", "e");
    assertThat(transactions.marked(table, "app")).hasValue(2);
  }

  @Test
  void aTableInItsFolderTakesItsPlaceInOneCommitAndAVacuumLeavesWhatItTook() throws Exception {
    DeltaTransactions.Pending before = transactions.begin(table, mark(1));
    before.write(rows(5));
    before.commit("");
    Path other = new Path(table, "rebuilt-2");
    StructType columns =
        new StructType().add("name", DataTypes.StringType).add("n", DataTypes.LongType);
    DeltaTransactions.Pending created = transactions.begin(other, mark(0));
    created.createIfAbsent(new TableDefinition(columns, List.of("name"), Map.of()));
    created.write(session.range(3).selectExpr("concat('a b%/', id) as name", "id as n").toDF());
    created.commit("");
    TableDefinition definition =
        new TableDefinition(List.of(), List.of(), Map.of("d", "e"), Set.of("a.b"), List.of());

    DeltaTransactions.Pending first = transactions.begin(table, mark(2));
    DeltaTransactions.Pending second = transactions.begin(table, mark(2));
    assertThat(first.takeOver(other, 0, definition)).isEqualTo(new TakenOver(5, 3));
    assertThat(second.takeOver(other, 0, definition)).isEqualTo(new TakenOver(5, 3));
    assertThat(read().count()).as("before the commit").isEqualTo(5);
    assertThat(second.commit("taken")).hasValue(2);
    assertThat(first.commit("taken")).isEmpty();

    TableState state = transactions.state(table).orElseThrow();
    assertThat(state.partitionBy()).containsExactly("name");
    assertThat(state.properties()).containsEntry("d", "e").doesNotContainKey("a.b");
    TableUpkeep upkeep = new TableUpkeep(session, table, 1L << 20, Optional.empty());
    assertThat(upkeep.vacuum(0).files()).as("the files that it had").isPositive();
    assertThat(read().orderBy("n").collectAsList().stream().map(Row::toString))
        .containsExactly("[a b%/0,0]", "[a b%/1,1]", "[a b%/2,2]");
    assertThat(
            session
                .read()
                .format("delta")
                .option("versionAsOf", 2)
                .load(table.toString())
                .where("name = 'a b%/1'")
                .count())
        .isEqualTo(1);
  }

  @Test
  void aTableWhoseFilesAreGoneDoesNotTakeThePlaceOfAnother() {
    Path other = new Path(table, "rebuilt-2");
    DeltaTransactions.Pending created = transactions.begin(other, mark(0));
    created.createIfAbsent(new TableDefinition(SCHEMA, List.of(), Map.of()));
    created.write(rows(3));
    created.commit("");
    assertThat(new TableUpkeep(session, table, 1L << 20, Optional.empty()).vacuum(0).files())
        .as("a vacuum of the table takes what is not its own")
        .isPositive();

    TableDefinition definition =
        new TableDefinition(List.of(), List.of(), Map.of(), Set.of(), List.of());
    assertThatThrownBy(() -> transactions.begin(table, mark(1)).takeOver(other, 0, definition))
        .hasMessageContaining("is gone")
        .hasMessageContaining("--abandon");
  }

  @Test
  void aTableIsClusteredAsTheOneThatTakesItsPlace() {
    Path other = new Path(table, "rebuilt-2");
    DeltaTransactions.Pending created = transactions.begin(other, mark(0));
    TableDefinition clustered =
        new TableDefinition(
            List.of(TableColumn.same(SCHEMA.fields()[0])),
            List.of(),
            Map.of(),
            Set.of(),
            List.of("id"));
    created.createIfAbsent(clustered);
    created.write(rows(3));
    created.commit("");
    DeltaTransactions.Pending pending = transactions.begin(table, mark(1));
    pending.takeOver(
        other, 0, new TableDefinition(List.of(), List.of(), Map.of(), Set.of(), List.of("id")));
    assertThat(pending.commit("")).isPresent();

    assertThat(clustering()).isEqualTo(List.of("id"));
    assertThat(read().count()).isEqualTo(3);
    Path plain = new Path(table, "rebuilt-3");
    DeltaTransactions.Pending next = transactions.begin(plain, mark(0));
    next.createIfAbsent(new TableDefinition(SCHEMA, List.of(), Map.of()));
    next.write(rows(4));
    next.commit("");
    DeltaTransactions.Pending again = transactions.begin(table, mark(2));
    again.takeOver(
        plain, 0, new TableDefinition(List.of(), List.of(), Map.of(), Set.of(), List.of()));
    assertThat(again.commit("")).isPresent();
    assertThat(clustering()).isEqualTo(List.of());
    assertThat(read().count()).isEqualTo(4);
  }

  private List<Object> clustering() {
    return DeltaTable.forPath(session, table.toString())
        .detail()
        .select("clusteringColumns")
        .head()
        .getList(0);
  }

  @Test
  void ofTwoThatChangeOrCreateATableAtOnceOneCommitsAndTheOtherKnowsIt() {
    TableDefinition more =
        new TableDefinition(SCHEMA.add("name", DataTypes.StringType), List.of(), Map.of());
    DeltaTransactions.Pending first = transactions.begin(table, mark(1));
    DeltaTransactions.Pending second = transactions.begin(table, mark(1));
    assertThat(second.state()).isPresent();
    assertThat(second.commit(more, "second")).isPresent();
    assertThat(first.commit(more, "first")).isEmpty();

    Path other = new Path(folder.toURI() + "other");
    DeltaTransactions.Pending third = transactions.begin(other, mark(1));
    DeltaTransactions.Pending fourth = transactions.begin(other, mark(1));
    assertThat(third.state()).isEmpty();
    assertThat(fourth.commit(more, "fourth")).isPresent();
    assertThat(third.commit(more, "third")).isEmpty();
  }

  @Test
  void theVersionThatBearsAPlanIsFoundThoughOthersFollow() {
    transactions.begin(table, mark(1)).commit("one");
    transactions.begin(table, new PlanMark("stranger", 7)).commit("other");

    assertThat(transactions.versionOf(table, mark(1))).hasValue(1L);
    assertThat(transactions.versionOf(table, mark(2))).isEmpty();
  }

  @Test
  @Tag("long")
  void aRestoreIsSeenUntilAnotherBringsTheRowsBack() {
    transactions.begin(table, mark(1)).commit("one");
    transactions.begin(table, mark(2)).commit("two");
    assertThat(transactions.restoredSince(table, 2)).isEmpty();
    DeltaTable delta = DeltaTable.forPath(session, table.toString());
    delta.restoreToVersion(1);
    assertThat(transactions.restoredSince(table, 2)).hasValue(3);
    delta.restoreToVersion(2);
    assertThat(transactions.restoredSince(table, 2)).isEmpty();
    delta.restoreToVersion(3);
    assertThat(transactions.restoredSince(table, 2)).hasValue(3);
  }

  @Test
  void whatDeltaWouldRefuseIsRefusedBeforeItIsCommitted() {
    assertThatThrownBy(
            () ->
                transactions
                    .begin(table, mark(1))
                    .examine(
                        new TableDefinition(
                            SCHEMA.add("a b", DataTypes.StringType), List.of(), Map.of())))
        .hasMessageContaining("a b");
    assertThatThrownBy(
            () ->
                transactions
                    .begin(table, mark(1))
                    .examine(
                        new TableDefinition(
                            SCHEMA, List.of(), Map.of("delta.logRetentionDuration", "ages"))))
        .hasMessageContaining("ages is not a valid INTERVAL");
    assertThat(transactions.state(table).orElseThrow().version()).isZero();
  }

  @Test
  void aTableThatIsNotThereHasNoStateAndNoMark() {
    Path nowhere = new Path(folder.toURI() + "nowhere");
    assertThat(transactions.state(nowhere)).isEmpty();
    assertThat(transactions.marked(nowhere, "app")).isEmpty();
  }

  private static PlanMark mark(long plan) {
    return new PlanMark("app", plan);
  }

  private Dataset<Row> rows(long count) {
    return session.range(count).toDF("id");
  }

  private Dataset<Row> read() {
    return session.read().format("delta").load(table.toString());
  }
}
