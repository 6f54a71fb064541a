package dev.tributary.streaming;

import dev.tributary.core.error.TributaryException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs units apart from each other: each has a thread, is tried again with a capped backoff when a
 * failure may pass, and is given up alone. Ends when all units have ended, when it is told to stop,
 * or when its time is up.
 */
public final class RunLoop {
  private static final Logger LOG = LoggerFactory.getLogger(RunLoop.class);
  private static final Duration TICK = Duration.ofMillis(100);

  private final UnitSource source;
  private final RetryPolicy retry;
  private final RunLimits limits;
  private final StopSignal stop = new StopSignal();
  private final Map<String, SupervisedUnit> running = new LinkedHashMap<>();
  private final List<TributaryException> pastFailures = new ArrayList<>();
  private List<RunUnit> wanted = List.of();

  /** A loop over the units that the source names. */
  public RunLoop(UnitSource source, RetryPolicy retry, RunLimits limits) {
    this.source = source;
    this.retry = retry;
    this.limits = limits;
  }

  /** Asks every unit to finish its batch. Safe from any thread; returns at once. */
  public void stop() {
    stop.request();
  }

  /** Runs; returns when the run is over. Must be called once. */
  public RunOutcome run() throws InterruptedException {
    long began = System.nanoTime();
    boolean once = limits.discoveryInterval().isZero();
    discoverFirst();
    long discovered = System.nanoTime();
    while (!stop.await(TICK)) {
      if (!limits.maxDuration().isZero() && passed(began, limits.maxDuration())) {
        LOG.info("The run's time of {} is up: finishing the batches in hand", limits.maxDuration());
        stop.request();
        break;
      }
      if (!once && passed(discovered, limits.discoveryInterval())) {
        discoverAgain();
        discovered = System.nanoTime();
      }
      replaceStopped();
      if (allEnded(once)) {
        return outcome(RunOutcome.Ending.FINISHED);
      }
    }
    stopAll();
    return outcome(RunOutcome.Ending.STOPPED);
  }

  private boolean allEnded(boolean once) {
    if (once) {
      return running.values().stream().noneMatch(SupervisedUnit::alive);
    }
    // A driver of everything waits for something to be registered, and for what takes the place of
    // a unit that it has stopped itself.
    return !running.isEmpty() && running.values().stream().allMatch(SupervisedUnit::endedByItself);
  }

  private void discoverFirst() throws InterruptedException {
    for (int failures = 0; !stop.requested(); ) {
      try {
        reconcile(source.units());
        return;
      } catch (RuntimeException e) {
        TributaryException error = Failures.coded(e);
        failures++;
        if (!error.code().retryable() || failures >= retry.maxAttempts()) {
          throw error;
        }
        Duration wait = retry.backoff(failures, error.code().retryAfter(), SupervisedUnit.RANDOM);
        LOG.warn("What to run could not be found out; trying again in {}", wait, e);
        stop.await(wait);
      }
    }
  }

  private void discoverAgain() {
    try {
      reconcile(source.units());
    } catch (RuntimeException e) {
      LOG.warn("What to run could not be found out; going on with what runs", e);
    }
  }

  /** A place is taken as soon as it is free: what waits for it is read by nobody meanwhile. */
  private void replaceStopped() {
    if (running.values().stream().anyMatch(unit -> unit.stopping() && !unit.alive())) {
      reconcile(wanted);
    }
  }

  private void reconcile(List<RunUnit> now) {
    wanted = List.copyOf(now);
    stopUnwanted();
    for (RunUnit unit : wanted) {
      if (!running.containsKey(unit.name()) && !claimed(unit)) {
        // What failed under an earlier spec is no failure of the run once the new one works.
        pastFailures.clear();
        SupervisedUnit supervised = new SupervisedUnit(unit, retry);
        running.put(unit.name(), supervised);
        supervised.start();
      }
    }
  }

  /** Whether a unit that is still finishing its batch works on the same. */
  private boolean claimed(RunUnit unit) {
    return running.values().stream()
        .anyMatch(
            other -> other.stopping() && !Collections.disjoint(other.claims(), unit.claims()));
  }

  private void stopUnwanted() {
    Map<String, RunUnit> byName =
        wanted.stream().collect(Collectors.toMap(RunUnit::name, Function.identity()));
    for (SupervisedUnit unit : List.copyOf(running.values())) {
      RunUnit now = byName.get(unit.name());
      boolean same = now != null && now.fingerprint().equals(unit.fingerprint());
      if (same && !unit.stopping()) {
        continue;
      }
      unit.stop();
      if (!unit.alive()) {
        unit.failure().ifPresent(pastFailures::add);
        running.remove(unit.name());
        withdraw(unit, wanted);
      }
    }
  }

  /** What failed and is not wanted any more troubles the driver's health no longer. */
  private static void withdraw(SupervisedUnit unit, List<RunUnit> wanted) {
    Set<PipelineMetrics> stay =
        wanted.stream().flatMap(other -> other.pipelines().stream()).collect(Collectors.toSet());
    unit.pipelines().stream()
        .filter(pipeline -> !stay.contains(pipeline))
        .forEach(PipelineMetrics::stopped);
  }

  private void stopAll() throws InterruptedException {
    running.values().forEach(SupervisedUnit::stop);
    long began = System.nanoTime();
    for (SupervisedUnit unit : running.values()) {
      Duration left = limits.stopTimeout().minusNanos(System.nanoTime() - began);
      if (!unit.join(left)) {
        LOG.warn(
            "{} did not finish its batch within {}; it is given up, and done again by the next run",
            unit.name(),
            limits.stopTimeout());
        unit.interrupt();
      }
    }
  }

  private RunOutcome outcome(RunOutcome.Ending ending) {
    Optional<TributaryException> failure =
        running.values().stream()
            .map(unit -> unit.failure().or(unit::unfinished))
            .flatMap(Optional::stream)
            .findFirst()
            .or(() -> pastFailures.stream().findFirst());
    return failure.isPresent()
        ? new RunOutcome(RunOutcome.Ending.FAILED, failure)
        : new RunOutcome(ending, Optional.empty());
  }

  private static boolean passed(long since, Duration duration) {
    return System.nanoTime() - since >= duration.toNanos();
  }
}
