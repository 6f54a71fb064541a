package dev.tributary.phase2.live;

import dev.tributary.core.json.Json;
import dev.tributary.phase2.plan.PlanLog;
import dev.tributary.storage.ListedObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Shows other runs that this one works on a plan, and tells whether others do. Among runs of plans
 * it only spares work: finishing the plan of a run that is alive is harmless. A vacuum with a short
 * retention relies on those of maintenance runs.
 */
public final class Heartbeat implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Heartbeat.class);

  private final PlanLog log;
  private final String run;
  private final Duration every;
  private final Clock clock;
  private final ScheduledExecutorService timer;

  /** Of a run that shows nothing yet. */
  public Heartbeat(PlanLog log, String run, Duration every, Clock clock) {
    this.log = log;
    this.run = run;
    this.every = every;
    this.clock = clock;
    this.timer =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread thread = new Thread(task, "sign-of-life-" + run);
              thread.setDaemon(true);
              return thread;
            });
  }

  /** Shows signs of life while {@code work} lasts, the first one before it begins. */
  public <T> T during(Supplier<T> work) {
    beat();
    ScheduledFuture<?> beats =
        timer.scheduleWithFixedDelay(
            this::tryBeat, every.toMillis(), every.toMillis(), TimeUnit.MILLISECONDS);
    try {
      return work.get();
    } finally {
      beats.cancel(false);
    }
  }

  /** The last sign of life of a run; empty if it ended cleanly or never lived. */
  static Optional<SignOfLife> of(PlanLog log, String run) {
    return log.store().read(log.folders().alive(run)).map(Heartbeat::parsed);
  }

  private static SignOfLife parsed(byte[] content) {
    try {
      return Json.mapper().readValue(content, SignOfLife.class);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * The runs whose ids end like this and whose signs of life are there, whether these still change
   * or not. Those whose process is known to be gone are not among them once that has been silent
   * for so long: in a container a process is called as one of another on the same host. Costs a
   * listing.
   */
  public static List<String> leftBy(PlanLog log, String suffix, Duration silentFor, Clock clock) {
    long silent = clock.millis() - silentFor.toMillis();
    List<String> runs = new ArrayList<>();
    Iterator<ListedObject> signs = log.store().listFrom(log.folders().alive("").getParent(), "");
    while (signs.hasNext()) {
      log.store()
          .read(signs.next().path())
          .map(Heartbeat::parsed)
          .filter(sign -> sign.run().endsWith(suffix))
          .filter(sign -> sign.at() >= silent || !knownDead(sign))
          .ifPresent(sign -> runs.add(sign.run()));
    }
    return runs;
  }

  /** Whether it was a process of this machine and that process is gone. */
  static boolean knownDead(SignOfLife sign) {
    if (!sign.host().equals(host())) {
      return false;
    }
    Optional<ProcessHandle> process = ProcessHandle.of(sign.process());
    return process.isEmpty() || startOf(process.get()) != sign.startedAt();
  }

  private void tryBeat() {
    try {
      beat();
    } catch (RuntimeException e) {
      LOG.warn("No sign of life could be written; another run may take over: {}", e.toString());
    }
  }

  private void beat() {
    ProcessHandle self = ProcessHandle.current();
    SignOfLife sign = new SignOfLife(1, run, host(), self.pid(), startOf(self), clock.millis());
    try {
      log.store().overwrite(log.folders().alive(run), Json.mapper().writeValueAsBytes(sign));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static long startOf(ProcessHandle process) {
    return process.info().startInstant().map(Instant::toEpochMilli).orElse(0L);
  }

  private static String host() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "unknown";
    }
  }

  @Override
  public void close() {
    timer.shutdownNow();
    try {
      // A beat that is on its way would bring the object back.
      timer.awaitTermination(5, TimeUnit.SECONDS);
      log.store().delete(log.folders().alive(run));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      LOG.warn("The sign of life of run {} stays: {}", run, e.toString());
    }
  }
}
