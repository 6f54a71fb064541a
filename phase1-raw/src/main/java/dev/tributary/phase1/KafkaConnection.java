package dev.tributary.phase1;

import dev.tributary.core.secret.SecretReference;
import dev.tributary.core.spec.FixedKafkaOptions;
import dev.tributary.core.spec.Isolation;
import dev.tributary.core.spec.SourceSpec;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * How a cluster is reached. Holds references to secrets, never secrets: they are resolved when a
 * client is made, in the process that makes it.
 *
 * @param bootstrapServers {@code host:port,…} or a reference
 * @param options Kafka's client properties, secrets as references
 */
record KafkaConnection(String bootstrapServers, TreeMap<String, String> options)
    implements Serializable {
  static KafkaConnection of(SourceSpec source) {
    return new KafkaConnection(source.bootstrapServers(), new TreeMap<>(source.kafkaOptions()));
  }

  /** A name for logs and folders that says nothing about the options. */
  String label() {
    // Two connections of one name would be run as one.
    byte[] all = (bootstrapServers + '\n' + options).getBytes(StandardCharsets.UTF_8);
    try {
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(all);
      return "kafka-" + HexFormat.of().formatHex(hash, 0, 8);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A client for metadata. */
  Admin admin() {
    Properties properties = properties();
    // A partition without a leader must not hold up the planning of the others for long.
    if (!properties.containsKey(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG)) {
      properties.put(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, "10000");
      properties.putIfAbsent(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, "20000");
    }
    return KafkaErrors.constructing(this, properties, () -> Admin.create(properties));
  }

  /** A client that reads records and never commits anything. */
  KafkaConsumer<byte[], byte[]> consumer(Isolation isolation) {
    Properties properties = properties();
    properties.putIfAbsent(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, "20000");
    properties.putIfAbsent(ConsumerConfig.FETCH_MAX_BYTES_CONFIG, Integer.toString(64 << 20));
    properties.putIfAbsent(
        ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, Integer.toString(4 << 20));
    // The operating system's own tuning finds better sizes than any constant.
    properties.putIfAbsent(ConsumerConfig.RECEIVE_BUFFER_CONFIG, "-1");
    properties.put(
        ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class.getName());
    properties.put(
        ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class.getName());
    properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none");
    properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, "false");
    properties.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, "false");
    properties.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, isolation.kafkaName());
    return KafkaErrors.constructing(this, properties, () -> new KafkaConsumer<>(properties));
  }

  private Properties properties() {
    SecretReference secrets = SecretReference.ofProcess();
    Properties properties = new Properties();
    for (Map.Entry<String, String> option : options.entrySet()) {
      if (!FixedKafkaOptions.contains(option.getKey())) {
        properties.put(option.getKey(), secrets.resolve(option.getValue()));
      }
    }
    properties.put(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, secrets.resolve(bootstrapServers));
    return properties;
  }

  /** Says where, and nothing that an option holds. */
  @Override
  public String toString() {
    return "Kafka at " + bootstrapServers;
  }
}
