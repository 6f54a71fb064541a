package dev.tributary.phase2.maintain;

import dev.tributary.core.metastore.Metastore;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.MaintenanceSpec;
import dev.tributary.phase2.live.LiveSettings;
import dev.tributary.phase2.live.Upkeep;
import dev.tributary.phase2.maintain.MaintenanceUnit.MaintenanceRun;
import dev.tributary.streaming.PipelineMetrics;
import dev.tributary.streaming.StopSignal;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Semaphore;
import org.apache.spark.SparkContext;
import org.apache.spark.sql.SparkSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compacts and purges a dataset's table between its batches, as often and for as long as the
 * dataset says. It never vacuums: that lists the whole folder. Used by one thread at a time.
 */
public final class LiveMaintenance implements Upkeep {
  private static final Logger LOG = LoggerFactory.getLogger(LiveMaintenance.class);
  private static final Duration AGAIN = Duration.ofSeconds(1);

  private final SparkSession spark;
  private final Metastore metastore;
  private final MaintenanceRun within;
  private final Clock clock;
  private long looked = -1;

  /**
   * Of one dataset.
   *
   * @param run the driver's run id
   */
  public LiveMaintenance(
      SparkSession spark, Metastore metastore, String run, LiveSettings settings, Clock clock) {
    this.spark = spark;
    this.metastore = metastore;
    this.within =
        new MaintenanceRun(
            run,
            settings.aliveInterval(),
            settings.aliveTimeout(),
            // Others wait for no batch; each commit is logged.
            new Semaphore(1),
            report -> {});
    this.clock = clock;
  }

  @Override
  public void after(DatasetSpec dataset, long plan, StopSignal stop) throws InterruptedException {
    MaintenanceSpec maintenance = dataset.maintenance();
    // By the plans' numbers, so that it does not begin anew with each run.
    long before = looked < 0 ? plan - 1 : looked;
    looked = plan;
    if (maintenance.afterBatches().filter(every -> lies(every, before, plan)).isPresent()
        && !stop.requested()) {
      maintain(dataset, Duration.ofMillis(maintenance.atMostMillis()), stop);
    }
  }

  /** Whether a multiple of so many plans was done since. */
  static boolean lies(long every, long before, long plan) {
    return (plan + 1) / every > (before + 1) / every;
  }

  private void maintain(DatasetSpec dataset, Duration atMost, StopSignal stop)
      throws InterruptedException {
    String name = dataset.name();
    MaintenanceUnit unit =
        new MaintenanceUnit(
            spark,
            metastore,
            List.of(dataset),
            MaintenanceRequest.of(List.of(dataset.maintenance())).withoutVacuum(),
            within,
            new PipelineMetrics(name + ".maintain", "phase2", clock),
            clock);
    StopSignal over = new StopSignal();
    String jobs = name + "-maintain-" + UUID.randomUUID();
    Thread limit = new Thread(() -> limit(atMost, stop, over, jobs), jobs);
    limit.setDaemon(true);
    limit.start();
    SparkContext context = spark.sparkContext();
    context.addJobTag(jobs);
    try {
      unit.run(over);
    } catch (InterruptedException e) {
      throw e;
    } catch (Exception | LinkageError | StackOverflowError e) {
      // Delta's errors are checked ones at times, which its signatures do not say.
      if (!over.requested()) {
        LOG.error("The table of {} could not be put in order; its batches go on", name, e);
      }
    } finally {
      context.removeJobTag(jobs);
      limit.interrupt();
      limit.join();
    }
    if (over.requested() && !stop.requested()) {
      LOG.warn(
          "The table of {} was not put in order within {} ms; the rest is left for the next time. If that goes on, let maintenance.atMostMillis be greater, or run ./tributary maintain.",
          name,
          atMost.toMillis());
    }
  }

  /**
   * Ends it when its time is over or a stop is asked for, also in the middle of a commit's work.
   */
  private void limit(Duration atMost, StopSignal stop, StopSignal over, String jobs) {
    try {
      stop.await(atMost);
      over.request();
      while (true) {
        // A job that begins just now is not among those that are.
        spark.sparkContext().cancelJobsWithTag(jobs);
        Thread.sleep(AGAIN.toMillis());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
