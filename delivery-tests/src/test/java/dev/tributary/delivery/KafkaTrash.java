package dev.tributary.delivery;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;

/**
 * Records outside the usual course: some that nobody will ever see, some of a later incarnation.
 */
final class KafkaTrash {
  private KafkaTrash() {}

  /** Records that the oracle does not know, because Kafka will lose them. */
  static void produceUnseen(Pipeline pipeline, int records) {
    send(pipeline, records, -1);
  }

  /** Records of the given incarnation. */
  static void produceInto(Pipeline pipeline, int incarnation, int records) {
    send(pipeline, records, incarnation);
  }

  private static void send(Pipeline pipeline, int records, int incarnation) {
    try (KafkaProducer<byte[], byte[]> producer = pipeline.producer(Map.of())) {
      for (int i = 0; i < records; i++) {
        byte[] value = "{\"id\":\"x\",\"n\":%d}".formatted(i).getBytes(StandardCharsets.UTF_8);
        RecordMetadata landed = producer.send(new ProducerRecord<>(pipeline.name(), value)).get();
        if (incarnation >= 0) {
          pipeline.remember(incarnation, landed, value);
        }
      }
    } catch (InterruptedException | ExecutionException e) {
      throw new AssertionError(e);
    }
  }
}
