package dev.tributary.phase2.live;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.metastore.Activation;
import dev.tributary.core.metastore.Metastore;
import java.time.Clock;
import java.time.Duration;
import java.util.Iterator;
import java.util.NavigableMap;
import java.util.TreeMap;
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
  private final Clock clock;
  private final NavigableMap<Long, Activation> unsent = new TreeMap<>();
  private String trouble = "";
  private long quietUntil;

  ActivationReports(Metastore metastore, Clock clock) {
    this.metastore = metastore;
    this.clock = clock;
  }

  /** Reports, now or as soon as it can be. */
  void tell(Activation activation) {
    unsent.put(activation.version(), activation);
    again();
  }

  /** Reports what was not taken so far, unless that was tried a moment ago. */
  void again() {
    if (clock.millis() >= quietUntil) {
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
        quietUntil = clock.millis() + PAUSE.toMillis();
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
    return e instanceof TributaryException coded && coded.code() == ErrorCode.METASTORE_UNAVAILABLE;
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
