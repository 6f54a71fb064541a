package dev.tributary.delivery;

import static dev.tributary.delivery.DriverRun.KILLED;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.core.spec.WriteSpec;
import dev.tributary.phase2.plan.PlanAccount;
import dev.tributary.phase2.plan.PlanKind;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A table is made anew beside a live driver, and the rebuild is killed with -9 wherever it can die,
 * the driver that finishes its cut-over too: the stream goes on, nothing is lost, nothing twice,
 * and every record is accounted for.
 */
@Tag("long")
class RebuildProcessIT {
  /** While the new table is filled, and compared with the one that is there. */
  private static final List<String> BESIDE =
      List.of("rebuild.begun", "phase2.after-table", "rebuild.filled", "rebuild.compared");

  /** While it takes that one's place, and after that. */
  private static final List<String> IN_PLACE =
      List.of(
          "phase2.before-cutover",
          "phase2.table-cut-over",
          "phase2.quarantine-cut-over",
          "phase2.tombstones-cut-over",
          "rebuild.reported");

  @Test
  void aRebuildThatDiesAnywhereBesideALiveDriverComesOutExactly() {
    Pipeline pipeline = Pipeline.create("rebuilds", 3).withAppendTable().withUpsertTable();
    DriverRun first = pipeline.phase1("--trigger", "300ms");
    DriverRun live = pipeline.phase2("--trigger", "300ms");
    pipeline.produce(600);
    pipeline.awaitArchiveExact(first);
    pipeline.awaitTablesExact(live);
    WriteSpec next = Pipeline.NEWEST;
    pipeline.modeByRebuild(next);
    BESIDE.forEach(point -> kill(pipeline, point));

    for (String point : IN_PLACE) {
      boolean driverDiesToo = point.equals("phase2.before-cutover");
      if (driverDiesToo) {
        pipeline.order("phase2.quarantine-cut-over", "kill");
      }
      kill(pipeline, point);
      if (driverDiesToo) {
        live.awaitFault("phase2.quarantine-cut-over").expectExit(KILLED);
        live = pipeline.phase2("--trigger", "300ms");
      }
      DriverRun again = pipeline.rebuild();
      pipeline.produce(50);
      again.expectExit(0);
      pipeline.awaitArchiveExact(first);
      pipeline.awaitTablesExact(live);
      next = next.mode().keyed() ? WriteSpec.append() : Pipeline.NEWEST;
      pipeline.modeByRebuild(next);
    }
    pipeline.rebuild().expectExit(0);
    pipeline.produce(50);
    pipeline.awaitArchiveExact(first);
    pipeline.awaitTablesExact(live);
    first.kill();
    live.kill();

    pipeline.assertEveryOrderWasMet();
    PlanAccount account = pipeline.plans().latestAccount().orElseThrow();
    assertThat(account.unbalanced()).isEmpty();
    assertThat(
            LongStream.rangeClosed(0, account.plan())
                .mapToObj(plan -> pipeline.plans().plan(plan).orElseThrow().kind())
                .filter(kind -> kind == PlanKind.CUTOVER))
        .as("each change was cut over to once")
        .hasSize(IN_PLACE.size() + 1);
    Pipeline.assertReconciled(List.of(pipeline));
  }

  /** Records come in while the rebuild dies. */
  private static void kill(Pipeline pipeline, String point) {
    pipeline.orderToRebuild(point, "kill");
    DriverRun rebuild = pipeline.rebuild();
    pipeline.produce(50);
    rebuild.awaitFault(point).expectExit(KILLED);
  }
}
