package dev.tributary.cli.propose;

import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

/** The newest records of a topic. */
public final class TopicSample {
  private static final Duration POLL = Duration.ofMillis(200);

  private TopicSample() {}

  /**
   * About {@code size} records, as many from each partition; fewer where the topic holds fewer or
   * the time is over.
   */
  public static List<ConsumerRecord<byte[], byte[]>> of(
      Consumer<byte[], byte[]> consumer, String topic, int size, Duration longest, Clock clock) {
    List<TopicPartition> partitions =
        consumer.partitionsFor(topic).stream()
            .map(partition -> new TopicPartition(topic, partition.partition()))
            .toList();
    if (partitions.isEmpty()) {
      return List.of();
    }
    consumer.assign(partitions);
    Map<TopicPartition, Long> first = consumer.beginningOffsets(partitions);
    Map<TopicPartition, Long> end = consumer.endOffsets(partitions);
    long each = Math.max(1, size / partitions.size());
    partitions.forEach(
        partition ->
            consumer.seek(partition, Math.max(first.get(partition), end.get(partition) - each)));
    List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
    long deadline = clock.millis() + longest.toMillis();
    while (clock.millis() < deadline && !atEnd(partitions, end, consumer::position)) {
      consumer.poll(POLL).forEach(records::add);
    }
    return records.stream().limit(size).collect(Collectors.toList());
  }

  private static boolean atEnd(
      List<TopicPartition> partitions,
      Map<TopicPartition, Long> end,
      Function<TopicPartition, Long> position) {
    return partitions.stream()
        .allMatch(partition -> position.apply(partition) >= end.get(partition));
  }
}
