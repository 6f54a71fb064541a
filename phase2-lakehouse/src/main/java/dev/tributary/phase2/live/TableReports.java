package dev.tributary.phase2.live;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.metastore.Metastore;
import dev.tributary.core.metastore.TableReport;
import dev.tributary.core.metastore.TableTiers;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.Versioned;
import dev.tributary.phase2.plan.PlanAccount;
import dev.tributary.phase2.tiers.TiersReader;
import dev.tributary.streaming.StopSignal;
import dev.tributary.streaming.TriggerSpec;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.apache.hadoop.conf.Configuration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the metastore what a dataset has in its tiers: now and then while plans are done, and when
 * a run up to now ends. To look costs some requests and a read of the tables' logs, and holds up
 * the next plan, which is why it is done no more often than it takes a twentieth of the time, and
 * no more where the metastore refuses it twice, one time after the other. What goes wrong with it
 * is logged and never reaches the run. Not thread-safe.
 */
final class TableReports {
  private static final Logger LOG = LoggerFactory.getLogger(TableReports.class);

  /** A proxy, a service that starts, or a token that is replaced may refuse it once. */
  private static final int REFUSALS = 2;

  /** How many times what a look took passes before the next one. */
  private static final int SPACING = 20;

  private final Metastore metastore;
  private final Supplier<Configuration> stores;
  private final String dataset;
  private final String run;
  private final Duration interval;
  private final Clock clock;
  private final LongSupplier nanoTime;
  private long lookedAt;
  private long looked;
  private boolean changed;
  private int refusals;
  private Optional<String> seen = Optional.empty();
  private String trouble = "";

  /**
   * Reports of nothing yet.
   *
   * @param stores how they are reached; asked when a report is made
   * @param run the driver's run id
   */
  TableReports(
      Metastore metastore,
      Supplier<Configuration> stores,
      String dataset,
      String run,
      LiveSettings settings,
      Clock clock,
      LongSupplier nanoTime) {
    this.metastore = metastore;
    this.stores = stores;
    this.dataset = dataset;
    this.run = run;
    this.interval = settings.tableReports();
    this.clock = clock;
    this.nanoTime = nanoTime;
    this.lookedAt = nanoTime.getAsLong();
    // A run up to now that finds nothing to do is started again and again, and tells nothing new.
    this.changed = !(settings.trigger() instanceof TriggerSpec.AvailableNow);
  }

  /** Is told of the newest plan that is done, whoever did it; empty: there is none yet. */
  void seen(Optional<PlanAccount> newest) {
    String now = newest.map(PlanAccount::planId).orElse("none");
    changed |= seen.isPresent() && !seen.get().equals(now);
    seen = Optional.of(now);
  }

  /** Reports if something changed and the last look was long enough ago. */
  void now() {
    long pause = Math.max(interval.toNanos(), SPACING * looked);
    if (changed && nanoTime.getAsLong() - lookedAt >= pause) {
      tell();
    }
  }

  /**
   * Reports what changed since the last look, since there is no later time for it; one who is told
   * to stop has no time for it either.
   */
  void last(StopSignal stop) {
    if (changed && !stop.requested()) {
      tell();
    }
  }

  private void tell() {
    if (interval.isZero() || refusals == REFUSALS) {
      return;
    }
    long began = nanoTime.getAsLong();
    look();
    lookedAt = nanoTime.getAsLong();
    looked = lookedAt - began;
  }

  private void look() {
    try {
      if (metastore.away()) {
        return;
      }
      Versioned<DatasetSpec> current = metastore.requireDataset(dataset);
      long at = clock.millis();
      TableTiers tiers =
          new TiersReader(stores.get()).of(current, metastore.requireSourceOf(current.spec()));
      report(new TableReport(dataset, run, at, tiers));
      changed = false;
      trouble = "";
    } catch (RuntimeException e) {
      log(e);
    }
  }

  private void report(TableReport report) {
    try {
      metastore.reportTable(report);
      refusals = 0;
    } catch (TributaryException e) {
      // An older service has no place for it, or the token not the scope: each look would be for
      // nothing.
      boolean refused =
          e.code() == ErrorCode.METASTORE_REFUSED || e.code() == ErrorCode.METASTORE_DENIED;
      refusals = refused ? refusals + 1 : 0;
      if (refusals < REFUSALS) {
        throw e;
      }
      LOG.warn(
          "The metastore is not told any more by this run what {} has in its tables: {}",
          dataset,
          e.getMessage());
    }
  }

  /** The same trouble is said once. */
  private void log(RuntimeException e) {
    String said =
        "The metastore was not told what %s has in its tables: %s"
            .formatted(dataset, e.getMessage());
    if (said.equals(trouble)) {
      LOG.debug(said);
      return;
    }
    LOG.warn(said);
    trouble = said;
  }
}
