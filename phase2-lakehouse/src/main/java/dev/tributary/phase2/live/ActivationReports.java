package dev.tributary.phase2.live;

import dev.tributary.core.error.TributaryException;
import dev.tributary.core.metastore.Activation;
import dev.tributary.core.metastore.Metastore;
import java.time.Duration;
import java.util.Iterator;
import java.util.NavigableMap;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the metastore what became of a dataset's versions. A failure to report never fails a run:
 * what it was not told is kept, and told again. Not thread-safe.
 */
final class ActivationReports {
  private static final Logger LOG = LoggerFactory.getLogger(ActivationReports.class);

  /** A metastore that is away must not hold up every batch. */
  static final Duration PAUSE = Duration.ofSeconds(5);

  private final Metastore metastore;
  private final LongSupplier nanoTime;
  private final NavigableMap<Long, Activation> unsent = new TreeMap<>();
  private String trouble = "";
  private OptionalLong failedAt = OptionalLong.empty();

  ActivationReports(Metastore metastore, LongSupplier nanoTime) {
    this.metastore = metastore;
    this.nanoTime = nanoTime;
  }

  /** Reports, now or as soon as it can be. */
  void tell(Activation activation) {
    unsent.put(activation.version(), activation);
    again();
  }

  /** Reports what was not taken so far, unless that was tried a moment ago. */
  void again() {
    if (failedAt.isEmpty() || nanoTime.getAsLong() - failedAt.getAsLong() >= PAUSE.toNanos()) {
      send();
    }
  }

  /** Reports what was not taken so far, since there is no later time for it. */
  void last() {
    send();
  }

  private void send() {
    Iterator<Activation> each = unsent.values().iterator();
    while (each.hasNext()) {
      Activation activation = each.next();
      try {
        metastore.reportActivation(activation);
        each.remove();
      } catch (RuntimeException e) {
        failedAt = OptionalLong.of(nanoTime.getAsLong());
        log(activation, e);
        if (away(e)) {
          return;
        }
      }
    }
    if (unsent.isEmpty()) {
      trouble = "";
    }
  }

  private static boolean away(RuntimeException e) {
    return e instanceof TributaryException coded && coded.code().metastoreAway();
  }

  /** The same trouble is said once. */
  private void log(Activation activation, RuntimeException e) {
    String said =
        "The metastore was not told about version %d of %s, and will be: %s"
            .formatted(activation.version(), activation.dataset(), e.getMessage());
    if (said.equals(trouble)) {
      LOG.debug(said);
      return;
    }
    LOG.warn(said);
    trouble = said;
  }
}
