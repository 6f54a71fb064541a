package dev.tributary.phase2;

import static dev.tributary.phase2.TestArchive.message;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.spec.ColumnSpec;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.TargetSpec;
import dev.tributary.core.spec.WriteSpec;
import dev.tributary.phase2.live.DatasetUnit;
import dev.tributary.phase2.live.LiveSettings;
import dev.tributary.phase2.plan.PlanLog;
import dev.tributary.streaming.PipelineMetrics;
import dev.tributary.streaming.StopSignal;
import dev.tributary.streaming.TriggerSpec;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What docs/operations.md says to do when a table, or the plan log beside it, is gone. */
final class LostTableIT {
  private static final List<ColumnSpec> COLUMNS = List.of(ColumnSpec.of("id", "bigint"));

  @TempDir Path folder;

  @Test
  void aTableThatIsGoneIsNotBegunAnewUnderItsOldLogAndComesBackUnderAnotherName() throws Exception {
    TestLake lake = new TestLake(folder);
    lake.define(COLUMNS, WriteSpec.append(), null, null, null);
    lake.archive().put(List.of(message("1", "{\"id\":1}"), message("2", "{\"id\":2}")));
    lake.run();
    org.apache.hadoop.fs.Path table = new org.apache.hadoop.fs.Path(lake.table());
    FileSystem files = table.getFileSystem(new Configuration());
    files.delete(table, true);
    lake.archive().put(List.of(message("3", "{\"id\":3}")));

    assertThatThrownBy(lake::run)
        .isInstanceOfSatisfying(
            TributaryException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.TABLE_LOST))
        .hasMessageContaining("is gone");
    assertThat(
            files.exists(
                new org.apache.hadoop.fs.Path(table, "_delta_log/00000000000000000000.json")))
        .as("a table that lacks what its log says is written")
        .isFalse();

    String again = folder.resolve("lake/events_again").toUri().toString();
    lake.specs()
        .dataset(
            new DatasetSpec(
                "events_again",
                "events",
                null,
                new TargetSpec(again, null, null),
                COLUMNS,
                WriteSpec.append(),
                null,
                null,
                null,
                null));
    unit(lake, "events_again").run(new StopSignal());
    assertThat(ids(again)).containsExactlyInAnyOrder(1L, 2L, 3L);
    assertThat(
            PlanLog.open(again, new Configuration())
                .latestAccount()
                .orElseThrow()
                .totals()
                .get("events_again")
                .read())
        .isEqualTo(3);
  }

  @Test
  void aPlanLogThatIsGoneIsNotBegunAnewBesideItsOldTableAndGoesOnWhereItIsBroughtBack()
      throws Exception {
    TestLake lake = new TestLake(folder);
    lake.define(COLUMNS, WriteSpec.append(), null, null, null);
    lake.archive().put(List.of(message("1", "{\"id\":1}")));
    lake.run();
    lake.archive().put(List.of(message("2", "{\"id\":2}")));
    org.apache.hadoop.fs.Path table = new org.apache.hadoop.fs.Path(lake.table());
    FileSystem files = table.getFileSystem(new Configuration());
    org.apache.hadoop.fs.Path plans =
        new org.apache.hadoop.fs.Path(table.getParent(), "_plans/" + table.getName());
    org.apache.hadoop.fs.Path replica = new org.apache.hadoop.fs.Path(folder.toUri() + "/replica");
    assertThat(files.rename(plans, replica)).isTrue();

    assertThatThrownBy(lake::run)
        .isInstanceOfSatisfying(
            TributaryException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.LOG_CORRUPT))
        .hasMessageContaining("of another plan log");
    assertThat(ids(lake.table())).containsExactly(1L);

    files.delete(plans, true);
    assertThat(files.rename(replica, plans)).isTrue();
    lake.run();
    assertThat(ids(lake.table())).containsExactlyInAnyOrder(1L, 2L);
    assertThat(lake.account().totals().get("events").read()).isEqualTo(2);
  }

  private static List<Long> ids(String table) {
    return TestSpark.get().read().format("delta").load(table).select("id").collectAsList().stream()
        .map(row -> row.getLong(0))
        .toList();
  }

  private static DatasetUnit unit(TestLake lake, String dataset) {
    return new DatasetUnit(
        TestSpark.get(),
        lake.specs(),
        dataset,
        "again",
        new LiveSettings(
            new TriggerSpec.AvailableNow(), Duration.ofMillis(200), Duration.ofSeconds(2)),
        new PipelineMetrics(dataset, "phase2", Clock.systemUTC()),
        Clock.systemUTC(),
        (spec, plan, stop) -> {},
        spec -> true);
  }
}
