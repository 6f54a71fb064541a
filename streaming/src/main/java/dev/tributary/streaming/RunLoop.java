package dev.tributary.streaming;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
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
  private final Duration giveWay;
  private final StopSignal stop = new StopSignal();
  private final Map<String, SupervisedUnit> running = new LinkedHashMap<>();
  private final List<TributaryException> pastFailures = new ArrayList<>();
  private List<RunUnit> wanted = List.of();
  private Optional<Future<Found>> looking = Optional.empty();
  private long lookedAt;

  /**
   * What a look has found.
   *
   * @param units that should run
   * @param changed names of those that run and must be made anew
   */
  private record Found(List<RunUnit> units, Set<String> changed) {}

  /** A loop over the units that the source names. */
  public RunLoop(UnitSource source, RetryPolicy retry, RunLimits limits) {
    this(source, retry, limits, Failures.GIVE_WAY);
  }

  RunLoop(UnitSource source, RetryPolicy retry, RunLimits limits, Duration giveWay) {
    this.source = source;
    this.retry = retry;
    this.limits = limits;
    this.giveWay = giveWay;
  }

  /** Asks every unit to finish its batch. Safe from any thread; returns at once. */
  public void stop() {
    stop.request();
  }

  /** Runs; returns when the run is over. Must be called once. */
  public RunOutcome run() throws InterruptedException {
    long began = System.nanoTime();
    discoverFirst(began);
    lookedAt = System.nanoTime();
    // Apart, since who does not answer must not keep the run from its stop, or its time's end.
    ExecutorService looks = Executors.newSingleThreadExecutor(RunLoop::lookingThread);
    try {
      return run(began, looks);
    } finally {
      looks.shutdownNow();
    }
  }

  private RunOutcome run(long began, ExecutorService looks) throws InterruptedException {
    boolean once = limits.discoveryInterval().isZero();
    while (!stop.await(TICK)) {
      if (!limits.maxDuration().isZero() && passed(began, limits.maxDuration())) {
        LOG.info("The run's time of {} is up: finishing the batches in hand", limits.maxDuration());
        stop.request();
        break;
      }
      if (!once) {
        discoverAgain(looks);
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

  private void discoverFirst(long began) throws InterruptedException {
    for (int failures = 0; !stop.requested(); ) {
      try {
        reconcile(look(Map.of()));
        return;
      } catch (RuntimeException e) {
        TributaryException error = Failures.coded(e);
        failures++;
        // A token that nobody has taken so far is mistyped more often than late.
        boolean denied = error.code() == ErrorCode.METASTORE_DENIED;
        if (denied || !error.code().retryable() || failures >= retry.maxAttempts()) {
          throw error;
        }
        Duration wait = retry.backoff(failures, error.code().retryAfter(), SupervisedUnit.RANDOM);
        if (!limits.maxDuration().isZero() && passed(began, limits.maxDuration().minus(wait))) {
          // The run's time is up before another attempt, and nothing was done in it.
          throw error;
        }
        LOG.warn("What to run could not be found out; trying again in {}", wait, e);
        stop.await(wait);
      }
    }
  }

  private void discoverAgain(ExecutorService looks) throws InterruptedException {
    if (looking.isEmpty() && passed(lookedAt, limits.discoveryInterval())) {
      Map<String, SupervisedUnit> now = Map.copyOf(running);
      looking = Optional.of(looks.submit(() -> look(now)));
    }
    if (looking.isEmpty() || !looking.get().isDone()) {
      return;
    }
    try {
      reconcile(looking.get().get());
    } catch (ExecutionException e) {
      LOG.warn("What to run could not be found out; going on with what runs", e.getCause());
    }
    looking = Optional.empty();
    lookedAt = System.nanoTime();
  }

  private Found look(Map<String, SupervisedUnit> now) {
    List<RunUnit> units = List.copyOf(source.units());
    Set<String> changed = new HashSet<>();
    for (RunUnit unit : units) {
      SupervisedUnit same = now.get(unit.name());
      if (same != null && !same.stopping() && (same.gaveWay(giveWay) || changed(unit, same))) {
        changed.add(unit.name());
      }
    }
    return new Found(units, changed);
  }

  /** One of which that cannot be found out stays as it is, and does not hold up the others. */
  private static boolean changed(RunUnit unit, SupervisedUnit running) {
    try {
      return !unit.fingerprint().equals(running.fingerprint());
    } catch (RuntimeException e) {
      LOG.warn("Whether {} is to be started anew could not be found out", unit.name(), e);
      return false;
    }
  }

  private static Thread lookingThread(Runnable task) {
    Thread thread = new Thread(task, "discovery");
    thread.setDaemon(true);
    return thread;
  }

  /** A place is taken as soon as it is free: what waits for it is read by nobody meanwhile. */
  private void replaceStopped() {
    if (running.values().stream().anyMatch(unit -> unit.stopping() && !unit.alive())) {
      startWanted();
    }
  }

  private void reconcile(Found found) {
    wanted = found.units();
    Set<String> listed = wanted.stream().map(RunUnit::name).collect(Collectors.toSet());
    running.values().stream()
        .filter(unit -> !listed.contains(unit.name()) || found.changed().contains(unit.name()))
        .forEach(SupervisedUnit::stop);
    startWanted();
  }

  private void startWanted() {
    forgetStopped();
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

  private void forgetStopped() {
    for (SupervisedUnit unit : List.copyOf(running.values())) {
      if (unit.stopping() && !unit.alive()) {
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
        unit.abandon(limits.stopTimeout());
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
