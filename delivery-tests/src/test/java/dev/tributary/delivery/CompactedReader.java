package dev.tributary.delivery;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Reads a partition from its beginning, again and again. */
final class CompactedReader implements AutoCloseable {
  private final KafkaConsumer<byte[], byte[]> consumer;

  CompactedReader() {
    this.consumer =
        new KafkaConsumer<>(
            Map.of("bootstrap.servers", (Object) DeliveryStack.shared().kafka().bootstrapServers()),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer());
  }

  /** How many records there are below the given offset. */
  long records(TopicPartition partition, long end) {
    consumer.assign(List.of(partition));
    consumer.seekToBeginning(List.of(partition));
    long records = 0;
    while (consumer.position(partition) < end) {
      records += consumer.poll(Duration.ofMillis(200)).count();
    }
    return records;
  }

  @Override
  public void close() {
    consumer.close();
  }
}
