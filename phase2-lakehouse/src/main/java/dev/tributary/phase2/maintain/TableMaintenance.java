package dev.tributary.phase2.maintain;

import dev.tributary.phase2.maintain.MaintenanceReport.Part;
import dev.tributary.phase2.maintain.MaintenanceReport.Rewriting;
import dev.tributary.phase2.maintain.MaintenanceReport.Vacuuming;
import dev.tributary.phase2.maintain.MaintenanceRequest.Task;
import dev.tributary.phase2.table.PartitionFiles;
import dev.tributary.phase2.table.Rewritten;
import dev.tributary.phase2.table.TableUpkeep;
import dev.tributary.streaming.StopSignal;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;
import org.apache.hadoop.fs.Path;

/** Does with one table what is asked for, where it pays. */
final class TableMaintenance {
  private final String name;
  private final Path table;
  private final TableUpkeep upkeep;
  private final MaintenanceRequest request;
  private final CommitTurns turns;
  private final VacuumSafety safety;
  private final Consumer<Rewritten> committed;

  /**
   * Of one table.
   *
   * @param name what it is to the dataset: the table, its quarantine or its tombstones
   * @param committed told of each commit
   */
  TableMaintenance(
      String name,
      Path table,
      TableUpkeep upkeep,
      MaintenanceRequest request,
      CommitTurns turns,
      VacuumSafety safety,
      Consumer<Rewritten> committed) {
    this.name = name;
    this.table = table;
    this.upkeep = upkeep;
    this.request = request;
    this.turns = turns;
    this.safety = safety;
    this.committed = committed;
  }

  /** Refuses a retention that was not accepted, before anything is done. */
  void requireRetention() {
    if (request.tasks().contains(Task.VACUUM)) {
      VacuumSafety.hours(request, table, upkeep.retentionHours());
    }
  }

  /** Purges and compacts. */
  Part rewrite(StopSignal stop) throws InterruptedException {
    Optional<Rewriting> purged = Optional.empty();
    if (request.tasks().contains(Task.PURGE)) {
      purged =
          Optional.of(
              rewriting(
                  files -> files.deleting() > 0,
                  PartitionFiles::deleting,
                  PartitionFiles::deletingBytes,
                  upkeep::purge,
                  stop));
    }
    Optional<Rewriting> optimized = Optional.empty();
    if (request.tasks().contains(Task.OPTIMIZE)) {
      optimized =
          Optional.of(
              rewriting(
                  files -> files.small() >= request.leastFiles(),
                  PartitionFiles::small,
                  PartitionFiles::smallBytes,
                  upkeep::compact,
                  stop));
    }
    return new Part(name, optimized, purged, Optional.empty());
  }

  /** Vacuums; what is returned has that besides. */
  Part vacuum(Part before, StopSignal stop) throws InterruptedException {
    if (!request.tasks().contains(Task.VACUUM) || stop.requested()) {
      return before;
    }
    return new Part(name, before.optimized(), before.purged(), vacuuming(stop));
  }

  private Rewriting rewriting(
      Predicate<PartitionFiles> pays,
      ToLongFunction<PartitionFiles> number,
      ToLongFunction<PartitionFiles> bytes,
      Function<List<PartitionFiles>, Rewritten> rewrite,
      StopSignal stop)
      throws InterruptedException {
    List<PartitionFiles> worth =
        upkeep.files(TableUpkeep.small(request.fileBytes())).stream().filter(pays).toList();
    if (request.dryRun()) {
      return new Rewriting(
          worth.size(),
          new Rewritten(
              worth.stream().mapToLong(number).sum(), worth.stream().mapToLong(bytes).sum(), 0, 0),
          0,
          List.of());
    }
    return new Rewrites(turns, committed).run(worth, bytes, rewrite, stop);
  }

  private Optional<Vacuuming> vacuuming(StopSignal stop) throws InterruptedException {
    long hours = VacuumSafety.hours(request, table, upkeep.retentionHours());
    if (request.dryRun()) {
      return Optional.of(new Vacuuming(hours, upkeep.vacuumable(hours)));
    }
    safety.requireQuiet(hours, request, stop);
    return stop.requested()
        ? Optional.empty()
        : Optional.of(new Vacuuming(hours, upkeep.vacuum(hours)));
  }
}
