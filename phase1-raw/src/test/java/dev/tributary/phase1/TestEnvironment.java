package dev.tributary.phase1;

import dev.tributary.local.servers.KafkaServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.spark.sql.SparkSession;

/** The broker and the session that all integration tests of the module share. */
final class TestEnvironment {
  static final String USER = "phase1";
  static final String PASSWORD = "pass-8f31c0";

  private static TestEnvironment shared;

  private final Path folder;
  private final KafkaServer kafka;
  private final SparkSession spark;
  private final Admin admin;

  private TestEnvironment() {
    try {
      folder = Files.createDirectories(Path.of("target", "it")).toAbsolutePath();
      kafka =
          KafkaServer.in(Files.createTempDirectory(folder, "kafka"))
              .property("log.cleaner.backoff.ms", "200")
              .property("log.retention.check.interval.ms", "500")
              .scram(USER, PASSWORD)
              .start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    spark =
        SparkSession.builder()
            .appName("phase1-it")
            .master("local[2]")
            .config("spark.ui.enabled", "false")
            .config("spark.log.level", "WARN")
            .config("spark.sql.session.timeZone", "UTC")
            .getOrCreate();
    admin = Admin.create(Map.of("bootstrap.servers", kafka.bootstrapServers()));
    Runtime.getRuntime().addShutdownHook(new Thread(kafka::close));
  }

  static synchronized TestEnvironment get() {
    if (shared == null) {
      shared = new TestEnvironment();
    }
    return shared;
  }

  KafkaServer kafka() {
    return kafka;
  }

  SparkSession spark() {
    return spark;
  }

  Admin admin() {
    return admin;
  }

  Path newFolder(String prefix) throws IOException {
    return Files.createTempDirectory(folder, prefix);
  }

  void createTopic(String name, int partitions, Map<String, String> configuration)
      throws ExecutionException, InterruptedException {
    admin
        .createTopics(
            Set.of(
                new NewTopic(name, Optional.of(partitions), Optional.of((short) 1))
                    .configs(configuration)))
        .all()
        .get();
  }

  KafkaProducer<byte[], byte[]> producer(Map<String, String> more) {
    Properties properties = new Properties();
    // With several, a new topic's first request can be overtaken and never be taken (KAFKA-15591).
    properties.put("max.in.flight.requests.per.connection", "1");
    properties.putAll(more);
    properties.put("bootstrap.servers", kafka.bootstrapServers());
    return new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer());
  }

  /** Sends records and waits until the broker has them. */
  void send(List<ProducerRecord<byte[], byte[]>> records) {
    try (KafkaProducer<byte[], byte[]> producer = producer(Map.of("linger.ms", "5"))) {
      List<Future<?>> sent = new ArrayList<>();
      records.forEach(record -> sent.add(producer.send(record)));
      for (Future<?> one : sent) {
        one.get();
      }
    } catch (ExecutionException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  void send(String topic, int partition, int count) {
    List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      records.add(
          new ProducerRecord<>(
              topic, partition, ("k" + i).getBytes(), ("{\"n\":" + i + "}").getBytes()));
    }
    send(records);
  }

  Map<String, String> scramReferences(String password) throws IOException {
    Map<String, String> properties = new HashMap<>(kafka.scram().clientProperties(USER, password));
    Path secret = newFolder("secret").resolve("jaas");
    Files.writeString(secret, properties.get("sasl.jaas.config"));
    properties.put("sasl.jaas.config", "file:" + secret);
    for (String key : List.copyOf(properties.keySet())) {
      if (key.endsWith("password")) {
        Path file = newFolder("secret").resolve("password");
        Files.writeString(file, properties.get(key));
        properties.put(key, "file:" + file);
      }
    }
    return properties;
  }
}
