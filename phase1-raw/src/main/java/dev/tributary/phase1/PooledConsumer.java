package dev.tributary.phase1;

import dev.tributary.archive.Genesis;
import dev.tributary.archive.TopicFailure;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.spec.Isolation;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.InvalidOffsetException;
import org.apache.kafka.common.InvalidRecordException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.CorruptRecordException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TopicAuthorizationException;

/** A consumer, and a client for metadata beside it. Used by one thread at a time. */
final class PooledConsumer implements AutoCloseable {
  private static final Duration POLL = Duration.ofSeconds(1);
  private static final Duration CLOSING = Duration.ofSeconds(5);

  /** How long one look for records that can be read waits for the broker. */
  private static final Duration LOOK = Duration.ofSeconds(10);

  /** How long it is looked on for where they end; then the error names those that were tried. */
  private static final Duration SEARCH = Duration.ofSeconds(5);

  private final KafkaConnection connection;
  private final Isolation isolation;
  private final Consumer<byte[], byte[]> consumer;
  private final Admin admin;
  private final Map<String, String> knownTopics = new HashMap<>();
  private final Map<TopicPartition, Integer> knownLeaders = new HashMap<>();
  private long releasedAt = System.nanoTime();
  private final Stall stall = new Stall(System::nanoTime);

  PooledConsumer(KafkaConnection connection, Isolation isolation) {
    this(connection, isolation, connection.consumer(isolation), connection.admin());
  }

  /** With clients that are closed with it. */
  PooledConsumer(
      KafkaConnection connection,
      Isolation isolation,
      Consumer<byte[], byte[]> consumer,
      Admin admin) {
    this.connection = connection;
    this.isolation = isolation;
    this.consumer = consumer;
    this.admin = admin;
  }

  boolean serves(KafkaConnection wanted, Isolation wantedIsolation) {
    return reaches(wanted) && isolation == wantedIsolation;
  }

  boolean reaches(KafkaConnection wanted) {
    return connection.equals(wanted);
  }

  /** Of how many of the ranges it has read the topic, by name and id, before. */
  long score(Collection<PlannedRange> ranges) {
    return ranges.stream()
        .filter(range -> range.topicId().equals(knownTopics.get(range.topic())))
        .count();
  }

  /**
   * Whether it knows another creation of one of the topics, or has read a partition from another
   * leader: such a consumer may wait for long with what it remembers of the one before, or deliver
   * what it fetched there.
   */
  boolean outdated(Collection<PlannedRange> ranges) {
    return ranges.stream()
        .anyMatch(
            range ->
                !knownTopics.getOrDefault(range.topic(), range.topicId()).equals(range.topicId())
                    || knownLeaders.getOrDefault(range.topicPartition(), range.leaderEpoch())
                        != range.leaderEpoch());
  }

  void released() {
    releasedAt = System.nanoTime();
  }

  Duration idleFor() {
    return Duration.ofNanos(System.nanoTime() - releasedAt);
  }

  /** Turns to these ranges and no others. */
  void begin(Collection<PlannedRange> ranges) {
    consumer.assign(ranges.stream().map(PlannedRange::topicPartition).toList());
    // A partition that was assigned before keeps its state, being paused included.
    consumer.resume(consumer.paused());
    for (PlannedRange range : ranges) {
      consumer.seek(range.topicPartition(), range.start());
      knownTopics.put(range.topic(), range.topicId());
      knownLeaders.put(range.topicPartition(), range.leaderEpoch());
    }
    stall.progress();
  }

  /** Turns to a partition and no other, wherever it stands there. */
  PooledConsumer turnedTo(TopicPartition partition) {
    consumer.assign(List.of(partition));
    return this;
  }

  /** No more records of this partition are wanted. */
  void finish(TopicPartition partition) {
    consumer.pause(List.of(partition));
  }

  /**
   * What the broker has next; may be empty. Records of a partition come in the order of offsets.
   *
   * @throws UnreadableRecords where no records can be made of what one of the partitions has at its
   *     position
   */
  ConsumerRecords<byte[], byte[]> poll(PlannedRange blamed) {
    stall.ask();
    try {
      return consumer.poll(POLL);
    } catch (InvalidOffsetException e) {
      TopicPartition gone = e.partitions().iterator().next();
      throw new TopicFailure(
          gone.topic(),
          new TributaryException(
              ErrorCode.KAFKA_UNAVAILABLE,
              "Partition %s no longer holds the planned offset; the batch is planned anew."
                  .formatted(gone),
              e));
    } catch (TopicAuthorizationException e) {
      String topic = e.unauthorizedTopics().stream().findFirst().orElse(blamed.topic());
      throw new TopicFailure(topic, KafkaErrors.coded(connection, "reading the topic " + topic, e));
    } catch (InterruptException e) {
      throw e;
    } catch (KafkaException e) {
      if (unreadable(e)) {
        throw new UnreadableRecords(e);
      }
      throw KafkaErrors.coded(connection, "reading " + blamed.topicPartition(), e);
    } finally {
      stall.answered();
    }
  }

  /**
   * The next offset of a partition, beyond offsets that are never delivered.
   *
   * @param before where it was at the last call
   * @param records of it that were polled since
   */
  long position(PlannedRange range, long before, List<ConsumerRecord<byte[], byte[]>> records) {
    requireSameLeader(range, records);
    long reached = records.isEmpty() ? before : records.get(records.size() - 1).offset() + 1;
    long now = position(range.topicPartition(), reached);
    if (now > before) {
      stall.progress();
    }
    return now;
  }

  /**
   * What a range held when it was planned bears that leader's epoch or an earlier one. A record of
   * a later one has taken the place of another.
   */
  private static void requireSameLeader(
      PlannedRange range, List<ConsumerRecord<byte[], byte[]>> records) {
    if (records.isEmpty() || range.leaderEpoch() == PlannedRange.NO_EPOCH) {
      return;
    }
    ConsumerRecord<byte[], byte[]> last = records.get(records.size() - 1);
    int epoch = last.leaderEpoch().orElse(PlannedRange.NO_EPOCH);
    if (epoch > range.leaderEpoch()) {
      throw new TopicFailure(
          range.topic(),
          new TributaryException(
              ErrorCode.KAFKA_UNAVAILABLE,
              "Partition %s has a record of leader epoch %d at offset %d, which it held already when it was at epoch %d: records were lost while they were read; the batch is planned anew."
                  .formatted(range.topicPartition(), epoch, last.offset(), range.leaderEpoch())));
    }
  }

  /** Whether it is the records: what is wrong with the broker or the request has a class. */
  private static boolean unreadable(KafkaException e) {
    return e.getClass() == KafkaException.class
        || e instanceof CorruptRecordException
        || e instanceof InvalidRecordException;
  }

  /**
   * Up to where what a partition, the only one that is assigned, holds from an offset on is known
   * not to be readable, exclusive; empty: it is.
   *
   * @param end of what is looked at
   */
  OptionalLong unreadable(TopicPartition partition, long offset, long end) {
    if (readable(partition, offset)) {
      return OptionalLong.empty();
    }
    // Each is tried, since what is named here may be accepted as lost.
    long untried = offset + 1;
    long deadline = System.nanoTime() + SEARCH.toNanos();
    while (untried < end && System.nanoTime() - deadline < 0 && !readable(partition, untried)) {
      untried++;
    }
    return OptionalLong.of(untried);
  }

  private boolean readable(TopicPartition partition, long offset) {
    consumer.seek(partition, offset);
    long deadline = System.nanoTime() + LOOK.toNanos();
    try {
      while (consumer.poll(POLL).isEmpty()
          && consumer.position(partition) == offset
          && System.nanoTime() - deadline < 0) {}
      return true;
    } catch (InterruptException e) {
      throw e;
    } catch (KafkaException e) {
      if (unreadable(e)) {
        return false;
      }
      throw KafkaErrors.coded(connection, "reading " + partition, e);
    }
  }

  /** Where it stands in a partition. */
  long position(TopicPartition partition) {
    try {
      return consumer.position(partition);
    } catch (InterruptException e) {
      throw e;
    } catch (KafkaException e) {
      throw KafkaErrors.coded(connection, "reading " + partition, e);
    }
  }

  /** Whether none of the partitions has moved for so long. */
  boolean stalled(Duration patience) {
    return stall.longerThan(patience);
  }

  private long position(TopicPartition partition, long reached) {
    try {
      // A new leader is asked whether it has the offset, in the next poll: none is waited for here.
      return consumer.position(partition, Duration.ZERO);
    } catch (TimeoutException e) {
      return reached;
    } catch (InterruptException e) {
      throw e;
    } catch (KafkaException e) {
      throw KafkaErrors.coded(connection, "reading " + partition, e);
    }
  }

  /**
   * Makes sure that what was read came from the topics that were planned, and not from ones that
   * were created meanwhile under their names.
   */
  void requireSameTopics(Collection<PlannedRange> ranges) {
    Map<String, String> planned = new HashMap<>();
    ranges.forEach(range -> planned.put(range.topic(), range.topicId()));
    Map<String, KafkaFuture<TopicDescription>> described =
        admin.describeTopics(planned.keySet()).topicNameValues();
    for (Map.Entry<String, String> topic : planned.entrySet()) {
      String now = topicId(topic.getKey(), described.get(topic.getKey()));
      if (!now.equals(topic.getValue())) {
        throw new TopicFailure(
            topic.getKey(),
            new TributaryException(
                ErrorCode.KAFKA_UNAVAILABLE,
                "Topic %s was created again while it was read (id %s, was %s); the batch is planned anew."
                    .formatted(topic.getKey(), now, topic.getValue())));
      }
    }
  }

  private String topicId(String topic, KafkaFuture<TopicDescription> description) {
    try {
      return Genesis.topicId(description.get().topicId().toString());
    } catch (ExecutionException e) {
      throw new TopicFailure(
          topic, KafkaErrors.coded(connection, "looking at the topic " + topic, e));
    } catch (InterruptedException e) {
      throw new InterruptException(e);
    }
  }

  @Override
  public void close() {
    admin.close(CLOSING);
    consumer.close(CLOSING);
  }

  /** The records of a partition below the range's end. */
  static List<ConsumerRecord<byte[], byte[]>> within(
      PlannedRange range, List<ConsumerRecord<byte[], byte[]>> records) {
    int count = records.size();
    while (count > 0 && records.get(count - 1).offset() >= range.end()) {
      count--;
    }
    return records.subList(0, count);
  }
}
