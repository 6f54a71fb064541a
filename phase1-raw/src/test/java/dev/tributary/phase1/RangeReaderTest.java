package dev.tributary.phase1;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.archive.GapKind;
import dev.tributary.archive.TopicFailure;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.spec.Isolation;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeTopicsResult;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.consumer.OffsetResetStrategy;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.apache.spark.sql.catalyst.InternalRow;
import org.junit.jupiter.api.Test;

/** Reading from a broker that holds records which no client can read, or not what was planned. */
final class RangeReaderTest {
  private static final KafkaConnection CONNECTION =
      new KafkaConnection("localhost:9", new TreeMap<>());
  private static final Uuid ID = new Uuid(1, 2);
  private static final int EPOCH = 6;

  /** All partitions hold every offset; of partition 0 those of a range cannot be read. */
  private static final class BrokenRecords extends MockConsumer<byte[], byte[]> {
    private final Set<Long> offsets;

    /** How often that is so; then they can be. */
    private int times;

    BrokenRecords(Set<Long> offsets, int times) {
      super(OffsetResetStrategy.NONE);
      this.offsets = offsets;
      this.times = times;
    }

    @Override
    public synchronized ConsumerRecords<byte[], byte[]> poll(Duration patience) {
      Map<TopicPartition, List<ConsumerRecord<byte[], byte[]>>> polled = new HashMap<>();
      for (TopicPartition partition : assignment()) {
        long position = position(partition);
        if (paused().contains(partition)) {
          continue;
        }
        boolean broken = partition.partition() == 0 && times > 0;
        if (broken && offsets.contains(position)) {
          times--;
          throw new KafkaException("Record batch for partition " + partition + " is invalid");
        }
        long end = position + (broken && offsets.contains(position + 1) ? 1 : 2);
        List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
        for (long offset = position; offset < end; offset++) {
          records.add(
              new ConsumerRecord<>(
                  partition.topic(), partition.partition(), offset, new byte[0], new byte[1]));
        }
        polled.put(partition, records);
        seek(partition, end);
      }
      return new ConsumerRecords<>(polled);
    }
  }

  /**
   * Each poll moves a partition on by so many offsets, wherever the plan ends; of partition 0 every
   * third has a record, of the others each. After some polls partition 0 keeps silent.
   */
  private static final class Striding extends MockConsumer<byte[], byte[]> {
    /** From here on another leader's records are there. */
    static final long REPLACED = 30;

    private final int stride;
    private final int silentAfter;

    /** Whether partition 0 breaks beyond what its first poll moves it on to. */
    private final boolean broken;

    private int polls;

    Striding(int stride, int silentAfter, boolean broken) {
      super(OffsetResetStrategy.NONE);
      this.stride = stride;
      this.silentAfter = silentAfter;
      this.broken = broken;
    }

    @Override
    public synchronized ConsumerRecords<byte[], byte[]> poll(Duration patience) {
      polls++;
      Map<TopicPartition, List<ConsumerRecord<byte[], byte[]>>> polled = new HashMap<>();
      for (TopicPartition partition : assignment()) {
        boolean silent = partition.partition() == 0 && polls > silentAfter;
        if (silent || paused().contains(partition)) {
          continue;
        }
        long position = position(partition);
        seek(partition, position + stride);
        if (broken && partition.partition() == 0) {
          throw new KafkaException("Record batch for partition " + partition + " is invalid");
        }
        List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
        for (long offset = position; offset < position + stride; offset++) {
          if (bears(partition.partition(), offset)) {
            records.add(
                new ConsumerRecord<>(
                    partition.topic(),
                    partition.partition(),
                    offset,
                    0,
                    TimestampType.CREATE_TIME,
                    0,
                    1,
                    new byte[0],
                    new byte[1],
                    new RecordHeaders(),
                    Optional.of(offset < REPLACED ? EPOCH : EPOCH + 1)));
          }
        }
        polled.put(partition, records);
      }
      return new ConsumerRecords<>(polled);
    }

    static boolean bears(int partition, long offset) {
      return partition != 0 || offset % 3 == 0;
    }
  }

  private static final class Described extends DescribeTopicsResult {
    Described(Collection<?> topics) {
      super(null, futures(topics));
    }

    private static Map<String, KafkaFuture<TopicDescription>> futures(Collection<?> topics) {
      Map<String, KafkaFuture<TopicDescription>> futures = new HashMap<>();
      topics.forEach(
          topic ->
              futures.put(
                  (String) topic,
                  KafkaFuture.completedFuture(
                      new TopicDescription((String) topic, false, List.of(), null, ID))));
      return futures;
    }
  }

  private static Admin admin() {
    return (Admin)
        Proxy.newProxyInstance(
            Admin.class.getClassLoader(),
            new Class<?>[] {Admin.class},
            (proxy, method, arguments) ->
                method.getName().equals("describeTopics")
                    ? new Described((Collection<?>) arguments[0])
                    : null);
  }

  private static PlannedRange range(int partition, long start, long end) {
    return new PlannedRange(
        "t", ID.toString(), 0, partition, start, end, GapKind.NOT_DELIVERED, 1, EPOCH, 1 << 20);
  }

  /** Each row as {@code partition:offset}, or {@code partition:start-end} of a range. */
  private List<String> read(PlannedRange... ranges) {
    return read(Integer.MAX_VALUE, ranges);
  }

  private List<String> read(int times, PlannedRange... ranges) {
    Set<Long> broken = LongStream.range(13, 20).boxed().collect(Collectors.toSet());
    return read(new BrokenRecords(broken, times), Duration.ofMinutes(1), ranges);
  }

  private List<String> read(
      MockConsumer<byte[], byte[]> consumer, Duration patience, PlannedRange... ranges) {
    ConsumerPool pool = new ConsumerPool(Duration.ofMinutes(1));
    pool.release(new PooledConsumer(CONNECTION, Isolation.READ_COMMITTED, consumer, admin()));
    RangeTask task =
        new RangeTask(
            CONNECTION,
            Isolation.READ_COMMITTED,
            new ArrayList<>(List.of(ranges)),
            new HashMap<>(Map.of("t", patience)));
    List<String> rows = new ArrayList<>();
    try (RangeReader reader = new RangeReader(task, pool)) {
      while (reader.next()) {
        InternalRow row = reader.get();
        rows.add(
            row.isNullAt(3)
                ? row.getInt(2) + ":" + row.getLong(9) + "-" + row.getLong(10)
                : row.getInt(2) + ":" + row.getLong(3));
      }
    }
    return rows;
  }

  @Test
  void whatComesBeforeRecordsThatNobodyCanReadIsRead() {
    assertThat(read(range(0, 10, 30))).containsExactly("0:10", "0:11", "0:12", "0:10-13");
  }

  @Test
  void thePartitionsThatAreFetchedWithItAreReadWhole() {
    assertThat(read(range(0, 11, 30), range(1, 5, 8)))
        .containsExactly("0:11", "0:12", "0:11-13", "1:5", "1:6", "1:7", "1:5-8");
  }

  @Test
  void whereItBeginsWithThemTheErrorSaysWhichTheyAreAndHowToGoOn() {
    assertThatThrownBy(() -> read(range(0, 13, 30), range(1, 5, 8)))
        .isInstanceOfSatisfying(
            TopicFailure.class,
            failure -> {
              assertThat(failure.topic()).isEqualTo("t");
              assertThat(((TributaryException) failure.getCause()).code())
                  .isEqualTo(ErrorCode.KAFKA_RECORDS_UNREADABLE);
            })
        .hasMessageContaining("topic t partition 0 from offset 13 to 19 cannot be read")
        .hasMessageContaining("--accept-loss t/0:13-20");
    assertThat(read(range(0, 20, 22))).containsExactly("0:20", "0:21", "0:20-22");
  }

  @Test
  void aRecordThatCanBeReadBetweenOnesThatCannotIsNotNamedWithThem() {
    BrokenRecords records = new BrokenRecords(Set.of(10L, 11L, 13L), Integer.MAX_VALUE);
    TopicPartition partition = range(0, 10, 30).topicPartition();
    PooledConsumer consumer =
        new PooledConsumer(CONNECTION, Isolation.READ_COMMITTED, records, admin())
            .turnedTo(partition);

    assertThat(consumer.unreadable(partition, 10, 30)).hasValue(12);
    assertThat(consumer.unreadable(partition, 12, 30)).isEmpty();
    assertThat(consumer.unreadable(partition, 13, 14)).hasValue(14);
  }

  @Test
  void whatWasSpoiltOnTheWayIsReadAgain() {
    assertThatThrownBy(() -> read(1, range(0, 13, 30)))
        .isInstanceOfSatisfying(
            TopicFailure.class,
            failure ->
                assertThat(((TributaryException) failure.getCause()).code())
                    .isEqualTo(ErrorCode.KAFKA_UNAVAILABLE));
  }

  private static List<String> expected(int partition, long start, long end) {
    List<String> rows = new ArrayList<>();
    for (long offset = start; offset < end; offset++) {
      if (Striding.bears(partition, offset)) {
        rows.add(partition + ":" + offset);
      }
    }
    rows.add("%d:%d-%d".formatted(partition, start, end));
    return rows;
  }

  @Test
  void aRangeNeverEndsBeyondItsPlanHoweverFarAPollHasCome() {
    Duration patience = Duration.ofMinutes(1);
    for (int stride = 1; stride <= 12; stride++) {
      for (long end = 5; end <= 16; end++) {
        for (int partition = 0; partition < 2; partition++) {
          assertThat(read(new Striding(stride, 99, false), patience, range(partition, 4, end)))
              .as("partition %d alone up to %d, %d offsets a poll", partition, end, stride)
              .isEqualTo(expected(partition, 4, end));
        }
        List<String> both = expected(0, 4, end);
        both.addAll(expected(1, 7, 9));
        assertThat(
                read(new Striding(stride, 99, false), patience, range(0, 4, end), range(1, 7, 9)))
            .as("together up to %d, %d offsets a poll", end, stride)
            .isEqualTo(both);
      }
    }
  }

  @Test
  void aRangeThatStallsEndsWhereItHasComeAndOneThatStallsAtItsEndNotBeyondIt() {
    for (int stride = 1; stride <= 12; stride++) {
      long reached = Math.min(10, 4 + stride);
      assertThat(read(new Striding(stride, 1, false), Duration.ZERO, range(0, 4, 10)))
          .as("alone, %d offsets a poll", stride)
          .isEqualTo(expected(0, 4, reached));
      List<String> both = expected(0, 4, reached);
      both.addAll(expected(1, 4, 30));
      assertThat(
              read(new Striding(stride, 1, false), Duration.ZERO, range(0, 4, 10), range(1, 4, 30)))
          .as("together, %d offsets a poll", stride)
          .isEqualTo(both);
    }
  }

  @Test
  void aRangeWhoseEndWasPassedBeforeWhatCannotBeReadEndsAsPlanned() {
    assertThat(read(new Striding(9, 99, true), Duration.ofMinutes(1), range(0, 10, 12)))
        .containsExactly("0:10-12");
  }

  @Test
  void recordsThatTookThePlaceOfOthersSinceTheRangeWasPlannedAreNotRead() {
    Duration patience = Duration.ofMinutes(1);
    assertThat(read(new Striding(4, 99, false), patience, range(1, 27, 30)))
        .isEqualTo(expected(1, 27, 30));
    for (PlannedRange[] ranges :
        new PlannedRange[][] {{range(1, 27, 31)}, {range(1, 27, 31), range(0, 0, 3)}}) {
      assertThatThrownBy(() -> read(new Striding(4, 99, false), patience, ranges))
          .isInstanceOfSatisfying(
              TopicFailure.class,
              failure ->
                  assertThat(((TributaryException) failure.getCause()).code())
                      .isEqualTo(ErrorCode.KAFKA_UNAVAILABLE))
          .hasMessageContaining("t-1 has a record of leader epoch 7 at offset 30");
    }
  }

  @Test
  void aConsumerThatReadAPartitionFromAnotherLeaderIsNotUsedAgainForIt() {
    ConsumerPool pool = new ConsumerPool(Duration.ofMinutes(1));
    Striding clients = new Striding(1, 99, false);
    PooledConsumer used =
        new PooledConsumer(CONNECTION, Isolation.READ_COMMITTED, clients, admin());
    used.begin(List.of(range(0, 0, 3)));
    pool.release(used);

    PooledConsumer same = acquire(pool, range(0, 3, 6));
    assertThat(same).isSameAs(used);
    pool.release(same);
    assertThat(clients.closed()).isFalse();
    try (PooledConsumer other = acquire(pool, ledBy(EPOCH + 1, range(0, 3, 6)))) {
      assertThat(other).isNotSameAs(used);
      assertThat(clients.closed()).isTrue();
    }
  }

  private static PooledConsumer acquire(ConsumerPool pool, PlannedRange range) {
    return pool.acquire(CONNECTION, Isolation.READ_COMMITTED, List.of(range));
  }

  private static PlannedRange ledBy(int epoch, PlannedRange range) {
    return new PlannedRange(
        range.topic(),
        range.topicId(),
        range.incarnation(),
        range.partition(),
        range.start(),
        range.end(),
        range.holes(),
        range.averageBytes(),
        epoch,
        range.maxBytes());
  }
}
