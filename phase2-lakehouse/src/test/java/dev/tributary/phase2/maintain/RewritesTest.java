package dev.tributary.phase2.maintain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.phase2.live.Heartbeat;
import dev.tributary.phase2.live.PlanWatch;
import dev.tributary.phase2.maintain.MaintenanceReport.Rewriting;
import dev.tributary.phase2.plan.EntryRange;
import dev.tributary.phase2.plan.Plan;
import dev.tributary.phase2.plan.PlanAccount;
import dev.tributary.phase2.plan.PlanCounts;
import dev.tributary.phase2.plan.PlanKind;
import dev.tributary.phase2.plan.PlanLog;
import dev.tributary.phase2.plan.PlanOutcome;
import dev.tributary.phase2.plan.PlanSource;
import dev.tributary.phase2.plan.TableVersions;
import dev.tributary.phase2.table.PartitionFiles;
import dev.tributary.phase2.table.Rewritten;
import dev.tributary.streaming.StopSignal;
import io.delta.exceptions.ConcurrentDeleteReadException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class RewritesTest {
  private static final Rewritten EIGHT = new Rewritten(8, 80, 1, 70);

  @TempDir Path folder;
  private final StopSignal stop = new StopSignal();
  private final List<Boolean> seen = new ArrayList<>();
  private PlanLog log;
  private Rewrites rewrites;

  @BeforeEach
  void open() {
    log = PlanLog.open(folder.toUri() + "lake/orders", new Configuration());
    rewrites =
        new Rewrites(new CommitTurns(new PlanWatch(log, Duration.ofSeconds(30))), done -> {});
  }

  @Test
  void whoLosesTriesAgainWithHalfAndLeavesForTheNextTimeTheOnePartitionThatItLosesEachTime()
      throws Exception {
    List<Integer> sizes = new ArrayList<>();
    Rewriting done =
        rewrites.run(
            partitions(40),
            PartitionFiles::smallBytes,
            chunk -> {
              sizes.add(chunk.size());
              if (sizes.size() == 1
                  || chunk.stream().anyMatch(partition -> partition.name().equals("day=35"))) {
                throw new ConcurrentDeleteReadException("somebody else's");
              }
              return EIGHT;
            },
            stop);

    assertThat(sizes)
        .as("32 in halves; of 8 the day that is written to is tried five times by itself")
        .containsExactly(32, 16, 16, 8, 4, 2, 2, 1, 1, 1, 1, 1, 1, 4);
    assertThat(done.partitions()).isEqualTo(39);
    assertThat(done.files()).isEqualTo(new Rewritten(40, 400, 5, 350));
    assertThat(done.conflicts()).isEqualTo(9);
    assertThat(done.left()).containsExactly("day=35");
    assertThat(
            new MaintenanceReport(
                    List.of("orders"),
                    "file:/lake/orders",
                    false,
                    List.of(
                        new MaintenanceReport.Part(
                            "table", Optional.of(done), Optional.empty(), Optional.empty())))
                .text())
        .contains("table: 40 small files in 39 partitions (400 bytes) became 5 (350 bytes)")
        .contains("left for the next time, since other writers changed them meanwhile: day=35");
    assertThatThrownBy(
            () ->
                rewrites.run(
                    partitions(1),
                    PartitionFiles::smallBytes,
                    chunk -> {
                      throw new IllegalStateException("a defect");
                    },
                    stop))
        .hasMessage("a defect");
  }

  @Test
  void aPlanThatMayHaveMetACommitIsDoneBeforeTheNextOne() throws Exception {
    log.put(plan());
    try (Heartbeat heartbeat =
        new Heartbeat(log, "driver", Duration.ofMillis(100), Clock.systemUTC())) {
      heartbeat.during(
          () -> {
            try {
              return rewrites.run(
                  partitions(33), PartitionFiles::smallBytes, this::rewritten, stop);
            } catch (InterruptedException e) {
              throw new IllegalStateException(e);
            }
          });
    }
    assertThat(seen).as("whether the plan was done at each commit").containsExactly(false, true);
  }

  private Rewritten rewritten(List<PartitionFiles> chunk) {
    seen.add(log.account(0).isPresent());
    if (seen.size() == 1) {
      CompletableFuture.delayedExecutor(700, TimeUnit.MILLISECONDS)
          .execute(() -> log.put(account()));
    }
    return EIGHT;
  }

  private static List<PartitionFiles> partitions(int count) {
    return IntStream.range(0, count)
        .mapToObj(
            day ->
                new PartitionFiles(
                    "day=" + day, Optional.of("(day = " + day + ")"), 8, 80, 8, 80, 0, 0))
        .toList();
  }

  private static Plan plan() {
    return new Plan(
        1,
        0,
        0,
        "id",
        PlanKind.LIVE,
        "orders",
        1,
        "driver",
        17,
        new PlanSource("file:/raw", List.of(new EntryRange("orders", 1, 1))),
        List.of(),
        Map.of(),
        Optional.empty());
  }

  private static PlanAccount account() {
    return new PlanAccount(
        1,
        0,
        0,
        "id",
        "driver",
        18,
        PlanOutcome.COMMITTED,
        "orders",
        1,
        PlanCounts.NONE,
        new TableVersions(Optional.of(1L), Optional.empty(), Optional.empty()),
        List.of(),
        Map.of(),
        Map.of(),
        Map.of(),
        Optional.empty(),
        List.of());
  }
}
