package dev.tributary.phase1;

import dev.tributary.core.spec.Isolation;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;

/**
 * The Kafka clients of an executor. Making one costs a handshake and metadata, much more than a
 * small batch, so they outlive batches; those that nobody wants for a while are closed.
 * Thread-safe.
 */
final class ConsumerPool {
  /** One a process: Spark gives tasks no other place for what outlives them. */
  static final ConsumerPool OF_PROCESS = new ConsumerPool(Duration.ofMinutes(5));

  private final Duration idleTime;
  private final List<PooledConsumer> idle = new ArrayList<>();

  ConsumerPool(Duration idleTime) {
    this.idleTime = idleTime;
  }

  /**
   * A client for the caller alone, the one that knows most of the topics if there is a choice.
   *
   * @param ranges that it is to read
   */
  PooledConsumer acquire(
      KafkaConnection connection, Isolation isolation, Collection<PlannedRange> ranges) {
    List<PooledConsumer> useless = new ArrayList<>();
    Optional<PooledConsumer> best;
    synchronized (this) {
      removeUseless(connection, ranges, useless);
      best =
          idle.stream()
              .filter(candidate -> candidate.serves(connection, isolation))
              .max(Comparator.comparingLong(candidate -> candidate.score(ranges)));
      best.ifPresent(idle::remove);
    }
    useless.forEach(PooledConsumer::close);
    return best.orElseGet(() -> new PooledConsumer(connection, isolation));
  }

  /** Gives one back that is as good as new. One that failed is closed by its user instead. */
  synchronized void release(PooledConsumer consumer) {
    consumer.released();
    idle.add(consumer);
  }

  private void removeUseless(
      KafkaConnection connection, Collection<PlannedRange> ranges, List<PooledConsumer> useless) {
    for (Iterator<PooledConsumer> all = idle.iterator(); all.hasNext(); ) {
      PooledConsumer candidate = all.next();
      boolean old = candidate.idleFor().compareTo(idleTime) > 0;
      if (old || (candidate.reaches(connection) && candidate.outdated(ranges))) {
        all.remove();
        useless.add(candidate);
      }
    }
  }
}
