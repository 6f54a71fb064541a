package dev.tributary.phase2.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.phase2.TestSpark;
import io.delta.tables.DeltaTable;
import java.io.File;
import java.util.List;
import java.util.Map;
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
