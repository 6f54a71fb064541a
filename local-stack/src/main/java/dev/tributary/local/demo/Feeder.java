package dev.tributary.local.demo;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Sends the demo's messages to Kafka at an even pace on a thread of its own, so that the drivers
 * have something to do while things happen to them.
 */
final class Feeder implements AutoCloseable {
  private static final int SLICES_A_SECOND = 10;

  private final List<Share> shares;
  private final long events;
  private final Duration over;
  private final Properties producerProperties;
  private final AtomicLong sent = new AtomicLong();
  private final AtomicReference<Exception> failure = new AtomicReference<>();
  private final Thread thread = new Thread(this::feed, "feeder");
  private volatile boolean closed;

  /** What part of the messages a factory makes. */
  record Share(MessageFactory factory, double part) {}

  Feeder(String bootstrapServers, List<Share> shares, long events, Duration over) {
    this.shares = List.copyOf(shares);
    this.events = events;
    this.over = over;
    producerProperties = new Properties();
    producerProperties.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers);
    producerProperties.put(ProducerConfig.ACKS_CONFIG, "all");
    producerProperties.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, "true");
    // With several, a new topic's first request can be overtaken and lost (KAFKA-15591).
    producerProperties.put(ProducerConfig.MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION, "1");
    producerProperties.put(ProducerConfig.LINGER_MS_CONFIG, "20");
    producerProperties.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, "lz4");
  }

  /** Makes a topic anew; one that is there already is refused, since its records were not ours. */
  static void createTopics(String bootstrapServers, Map<String, Integer> partitions) {
    try (Admin admin =
        Admin.create(Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers))) {
      admin
          .createTopics(
              partitions.entrySet().stream()
                  .map(topic -> new NewTopic(topic.getKey(), topic.getValue(), (short) 1))
                  .toList())
          .all()
          .get();
    } catch (ExecutionException e) {
      throw new TributaryException(
          ErrorCode.KAFKA_UNAVAILABLE,
          "The topics %s cannot be made on %s: %s. Delete topics that are left from before, or check that the cluster is up and lets you create them."
              .formatted(partitions.keySet(), bootstrapServers, e.getCause().getMessage()),
          e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new TributaryException(ErrorCode.KAFKA_UNAVAILABLE, "Interrupted. Try again.", e);
    }
  }

  void start() {
    thread.setDaemon(true);
    thread.start();
  }

  /** How many messages the broker acknowledged. */
  long sent() {
    Exception failed = failure.get();
    if (failed != null) {
      throw new TributaryException(
          ErrorCode.KAFKA_UNAVAILABLE,
          "Kafka took no more messages: %s. Look into the broker's log and start again."
              .formatted(failed.getMessage()),
          failed);
    }
    return sent.get();
  }

  /** Whether everything is in Kafka. */
  boolean finished() {
    return sent() > 0 && !thread.isAlive();
  }

  private void feed() {
    long slices = Math.max(1, over.toMillis() * SLICES_A_SECOND / 1000);
    long started = System.nanoTime();
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(
            producerProperties, new ByteArraySerializer(), new ByteArraySerializer())) {
      for (long slice = 1; slice <= slices && !closed; slice++) {
        for (Share share : shares) {
          long due = Math.round(events * share.part() * slice / slices);
          long missing = due - share.factory().expected().sent();
          if (missing > 0) {
            share.factory().next((int) missing).forEach(message -> send(producer, message));
          }
        }
        long next = started + slice * (1_000_000_000L / SLICES_A_SECOND);
        LockSupport.parkNanos(next - System.nanoTime());
      }
      producer.flush();
    } catch (RuntimeException e) {
      failure.compareAndSet(null, e);
    }
  }

  private void send(KafkaProducer<byte[], byte[]> producer, DemoMessage message) {
    ProducerRecord<byte[], byte[]> record =
        new ProducerRecord<>(
            message.topic(),
            message.key().map(key -> key.getBytes(StandardCharsets.UTF_8)).orElse(null),
            message.value().orElse(null));
    producer.send(
        record,
        (metadata, error) -> {
          if (error != null) {
            failure.compareAndSet(null, error);
            return;
          }
          sent.incrementAndGet();
        });
  }

  @Override
  public void close() {
    closed = true;
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
