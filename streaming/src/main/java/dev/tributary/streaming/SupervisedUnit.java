package dev.tributary.streaming;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import java.time.Duration;
import java.util.Collection;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/** A unit, its thread and its attempts. */
final class SupervisedUnit {
  /** The jitter of backoffs; nothing depends on its quality. */
  static final RandomGenerator RANDOM = RandomGenerator.getDefault();

  private static final Logger LOG = LoggerFactory.getLogger(SupervisedUnit.class);

  private final RunUnit unit;
  private final RetryPolicy retry;
  private final StopSignal stop = new StopSignal();
  private final Thread thread;
  private volatile Optional<TributaryException> failure = Optional.empty();
  private volatile Optional<TributaryException> unfinished = Optional.empty();
  private volatile Optional<TributaryException> abandoned = Optional.empty();
  private volatile long endedAt;

  SupervisedUnit(RunUnit unit, RetryPolicy retry) {
    this.unit = unit;
    this.retry = retry;
    this.thread = new Thread(this::run, "unit-" + unit.name());
    // The driver leaves when its loop does; a batch that was given up must not hold it back.
    thread.setDaemon(true);
  }

  String name() {
    return unit.name();
  }

  String fingerprint() {
    return unit.fingerprint();
  }

  Set<String> claims() {
    return unit.claims();
  }

  Collection<PipelineMetrics> pipelines() {
    return unit.pipelines();
  }

  void start() {
    thread.start();
  }

  void stop() {
    stop.request();
  }

  /** Gives the batch in hand up, which a stop has waited for in vain. */
  void abandon(Duration waited) {
    TributaryException error =
        TributaryException.of(
            ErrorCode.STOP_TIMED_OUT,
            "%s did not finish its batch within %s after it was told to stop, so the batch was given up; the next run does it again."
                .formatted(unit.name(), waited),
            "Give the stop more time with --stop-timeout, or make batches smaller.");
    abandoned = Optional.of(error);
    unit.pipelines().stream()
        .filter(pipeline -> pipeline.state() != PipelineState.FAILED)
        .forEach(pipeline -> pipeline.retrying(error));
    unit.pipelines().forEach(SupervisedUnit::ends);
    thread.interrupt();
  }

  boolean alive() {
    return thread.isAlive();
  }

  /** Whether it was asked to stop. */
  boolean stopping() {
    return stop.requested();
  }

  /** Whether it has ended though nobody asked it to. */
  boolean endedByItself() {
    return !thread.isAlive() && !stop.requested();
  }

  /** Whether it has left its work to another driver, and so long ago that one may look again. */
  boolean gaveWay(Duration ago) {
    return endedByItself()
        && System.nanoTime() - endedAt >= ago.toNanos()
        && Stream.concat(failure.stream(), failures()).anyMatch(Failures::gaveWay);
  }

  /** True: it has ended. */
  boolean join(Duration timeout) throws InterruptedException {
    thread.join(Math.max(1, timeout.toMillis()));
    return !thread.isAlive();
  }

  /** Why it, or one of its pipelines, was given up. */
  Optional<TributaryException> failure() {
    // Whatever the interrupted batch throws: that it took too long is why.
    return abandoned.or(() -> failure).or(() -> failures().findFirst());
  }

  private Stream<TributaryException> failures() {
    return unit.pipelines().stream()
        .filter(pipeline -> pipeline.state() == PipelineState.FAILED)
        .map(PipelineMetrics::error)
        .flatMap(Optional::stream);
  }

  /**
   * Why its last attempt failed, where a stop kept it from another, or that it was given up itself.
   */
  Optional<TributaryException> unfinished() {
    return abandoned.or(() -> unfinished);
  }

  private void run() {
    try {
      supervise();
    } finally {
      endedAt = System.nanoTime();
    }
  }

  private void supervise() {
    MDC.put(DriverLogging.UNIT, unit.name());
    int failures = 0;
    while (true) {
      long before = unit.progress();
      try {
        unit.pipelines().forEach(SupervisedUnit::runs);
        unit.run(stop);
        unfinished = waiting();
        unit.pipelines().forEach(SupervisedUnit::ends);
        return;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        unit.pipelines().forEach(SupervisedUnit::ends);
        return;
      } catch (Exception | Error e) {
        failures = unit.progress() > before ? 1 : failures + 1;
        if (!goesOn(Failures.coded(e), failures)) {
          return;
        }
      }
    }
  }

  /** Why one of its pipelines, which the others did not wait for, was to be tried again. */
  private Optional<TributaryException> waiting() {
    return unit.pipelines().stream()
        .filter(pipeline -> pipeline.state() == PipelineState.RETRYING)
        .map(PipelineMetrics::error)
        .flatMap(Optional::stream)
        .findFirst();
  }

  /** Decides about a failure and, where it may pass, waits. */
  private boolean goesOn(TributaryException error, int failures) {
    RetryPolicy policy = unit.retries(retry);
    if (!Failures.worthRetrying(error, unit.progress() > 0) || failures >= policy.maxAttempts()) {
      LOG.error("{} failed for good: {}", unit.name(), error.code().code(), error);
      failure = Optional.of(error);
      unit.pipelines().forEach(pipeline -> pipeline.failed(error));
      return false;
    }
    if (stop.requested()) {
      LOG.warn("{} failed while it was stopping; the next run goes on", unit.name(), error);
      unit.pipelines().stream()
          .filter(pipeline -> pipeline.state() != PipelineState.FAILED)
          .forEach(pipeline -> pipeline.retrying(error));
      giveUp(error);
      return false;
    }
    Duration wait = policy.backoff(failures, error.code().retryAfter(), RANDOM);
    LOG.warn(
        "{} failed ({} in a row): {}; trying again in {}",
        unit.name(),
        failures,
        error.code().code(),
        wait,
        error);
    unit.pipelines().forEach(pipeline -> pipeline.retrying(error));
    try {
      stop.await(wait);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (stop.requested()) {
      giveUp(error);
    }
    return !stop.requested();
  }

  private void giveUp(TributaryException error) {
    unfinished = Optional.of(error);
    unit.pipelines().forEach(SupervisedUnit::ends);
  }

  private static void runs(PipelineMetrics pipeline) {
    if (pipeline.state() != PipelineState.FAILED) {
      pipeline.running();
    }
  }

  /** A pipeline that failed on its own stays failed. */
  private static void ends(PipelineMetrics pipeline) {
    if (pipeline.state() != PipelineState.FAILED) {
      pipeline.stopped();
    }
  }
}
