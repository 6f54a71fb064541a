package dev.tributary.cli;

import dev.tributary.archive.ManifestLog;
import dev.tributary.cli.quarantine.QuarantineTable;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.SourceSpec;
import dev.tributary.core.spec.Versioned;
import dev.tributary.phase2.plan.Plan;
import dev.tributary.phase2.plan.PlanAccount;
import dev.tributary.phase2.plan.PlanKind;
import dev.tributary.phase2.plan.PlanLog;
import dev.tributary.phase2.plan.RebuildFolders;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.LongStream;
import org.apache.hadoop.conf.Configuration;

/** Which datasets still have to read entries of an archive, by their plan logs. */
final class EntriesInUse {
  private final List<DatasetSpec> datasets;
  private final Configuration configuration;

  /** Of datasets. */
  EntriesInUse(List<DatasetSpec> datasets, Configuration configuration) {
    this.datasets = List.copyOf(datasets);
    this.configuration = configuration;
  }

  /** Of a source, as the metastore knows its datasets; retired ones read no more. */
  EntriesInUse(Catalog catalog, SourceSpec source, Configuration configuration) {
    this.datasets =
        catalog.datasets(List.of()).stream()
            .map(Versioned::spec)
            .filter(dataset -> dataset.source().equals(source.name()))
            .toList();
    this.configuration = configuration;
  }

  /**
   * Why the entries below a sequence may not be removed yet; empty: they may.
   *
   * @param from what was removed before
   */
  Optional<String> reason(ManifestLog log, long from, long before) {
    for (DatasetSpec dataset : datasets) {
      PlanLog plans = PlanLog.open(dataset.target().path(), configuration);
      Optional<PlanAccount> account = plans.latestAccount();
      long position = account.map(done -> done.position(dataset.name(), log.topic())).orElse(0L);
      if (records(log, Math.max(from, position), before) > 0) {
        return Optional.of(
            "dataset '%s' has read the entries before %d alone"
                .formatted(dataset.name(), position));
      }
      if (endsGeneration(plans)) {
        return Optional.of(
            "the table of dataset '%s' was restored, and what it reads again is not settled yet"
                .formatted(dataset.name()));
      }
      for (Plan open : open(plans)) {
        if (reads(open, log.topic(), before)) {
          return Optional.of(
              "plan %d of dataset '%s' reads them and is not done"
                  .formatted(open.plan(), open.dataset()));
        }
      }
      Optional<Plan> rebuild = openRebuild(dataset, log.topic(), before);
      if (rebuild.isPresent()) {
        return Optional.of(
            "plan %d of the rebuild of dataset '%s' under version %d reads them and is not done"
                .formatted(
                    rebuild.get().plan(), rebuild.get().dataset(), rebuild.get().datasetVersion()));
      }
    }
    return Optional.empty();
  }

  /** What fills a table that is made anew, in a log of its own. */
  private Optional<Plan> openRebuild(DatasetSpec dataset, String topic, long before) {
    return RebuildFolders.of(dataset.target().path()).underWay(configuration).stream()
        .flatMap(table -> open(PlanLog.open(table.toString(), configuration)).stream())
        .filter(open -> reads(open, topic, before))
        .findFirst();
  }

  /**
   * Records in the quarantine of a dataset, which are replayed from the archive alone.
   *
   * @param dataset the dataset
   * @param code why they were set aside, in a word
   * @param records how many they are
   */
  record Quarantined(String dataset, String code, long records) {}

  /** What of the entries stands in quarantine, where no replay has resolved it. */
  List<Quarantined> quarantined(ManifestLog log, long from, long before) {
    List<Quarantined> quarantined = new ArrayList<>();
    for (DatasetSpec dataset : datasets) {
      QuarantineTable.open(dataset, configuration)
          .standing(log.topic(), from, before)
          .forEach(
              (code, records) -> quarantined.add(new Quarantined(dataset.name(), code, records)));
    }
    return quarantined;
  }

  /** The entries as of which replays read that are not done. */
  Set<Long> readAsOf(ManifestLog log) {
    Set<Long> asOf = new TreeSet<>();
    for (DatasetSpec dataset : datasets) {
      for (Plan open : open(PlanLog.open(dataset.target().path(), configuration))) {
        open.replay().map(replay -> replay.asOf().get(log.topic())).ifPresent(asOf::add);
      }
    }
    return asOf;
  }

  /** One that is put, or several that are done again after a RESTORE. */
  private static List<Plan> open(PlanLog plans) {
    long first = plans.latestAccount().map(PlanAccount::plan).orElse(-1L) + 1;
    return LongStream.rangeClosed(first, plans.last().orElse(-1))
        .mapToObj(n -> plans.planned(n).orElseThrow())
        .toList();
  }

  private static boolean endsGeneration(PlanLog plans) {
    OptionalLong head = plans.head();
    return head.isPresent()
        && plans.plan(head.getAsLong()).orElseThrow().kind() == PlanKind.RESTORE;
  }

  private static boolean reads(Plan plan, String topic, long before) {
    return plan.source().ranges().stream()
        .anyMatch(range -> range.topic().equals(topic) && range.from() < before);
  }

  /** How many records entries took in; a plan is made of no entries that hold none. */
  private static long records(ManifestLog log, long from, long before) {
    return before <= from ? 0 : recordsBelow(log, before) - recordsBelow(log, from);
  }

  private static long recordsBelow(ManifestLog log, long sequence) {
    return sequence == 0
        ? 0
        : log.entry(sequence - 1).map(entry -> entry.totals().records()).orElse(0L);
  }
}
