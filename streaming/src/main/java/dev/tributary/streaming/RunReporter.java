package dev.tributary.streaming;

import dev.tributary.core.error.TributaryException;
import dev.tributary.core.metastore.Metastore;
import dev.tributary.core.metastore.RunReport;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the metastore how the pipelines of a run are: at once when a state or error changes, now
 * and then while they work, and a last time when the run is over. What goes wrong with that is
 * logged, once for as long as it lasts, and never reaches the run.
 */
final class RunReporter {
  private static final Logger LOG = LoggerFactory.getLogger(RunReporter.class);
  private static final Duration LOOK = Duration.ofSeconds(1);
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  /** What a pipeline was last told of, and when by {@link System#nanoTime}. */
  private record Told(RunReport.State state, Optional<String> errorCode, long at) {
    boolean changed(RunReport now) {
      return state != now.state() || !errorCode.equals(now.errorCode());
    }
  }

  private final Pipelines pipelines;
  private final Metastore metastore;
  private final String run;
  private final Duration interval;
  private final Clock clock;
  private final ScheduledExecutorService timer;
  private final Map<String, Told> told = new HashMap<>();
  private final Set<String> refused = new HashSet<>();
  private boolean away;
  private long failedAt;

  private RunReporter(
      Pipelines pipelines, Metastore metastore, String run, Duration interval, Clock clock) {
    this.pipelines = pipelines;
    this.metastore = metastore;
    this.run = run;
    this.interval = interval;
    this.clock = clock;
    this.timer =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread thread = new Thread(task, "run-reporter");
              thread.setDaemon(true);
              return thread;
            });
  }

  /**
   * Begins to report.
   *
   * @param interval how often a pipeline that works is reported though nothing changed; zero: no
   *     report at all
   */
  static RunReporter start(
      Pipelines pipelines, Metastore metastore, String run, Duration interval, Clock clock) {
    RunReporter reporter = new RunReporter(pipelines, metastore, run, interval, clock);
    if (!interval.isZero()) {
      long look = Math.min(LOOK.toMillis(), interval.toMillis());
      reporter.timer.scheduleWithFixedDelay(reporter::look, look, look, TimeUnit.MILLISECONDS);
    }
    return reporter;
  }

  /** Makes the last reports; what still counts as working did end with the run. */
  void finish(RunOutcome outcome) {
    endLooks();
    if (interval.isZero()) {
      return;
    }
    tell(
        pipelines.all().stream()
            .map(PipelineMetrics::snapshot)
            .map(now -> ended(report(now), outcome))
            .toList());
  }

  /** A report that is on its way is let through. */
  private void endLooks() {
    timer.shutdown();
    try {
      if (!timer.awaitTermination(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
        timer.shutdownNow();
      }
    } catch (InterruptedException e) {
      timer.shutdownNow();
      Thread.currentThread().interrupt();
    }
  }

  private void look() {
    if (!away || passed(failedAt)) {
      tell(pipelines.all().stream().map(PipelineMetrics::snapshot).map(this::report).toList());
    }
  }

  private boolean passed(long since) {
    return System.nanoTime() - since >= interval.toNanos();
  }

  private synchronized void tell(List<RunReport> reports) {
    for (RunReport report : reports) {
      if (isDue(report) && !tell(report)) {
        // The others would fare the same.
        return;
      }
    }
  }

  /** Whether the next one may be told. */
  private boolean tell(RunReport report) {
    try {
      metastore.reportRun(report);
      away = false;
      refused.remove(report.pipeline());
    } catch (RuntimeException e) {
      if (e instanceof TributaryException coded && coded.code().metastoreAway()) {
        failedAt = System.nanoTime();
        if (!away) {
          LOG.warn("The metastore cannot be told how the run is: {}", e.getMessage());
        }
        away = true;
        return false;
      }
      if (refused.add(report.pipeline())) {
        LOG.warn("The metastore cannot be told how {} is: {}", report.pipeline(), e.getMessage());
      }
    }
    // What is refused is not repeated before its time either.
    told.put(report.pipeline(), new Told(report.state(), report.errorCode(), System.nanoTime()));
    return true;
  }

  /** What has ended is told once: a later run of the same pipeline must not be outshouted. */
  private boolean isDue(RunReport report) {
    Told last = told.get(report.pipeline());
    if (last == null || last.changed(report)) {
      return true;
    }
    return isAtWork(report.state()) && passed(last.at());
  }

  private static boolean isAtWork(RunReport.State state) {
    return state == RunReport.State.RUNNING || state == RunReport.State.RETRYING;
  }

  private static RunReport ended(RunReport report, RunOutcome outcome) {
    if (!isAtWork(report.state())) {
      return report;
    }
    Optional<TributaryException> error = outcome.error();
    return new RunReport(
        report.run(),
        report.pipeline(),
        report.phase(),
        error.isPresent() ? RunReport.State.FAILED : RunReport.State.STOPPED,
        report.at(),
        report.progress(),
        error.isPresent() ? error.map(e -> e.code().code()) : report.errorCode(),
        error.isPresent() ? error.map(Throwable::getMessage) : report.error());
  }

  private RunReport report(PipelineSnapshot now) {
    Map<String, Long> progress = new TreeMap<>();
    progress.put("records_ingested", now.recordsIngested());
    progress.put("bytes", now.bytes());
    progress.put("commits", now.commits());
    progress.put("quarantined", now.quarantined());
    progress.put("errors", now.errors());
    progress.put("lag_records", now.lagRecords());
    progress.put("lag_seconds", (long) now.lagSeconds());
    now.lastCommit().ifPresent(at -> progress.put("last_commit", Instant.parse(at).toEpochMilli()));
    return new RunReport(
        run,
        now.pipeline(),
        now.phase().equals("phase1") ? 1 : 2,
        state(now.state()),
        clock.millis(),
        progress,
        now.errorCode(),
        now.error());
  }

  private static RunReport.State state(String text) {
    if (text.equals(PipelineState.FAILED.text())) {
      return RunReport.State.FAILED;
    }
    if (text.equals(PipelineState.RETRYING.text())) {
      return RunReport.State.RETRYING;
    }
    return text.equals(PipelineState.STOPPED.text())
        ? RunReport.State.STOPPED
        : RunReport.State.RUNNING;
  }
}
