package dev.tributary.phase1;

import dev.tributary.archive.TopicFailure;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.TopicPartition;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.connector.read.PartitionReader;

/**
 * Reads a task's ranges one partition after the other, each followed by a row that says which range
 * was read. Small ranges are fetched together, so that many partitions with few records do not cost
 * a round trip each; a big one is passed on as it comes. Where records are bigger than was planned,
 * a range ends early: the next batch begins wherever the archive ends. So does a range that
 * delivers nothing for too long, without a row where nothing of it came: the others must not wait
 * for it, and the planner sees that the topic has come no further.
 */
final class RangeReader implements PartitionReader<InternalRow> {
  private static final long TOGETHER_BYTES = 16 << 20;
  private static final long KEPT_BYTES = 64 << 20;

  private final ConsumerPool pool;
  private final PooledConsumer consumer;
  private final Deque<List<PlannedRange>> waves;
  private final Map<String, Duration> patience;
  private final RecordRow row = new RecordRow();
  private final Deque<PlannedRange> fetched = new ArrayDeque<>();
  private final Map<TopicPartition, List<ConsumerRecord<byte[], byte[]>>> records = new HashMap<>();
  private final Map<TopicPartition, Long> fetchedTo = new HashMap<>();
  private PlannedRange current;
  private Iterator<ConsumerRecord<byte[], byte[]>> chunk;
  private long position;
  private long end;
  private long bytesLeft;
  private int stalls;
  private boolean reusable = true;

  RangeReader(RangeTask task, ConsumerPool pool) {
    this.pool = pool;
    this.waves = waves(task.ranges());
    this.patience = task.patience();
    this.consumer = pool.acquire(task.connection(), task.isolation(), task.ranges());
  }

  /** Ranges to fetch together, in order. */
  static Deque<List<PlannedRange>> waves(List<PlannedRange> ranges) {
    Deque<List<PlannedRange>> waves = new ArrayDeque<>();
    long bytes = 0;
    for (PlannedRange range : ranges) {
      if (waves.isEmpty() || bytes + range.bytes() > TOGETHER_BYTES) {
        waves.addLast(new ArrayList<>());
        bytes = 0;
      }
      waves.getLast().add(range);
      bytes += range.bytes();
    }
    return waves;
  }

  @Override
  public boolean next() {
    // Whatever interrupts a read leaves the consumer in a state that nobody knows.
    reusable = false;
    boolean more = advance();
    reusable = true;
    return more;
  }

  private boolean advance() {
    while (true) {
      if (chunk != null && chunk.hasNext()) {
        ConsumerRecord<byte[], byte[]> next = chunk.next();
        row.setRecord(next);
        bytesLeft -= bytes(next);
        if (bytesLeft <= 0 && next.offset() + 1 < end) {
          endEarly(next.offset() + 1);
        }
        return true;
      }
      if (current == null && !nextRange()) {
        return false;
      }
      if (chunk != null && chunk.hasNext()) {
        continue;
      }
      if (position < end) {
        fetchMore();
        continue;
      }
      boolean something = end > current.start();
      if (something) {
        row.setRange(current, end);
      }
      current = null;
      chunk = null;
      if (something) {
        return true;
      }
    }
  }

  private void endEarly(long now) {
    boolean checked = position >= end;
    end = now;
    position = now;
    chunk = Collections.emptyIterator();
    if (!checked) {
      consumer.requireSameTopics(List.of(current));
    }
  }

  /** Turns to the next range, and fetches its wave if it is the first one of it. */
  private boolean nextRange() {
    if (fetched.isEmpty()) {
      if (waves.isEmpty()) {
        return false;
      }
      List<PlannedRange> wave = waves.removeFirst();
      consumer.begin(wave);
      if (wave.size() > 1 && !fetchTogether(wave)) {
        // Bigger records than was guessed, or broken ones: a range on its own is not kept in
        // memory.
        records.clear();
        for (int i = wave.size() - 1; i >= 0; i--) {
          waves.addFirst(List.of(wave.get(i)));
        }
        wave = waves.removeFirst();
        consumer.begin(wave);
      }
      if (wave.size() == 1) {
        turnTo(wave.get(0), List.of());
        position = current.start();
        return true;
      }
      fetched.addAll(wave);
    }
    PlannedRange next = fetched.removeFirst();
    turnTo(next, records.remove(next.topicPartition()));
    end = Math.min(next.end(), fetchedTo.remove(next.topicPartition()));
    position = end;
    return true;
  }

  private void turnTo(PlannedRange range, List<ConsumerRecord<byte[], byte[]>> known) {
    current = range;
    end = range.end();
    // What the ranges before have left over is for those that hold more than was guessed.
    bytesLeft = Math.max(0, bytesLeft) + range.maxBytes();
    row.turnTo(range);
    chunk = known.iterator();
  }

  private void fetchMore() {
    ConsumerRecords<byte[], byte[]> polled;
    try {
      polled = consumer.poll(current);
    } catch (UnreadableRecords e) {
      endBefore(e);
      return;
    }
    List<ConsumerRecord<byte[], byte[]>> some =
        PooledConsumer.within(current, polled.records(current.topicPartition()));
    chunk = some.iterator();
    position = consumer.position(current, position, some);
    if (position < current.end() && stalled(current)) {
      end = position;
      stalls++;
    }
    if (position >= end && end > current.start()) {
      consumer.requireSameTopics(List.of(current));
    }
  }

  /** What comes before records that nobody can read is archived. */
  private void endBefore(UnreadableRecords unreadable) {
    TopicPartition partition = current.topicPartition();
    long bad = consumer.position(partition);
    if (bad > current.start()) {
      // Its end may have been passed with nothing of it delivered.
      endEarly(Math.min(bad, current.end()));
      return;
    }
    OptionalLong broken = consumer.unreadable(partition, bad, current.end());
    if (broken.isEmpty()) {
      throw new TopicFailure(
          current.topic(),
          new TributaryException(
              ErrorCode.KAFKA_UNAVAILABLE,
              "What partition %s has at offset %d could be read at the second attempt only; the batch is planned anew. Check the network if this comes again."
                  .formatted(partition, bad),
              unreadable.getCause()));
    }
    long good = broken.getAsLong();
    throw new TopicFailure(
        current.topic(),
        TributaryException.of(
            ErrorCode.KAFKA_RECORDS_UNREADABLE,
            "The records of topic %s partition %d from offset %d to %d cannot be read: %s. The archive has all before them."
                .formatted(
                    current.topic(),
                    current.partition(),
                    bad,
                    good - 1,
                    unreadable.getCause().getMessage()),
            "Restore them in Kafka, from a replica that is whole, or accept the loss by starting phase 1 with --accept-loss %s/%d:%d-%d."
                .formatted(current.topic(), current.partition(), bad, good),
            unreadable.getCause()));
  }

  private boolean stalled(PlannedRange range) {
    return consumer.stalled(Stall.shortened(patience.get(range.topic()), stalls));
  }

  /** False: they are to be read one range after the other. */
  private boolean fetchTogether(List<PlannedRange> wave) {
    long bytes = 0;
    fetchedTo.clear();
    wave.forEach(range -> records.put(range.topicPartition(), new ArrayList<>()));
    List<PlannedRange> open = new ArrayList<>(wave);
    boolean anyInVain = false;
    while (!open.isEmpty()) {
      ConsumerRecords<byte[], byte[]> polled;
      try {
        polled = consumer.poll(open.get(0));
      } catch (UnreadableRecords e) {
        // Nobody says of which partition.
        stalls += anyInVain ? 1 : 0;
        return false;
      }
      for (Iterator<PlannedRange> ranges = open.iterator(); ranges.hasNext(); ) {
        PlannedRange range = ranges.next();
        TopicPartition partition = range.topicPartition();
        List<ConsumerRecord<byte[], byte[]>> some =
            PooledConsumer.within(range, polled.records(partition));
        records.get(partition).addAll(some);
        bytes += bytes(some);
        long before = fetchedTo.getOrDefault(partition, range.start());
        long now = consumer.position(range, before, some);
        fetchedTo.put(partition, now);
        boolean vain = now < range.end() && stalled(range);
        anyInVain |= vain;
        if (vain || now >= range.end()) {
          consumer.finish(partition);
          ranges.remove();
        }
      }
      if (bytes > KEPT_BYTES) {
        stalls += anyInVain ? 1 : 0;
        return false;
      }
    }
    stalls += anyInVain ? 1 : 0;
    consumer.requireSameTopics(wave);
    return true;
  }

  private static long bytes(List<ConsumerRecord<byte[], byte[]>> records) {
    long bytes = 0;
    for (ConsumerRecord<byte[], byte[]> polled : records) {
      bytes += bytes(polled);
    }
    return bytes;
  }

  private static long bytes(ConsumerRecord<byte[], byte[]> polled) {
    return (long) Math.max(0, polled.serializedKeySize())
        + Math.max(0, polled.serializedValueSize());
  }

  @Override
  public InternalRow get() {
    return row.row();
  }

  @Override
  public void close() {
    if (reusable) {
      pool.release(consumer);
      return;
    }
    consumer.close();
  }
}
