package dev.tributary.phase2.maintain;

import dev.tributary.phase2.maintain.MaintenanceReport.Rewriting;
import dev.tributary.phase2.table.PartitionFiles;
import dev.tributary.phase2.table.Rewritten;
import dev.tributary.streaming.Failures;
import dev.tributary.streaming.RetryPolicy;
import dev.tributary.streaming.StopSignal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import java.util.random.RandomGenerator;
import org.apache.spark.sql.delta.DeltaConcurrentModificationException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes the files of partitions anew, a few partitions a commit. Where another writer's commit
 * comes first it is this one that yields: it tries again with either half of the partitions, so
 * that those which rest do not wait for one that is written to; and that one it tries a few times
 * more, and leaves it for the next run.
 */
final class Rewrites {
  private static final Logger LOG = LoggerFactory.getLogger(Rewrites.class);

  /** Bounds what one lost commit costs, and how many conditions Delta has to look at. */
  private static final long BYTES_A_COMMIT = 1L << 30;

  private static final int PARTITIONS_A_COMMIT = 32;

  private static final RetryPolicy RETRY =
      new RetryPolicy(5, Duration.ofMillis(200), Duration.ofSeconds(5));
  private static final RandomGenerator RANDOM = RandomGenerator.getDefault();

  private final CommitTurns turns;
  private final Consumer<Rewritten> committed;
  private final List<String> left = new ArrayList<>();
  private Rewritten files = Rewritten.NOTHING;
  private int partitions;
  private int conflicts;

  /**
   * Rewrites that wait for their turns.
   *
   * @param committed told of each commit
   */
  Rewrites(CommitTurns turns, Consumer<Rewritten> committed) {
    this.turns = turns;
    this.committed = committed;
  }

  /**
   * Does it, until all is done or the stop is asked for.
   *
   * @param worth the partitions
   * @param bytes how much of one is written anew
   * @param rewrite makes one commit; throws DeltaConcurrentModificationException where it lost
   */
  Rewriting run(
      List<PartitionFiles> worth,
      ToLongFunction<PartitionFiles> bytes,
      Function<List<PartitionFiles>, Rewritten> rewrite,
      StopSignal stop)
      throws InterruptedException {
    for (List<PartitionFiles> chunk : chunks(worth, bytes)) {
      if (stop.requested()) {
        break;
      }
      attempts(chunk, rewrite, stop);
    }
    return new Rewriting(partitions, files, conflicts, left);
  }

  private void attempts(
      List<PartitionFiles> chunk,
      Function<List<PartitionFiles>, Rewritten> rewrite,
      StopSignal stop)
      throws InterruptedException {
    for (int attempt = 1; !stop.requested(); attempt++) {
      turns.await(stop);
      if (stop.requested()) {
        return;
      }
      try {
        Rewritten done = rewrite.apply(chunk);
        turns.committed();
        partitions += chunk.size();
        files = files.plus(done);
        committed.accept(done);
        return;
      } catch (Exception e) {
        // Delta's errors are checked ones at times, which its signatures do not say.
        if (Failures.cause(e, DeltaConcurrentModificationException.class).isEmpty()) {
          throw e;
        }
        conflicts++;
        LOG.info("Another writer's commit came first (attempt {}): {}", attempt, e.toString());
        if (chunk.size() > 1) {
          int half = chunk.size() / 2;
          attempts(chunk.subList(0, half), rewrite, stop);
          attempts(chunk.subList(half, chunk.size()), rewrite, stop);
          return;
        }
        if (attempt == RETRY.maxAttempts()) {
          left.add(name(chunk.get(0)));
          return;
        }
        stop.await(RETRY.backoff(attempt, Duration.ZERO, RANDOM));
      }
    }
  }

  private static String name(PartitionFiles partition) {
    return partition.name().isEmpty() ? "the whole table" : partition.name();
  }

  static List<List<PartitionFiles>> chunks(
      List<PartitionFiles> worth, ToLongFunction<PartitionFiles> bytes) {
    List<List<PartitionFiles>> chunks = new ArrayList<>();
    List<PartitionFiles> chunk = new ArrayList<>();
    long size = 0;
    for (PartitionFiles partition : worth) {
      long more = bytes.applyAsLong(partition);
      if (!chunk.isEmpty()
          && (size + more > BYTES_A_COMMIT || chunk.size() == PARTITIONS_A_COMMIT)) {
        chunks.add(chunk);
        chunk = new ArrayList<>();
        size = 0;
      }
      chunk.add(partition);
      size += more;
    }
    if (!chunk.isEmpty()) {
      chunks.add(chunk);
    }
    return chunks;
  }
}
