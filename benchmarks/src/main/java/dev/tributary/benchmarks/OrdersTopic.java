package dev.tributary.benchmarks;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** A topic of order events: 8 partitions, lz4, the events dealt out in turn. */
final class OrdersTopic {
  static final int PARTITIONS = 8;

  private final String bootstrapServers;
  private final String name;

  OrdersTopic(String bootstrapServers, String name) {
    this.bootstrapServers = bootstrapServers;
    this.name = name;
  }

  /**
   * Makes sure that the topic holds exactly the events, so many times over, later rounds with a
   * later time of change. One that was filled before stays as it is.
   */
  void fill(long events, int rounds) {
    long all = events * rounds;
    ask(
        admin -> {
          create(admin);
          if (held(admin) == 0) {
            produce(new Orders(events).repeated(events), 0, all);
          }
          require(admin, all);
        });
  }

  /**
   * Adds the events of a range to those before it, which the topic holds.
   *
   * @param from the number of the first, a multiple of the partitions
   * @param to the number after the last
   */
  void extend(NumberedEvents events, long from, long to) {
    ask(
        admin -> {
          create(admin);
          produce(events, from, to);
          require(admin, to);
        });
  }

  /** Frees what it takes of the disk. */
  void delete() {
    ask(admin -> admin.deleteTopics(List.of(name)).all().get());
  }

  private interface Question {
    void ask(Admin admin) throws InterruptedException, ExecutionException;
  }

  private void ask(Question question) {
    try (Admin admin =
        Admin.create(Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers))) {
      question.ask(admin);
    } catch (ExecutionException e) {
      throw new TributaryException(
          ErrorCode.KAFKA_UNAVAILABLE,
          "The topic %s cannot be filled or deleted: %s. Look into the broker's log."
              .formatted(name, e.getCause().getMessage()),
          e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new TributaryException(ErrorCode.KAFKA_UNAVAILABLE, "Interrupted. Start again.", e);
    }
  }

  private void create(Admin admin) throws InterruptedException, ExecutionException {
    if (!admin.listTopics().names().get().contains(name)) {
      NewTopic topic = new NewTopic(name, PARTITIONS, (short) 1);
      // The events bear times of their own, which the broker must not take for old age.
      admin.createTopics(List.of(topic.configs(Map.of("retention.ms", "-1")))).all().get();
    }
  }

  private void require(Admin admin, long events) throws InterruptedException, ExecutionException {
    long held = held(admin);
    if (held != events) {
      throw TributaryException.of(
          ErrorCode.SETTING_INVALID,
          "The topic %s of an earlier benchmark holds %d events instead of %d."
              .formatted(name, held, events),
          "Give the same --events as then, or another folder with --data.");
    }
  }

  private long held(Admin admin) throws InterruptedException, ExecutionException {
    Map<TopicPartition, OffsetSpec> ends = new HashMap<>();
    for (int partition = 0; partition < PARTITIONS; partition++) {
      ends.put(new TopicPartition(name, partition), OffsetSpec.latest());
    }
    return admin.listOffsets(ends).all().get().values().stream()
        .mapToLong(end -> end.offset())
        .sum();
  }

  private void produce(NumberedEvents events, long from, long to) {
    AtomicReference<Exception> failure = new AtomicReference<>();
    Map<String, Object> settings =
        Map.of(
            ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
            bootstrapServers,
            ProducerConfig.COMPRESSION_TYPE_CONFIG,
            "lz4",
            ProducerConfig.BATCH_SIZE_CONFIG,
            64 << 10,
            ProducerConfig.LINGER_MS_CONFIG,
            20,
            ProducerConfig.ACKS_CONFIG,
            "all",
            // With several, a new topic's first request can be overtaken and lost (KAFKA-15591).
            ProducerConfig.MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION,
            1);
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
      for (long event = from; event < to && failure.get() == null; event++) {
        producer.send(
            new ProducerRecord<>(
                name,
                (int) (event % PARTITIONS),
                events.timestamp(event),
                events.key(event),
                events.value(event)),
            (metadata, error) -> failure.compareAndSet(null, error));
      }
      producer.flush();
    }
    if (failure.get() != null) {
      throw new TributaryException(
          ErrorCode.KAFKA_UNAVAILABLE,
          "Kafka took no more events: %s. Look into the broker's log."
              .formatted(failure.get().getMessage()),
          failure.get());
    }
  }
}
