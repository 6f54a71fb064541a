package dev.tributary.delivery;

import static dev.tributary.delivery.DriverRun.KILLED;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.phase2.plan.PlanAccount;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A live driver and backfills of its tables, each killed with -9 while the other goes on: nothing
 * is lost, nothing twice, and every record is accounted for.
 */
@Tag("delivery")
class BackfillProcessIT {
  @Test
  void backfillsAndALiveDriverThatAreKilledBesideEachOtherComeOutExactly() {
    Pipeline pipeline = Pipeline.create("backfills", 3).withAppendTable().withUpsertTable();
    DriverRun first = pipeline.phase1("--trigger", "300ms");
    DriverRun live = pipeline.phase2("--trigger", "300ms");
    pipeline.produce(600);
    pipeline.awaitArchiveExact(first);
    pipeline.awaitTablesExact(live);

    pipeline.orderToBackfill("phase2.after-table", "kill");
    DriverRun killed = replace(pipeline);
    pipeline.produce(200);
    killed.expectExit(KILLED);
    DriverRun again = replace(pipeline);
    pipeline.awaitBackfill();
    live.kill();
    pipeline.produce(200);
    again.expectExit(0);
    live = pipeline.phase2("--trigger", "300ms");
    DriverRun fill =
        pipeline.backfill(pipeline.upsert(), "--mode", "fill", "--chunk.records", "400");
    pipeline.produce(200);
    fill.expectExit(0);
    pipeline.awaitArchiveExact(first);
    pipeline.awaitTablesExact(live);
    first.kill();
    live.kill();

    PlanAccount account = pipeline.plans().latestAccount().orElseThrow();
    assertThat(account.backfilled().orElseThrow().of(pipeline.name()).replaced().rows())
        .as("what the backfill wrote again, each row once")
        .isPositive()
        .isEqualTo(account.backfilled().orElseThrow().of(pipeline.name()).counts().inserted());
    assertThat(account.unbalanced()).isEmpty();
    Pipeline.assertReconciled(List.of(pipeline));
  }

  private static DriverRun replace(Pipeline pipeline) {
    return pipeline.backfill(
        pipeline.name(), "--mode", "replace", "--id", "again", "--chunk.records", "200");
  }
}
