package dev.tributary.phase2.tiers;

import dev.tributary.archive.ManifestEntry;
import dev.tributary.archive.ManifestLog;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.metastore.TableTiers;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.SourceSpec;
import dev.tributary.core.spec.Versioned;
import dev.tributary.phase2.plan.Plan;
import dev.tributary.phase2.plan.PlanAccount;
import dev.tributary.phase2.plan.PlanLog;
import io.delta.kernel.defaults.engine.DefaultEngine;
import io.delta.kernel.engine.Engine;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/** Finds out what a dataset has in each tier. */
public final class TiersReader {
  private final Configuration configuration;

  /** Of stores that are reached so. */
  public TiersReader(Configuration configuration) {
    this.configuration = configuration;
  }

  /**
   * Reads the newest entry of each log and the log of each Delta table, and no data.
   *
   * @throws TributaryException STORE_UNAVAILABLE, TABLE_UNAVAILABLE, NOT_SUPPORTED for a table that
   *     only Spark can read
   */
  public TableTiers of(Versioned<DatasetSpec> dataset, SourceSpec source) {
    DatasetSpec spec = dataset.spec();
    PlanLog plans = PlanLog.open(spec.target().path(), configuration);
    Optional<PlanAccount> account = plans.latestAccount();
    List<TableTiers.Archive> archives = new ArrayList<>();
    for (String topic : source.topics()) {
      long position = account.map(done -> done.position(spec.name(), topic)).orElse(0L);
      archives.add(
          archive(ManifestLog.open(source.archive().location(), topic, configuration), position));
    }
    return new TableTiers(
        spec.name(),
        dataset.version(),
        spec.target().path(),
        archives,
        described(plans.folders().table()),
        described(plans.folders().quarantine()),
        described(plans.folders().tombstones()),
        described(plans.folders().late(spec.name())),
        newest(plans));
  }

  private Optional<TableTiers.Delta> described(Path location) {
    Engine engine = DefaultEngine.create(configuration);
    return DeltaLogs.newest(engine, location.toString())
        .map(snapshot -> DeltaLogs.describe(engine, snapshot));
  }

  private static TableTiers.Archive archive(ManifestLog log, long position) {
    Optional<ManifestEntry> head = log.head();
    String location = log.folder().toString();
    if (head.isEmpty()) {
      return new TableTiers.Archive(log.topic(), location, 0, 0, 0, 0, 0, 0, position, List.of());
    }
    ManifestEntry newest = head.get();
    return new TableTiers.Archive(
        log.topic(),
        location,
        newest.sequence() + 1,
        newest.held(),
        newest.expired().orElse(0),
        newest.erased().orElse(0),
        newest.totals().files(),
        newest.totals().bytes(),
        position,
        newest.partitions().stream()
            .map(
                each ->
                    new TableTiers.Watermark(
                        each.incarnation(), each.partition(), each.next(), each.held()))
            .toList());
  }

  private static Optional<TableTiers.NewestPlan> newest(PlanLog log) {
    OptionalLong head = log.head();
    if (head.isEmpty()) {
      return Optional.empty();
    }
    Plan plan = log.plan(head.getAsLong()).orElseThrow();
    return Optional.of(
        new TableTiers.NewestPlan(
            plan.plan(),
            plan.kind().text(),
            plan.dataset(),
            plan.datasetVersion(),
            plan.plannedAt(),
            log.account(plan.plan())
                .map(account -> account.outcome().name().toLowerCase(Locale.ROOT))
                .orElse("open")));
  }
}
