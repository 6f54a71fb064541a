package dev.tributary.phase1;

import dev.tributary.core.spec.Isolation;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;

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

  /** A client for the caller alone, the one that knows most of the topics if there is a choice. */
  PooledConsumer acquire(KafkaConnection connection, Isolation isolation, Set<String> topics) {
    closeIdle();
    return take(connection, isolation, topics);
  }

  private PooledConsumer take(KafkaConnection connection, Isolation isolation, Set<String> topics) {
    synchronized (this) {
      PooledConsumer best = null;
      int bestScore = -1;
      for (PooledConsumer candidate : idle) {
        int score = candidate.score(topics);
        if (candidate.serves(connection, isolation) && score > bestScore) {
          best = candidate;
          bestScore = score;
        }
      }
      if (best != null) {
        idle.remove(best);
        return best;
      }
    }
    return new PooledConsumer(connection, isolation);
  }

  /** Gives one back that is as good as new. One that failed is closed by its user instead. */
  synchronized void release(PooledConsumer consumer) {
    consumer.released();
    idle.add(consumer);
  }

  private void closeIdle() {
    Set<PooledConsumer> old = new HashSet<>();
    synchronized (this) {
      for (Iterator<PooledConsumer> all = idle.iterator(); all.hasNext(); ) {
        PooledConsumer candidate = all.next();
        if (candidate.idleFor().compareTo(idleTime) > 0) {
          all.remove();
          old.add(candidate);
        }
      }
    }
    old.forEach(PooledConsumer::close);
  }
}
