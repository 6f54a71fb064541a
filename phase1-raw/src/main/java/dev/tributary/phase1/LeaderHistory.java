package dev.tributary.phase1;

import dev.tributary.archive.Author;
import dev.tributary.archive.Divergence;
import dev.tributary.archive.ManifestEntry;
import dev.tributary.archive.ManifestLog;
import dev.tributary.archive.PartitionAccount;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.spec.SourceSpec;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntToLongFunction;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.LogTruncationException;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes sure that the offsets which an archive holds still belong to the same records. An election
 * of a leader that lacked some, or a broker put back from a backup, gives them to others; once
 * Kafka holds more than was archived, only the epochs of its leaders and of the records tell.
 */
final class LeaderHistory {
  private static final Logger LOG = LoggerFactory.getLogger(LeaderHistory.class);

  /** No log has so much: a leader says of any history of its own where it ends before it. */
  private static final long BEYOND = Long.MAX_VALUE;

  /** How long a leader is waited for. */
  private static final Duration ANSWER = Duration.ofSeconds(10);

  private final KafkaCluster cluster;
  private final Acceptances acceptances;
  private final Author author;
  private final Clock clock;
  private final Map<TopicPartition, Verified> verified = new ConcurrentHashMap<>();

  /**
   * That a leader has what is archived.
   *
   * @param leader its epoch
   * @param next the first offset that is not archived
   */
  private record Verified(int leader, long next) {}

  LeaderHistory(KafkaCluster cluster, Acceptances acceptances, Author author, Clock clock) {
    this.cluster = cluster;
    this.acceptances = acceptances;
    this.author = author;
    this.clock = clock;
  }

  /**
   * Throws KAFKA_TRUNCATED where a partition with records that wait has others at offsets that are
   * archived, unless the operator accepted exactly that: the log is at a new incarnation then. Asks
   * Kafka only of partitions whose leader is another than when they were archived, and that leader
   * once.
   */
  void require(SourceSpec source, ManifestLog log, TopicAnswer.Found found) {
    ManifestEntry head = log.knownHead().orElseGet(log::requireHead);
    Map<TopicPartition, PartitionAccount> archived = new HashMap<>();
    Map<TopicPartition, Verified> asked = new HashMap<>();
    found
        .partitions()
        .forEach(
            (number, held) ->
                head.account(head.incarnation(), number)
                    .filter(account -> led(log.topic(), account, held))
                    .ifPresent(
                        account -> {
                          TopicPartition partition = new TopicPartition(log.topic(), number);
                          Verified now =
                              new Verified(held.leaderEpoch().getAsInt(), account.next());
                          if (!now.equals(verified.get(partition))) {
                            asked.put(partition, now);
                            archived.put(partition, account);
                          }
                        }));
    if (archived.isEmpty()) {
      return;
    }
    // Compaction takes records away, and with the last one of an epoch a broker may forget that.
    boolean compacted =
        cluster.cleanupPolicy(log.topic()).filter(policy -> policy.contains("compact")).isPresent();
    Map<Integer, Divergence> differ = new TreeMap<>();
    ends(KafkaConnection.of(source), source, archived)
        .forEach(
            (partition, end) ->
                differs(
                        archived.get(partition),
                        compacted ? OptionalInt.empty() : archived.get(partition).recordEpoch(),
                        end,
                        epoch -> log.withinEpoch(head, partition.partition(), epoch))
                    .ifPresent(from -> differ.put(partition.partition(), from)));
    if (differ.isEmpty()) {
      verified.putAll(asked);
      return;
    }
    requireAccepted(log.topic(), head, differ);
    log.openDiverged(
        head.incarnation(), differ, source.isolation(), acceptances.word(), author, clock.millis());
    differ.forEach(
        (partition, from) ->
            acceptances.use(
                log.topic(),
                partition,
                from.offset(),
                head.watermark(head.incarnation(), partition)));
    LOG.warn(
        "Topic {}: that Kafka lost archived records was accepted; a new incarnation begins, by partition, at {}",
        log.topic(),
        differ);
  }

  /** Whether a later leader has records that are yet to be archived. */
  private static boolean led(String topic, PartitionAccount account, TopicAnswer.Held held) {
    if (account.leaderEpoch().isEmpty()
        || held.leaderEpoch().isEmpty()
        || held.end() <= account.next()) {
      return false;
    }
    int then = account.leaderEpoch().getAsInt();
    int now = held.leaderEpoch().getAsInt();
    if (now < then) {
      throw new TributaryException(
          ErrorCode.KAFKA_UNAVAILABLE,
          "The leader of partition %d of topic %s has the epoch %d, but one of epoch %d held what is archived: it is not the newest, or the cluster was put back from a backup. If this stays, create the topic again and accept the new incarnation, so that no offset means two records."
              .formatted(account.partition(), topic, now, then));
    }
    return now > then;
  }

  /**
   * The newest epoch, up to that of the leader that was archived from, that today's leaders have
   * records of, and where it ends; none of partitions whose leaders do not tell.
   */
  private static Map<TopicPartition, OffsetAndMetadata> ends(
      KafkaConnection connection,
      SourceSpec source,
      Map<TopicPartition, PartitionAccount> archived) {
    Map<TopicPartition, OffsetAndMetadata> ends = new HashMap<>();
    Set<TopicPartition> left = new HashSet<>(archived.keySet());
    try (KafkaConsumer<byte[], byte[]> consumer = connection.consumer(source.isolation())) {
      while (!left.isEmpty()) {
        consumer.assign(left);
        // A position is compared with the history of a leader that the consumer knows.
        consumer.beginningOffsets(left, ANSWER);
        left.forEach(
            partition ->
                consumer.seek(
                    partition,
                    new OffsetAndMetadata(
                        BEYOND,
                        Optional.of(archived.get(partition).leaderEpoch().getAsInt()),
                        "")));
        try {
          // One request a broker, whatever the number of its partitions.
          left.forEach(partition -> consumer.position(partition, ANSWER));
          return ends;
        } catch (LogTruncationException e) {
          // It tells what one broker says; of a leader that does not know nobody does.
          left.removeAll(e.partitions());
          ends.putAll(e.divergentOffsets());
        }
      }
      return ends;
    } catch (InterruptException e) {
      throw e;
    } catch (KafkaException e) {
      throw KafkaErrors.coded(connection, "asking about earlier leaders of " + left, e);
    }
  }

  /**
   * From where on offsets may belong to other records than the archive has; empty: all that it has
   * is what Kafka has.
   *
   * @param recordEpoch that Kafka must have records of, since the last one archived bears it;
   *     empty: not known, or Kafka may have taken them away
   * @param end of the newest epoch, up to that of the leader that was archived from, that today's
   *     leader has records of
   * @param within up to where the archive's records are known to bear an epoch or an earlier one
   */
  static Optional<Divergence> differs(
      PartitionAccount account,
      OptionalInt recordEpoch,
      OffsetAndMetadata end,
      IntToLongFunction within) {
    OptionalInt epoch = end.leaderEpoch().map(OptionalInt::of).orElseGet(OptionalInt::empty);
    // A leader that lacks an epoch lacks its records, however many it has of the one before.
    if (epoch.isPresent() && recordEpoch.isPresent() && epoch.getAsInt() < recordEpoch.getAsInt()) {
      long known = within.applyAsLong(epoch.getAsInt());
      return Optional.of(new Divergence(Math.min(end.offset(), known), epoch));
    }
    return end.offset() < account.next()
        ? Optional.of(new Divergence(end.offset(), epoch))
        : Optional.empty();
  }

  private void requireAccepted(String topic, ManifestEntry head, Map<Integer, Divergence> differ) {
    List<String> gone = new ArrayList<>();
    List<String> flags = new ArrayList<>();
    differ.forEach(
        (partition, from) -> {
          long at = from.offset();
          long end = head.watermark(head.incarnation(), partition);
          if (!acceptances.acceptsLoss(topic, partition, at, end)) {
            gone.add("partition %d from %d to %d".formatted(partition, at, end - 1));
            flags.add("--accept-loss %s/%d:%d-%d".formatted(topic, partition, at, end));
          }
        });
    if (gone.isEmpty()) {
      return;
    }
    throw TributaryException.of(
        ErrorCode.KAFKA_TRUNCATED,
        "Kafka lost records of %s that are archived, and has others at their offsets: %s. A leader that lacked them was elected, or a broker was put back from a backup."
            .formatted(topic, String.join(", ", gone)),
        "The archive keeps what it has. To go on with what Kafka has now, in a new incarnation from these offsets on, start phase 1 with %s. Records from there on that Kafka still has are in both incarnations then."
            .formatted(String.join(" ", flags)));
  }
}
