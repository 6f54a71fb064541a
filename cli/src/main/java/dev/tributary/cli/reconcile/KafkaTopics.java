package dev.tributary.cli.reconcile;

import dev.tributary.archive.Genesis;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.secret.SecretReference;
import dev.tributary.core.spec.Isolation;
import dev.tributary.core.spec.SourceSpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Asks the broker what it holds of a source's topics. Close it after use; not thread-safe. */
public final class KafkaTopics implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(KafkaTopics.class);
  private static final long TIMEOUT_SECONDS = 20;

  private final SourceSpec source;
  private final Admin admin;

  /** Connects as the source says; references to secrets are resolved here. */
  public KafkaTopics(SourceSpec source, SecretReference secrets) {
    this.source = source;
    Map<String, Object> options = new HashMap<>();
    source.kafkaOptions().forEach((key, value) -> options.put(key, secrets.resolve(value)));
    options.put(
        AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, secrets.resolve(source.bootstrapServers()));
    options.put(
        AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, (int) (TIMEOUT_SECONDS - 5) * 1000);
    options.put(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, 5_000);
    this.admin = connected(options);
  }

  /** A client; what is wrong with the options is said without a word of their secrets. */
  private Admin connected(Map<String, Object> options) {
    try {
      return Admin.create(options);
    } catch (KafkaException | IllegalArgumentException e) {
      StringBuilder reasons = new StringBuilder();
      for (Throwable at = e; at != null; at = at.getCause()) {
        reasons.append(reasons.isEmpty() ? "" : "; ").append(at.getMessage());
      }
      String reason = reasons.toString();
      for (Map.Entry<String, String> option : source.kafkaOptions().entrySet()) {
        if (SecretReference.isReference(option.getValue())) {
          reason = SecretReference.masked(reason, options.get(option.getKey()).toString());
        }
      }
      throw new TributaryException(
          ErrorCode.KAFKA_OPTIONS_INVALID,
          "A Kafka client for %s cannot be made: %s. Correct the kafkaOptions of source '%s'."
              .formatted(source.bootstrapServers(), reason, source.name()));
    }
  }

  /** What the broker holds of every partition; nothing for a topic that it does not know. */
  public List<KafkaRange> ranges() {
    List<TopicPartition> partitions = partitions();
    boolean committed = source.isolation() == Isolation.READ_COMMITTED;
    Map<TopicPartition, ListOffsetsResultInfo> earliest =
        offsets(partitions, OffsetSpec.earliest(), IsolationLevel.READ_UNCOMMITTED);
    Map<TopicPartition, ListOffsetsResultInfo> latest =
        offsets(
            partitions,
            OffsetSpec.latest(),
            committed ? IsolationLevel.READ_COMMITTED : IsolationLevel.READ_UNCOMMITTED);
    // Asked last, so that it is behind neither the end nor what is archived.
    Map<TopicPartition, ListOffsetsResultInfo> written =
        committed
            ? offsets(partitions, OffsetSpec.latest(), IsolationLevel.READ_UNCOMMITTED)
            : latest;
    return partitions.stream()
        .map(
            partition ->
                new KafkaRange(
                    partition.topic(),
                    partition.partition(),
                    earliest.get(partition).offset(),
                    latest.get(partition).offset(),
                    written.get(partition).offset()))
        .toList();
  }

  /** Which cluster and which topics these are. */
  public KafkaIdentity identity() {
    Map<String, String> ids = new HashMap<>();
    Map<String, KafkaFuture<TopicDescription>> descriptions =
        admin.describeTopics(source.topics()).topicNameValues();
    descriptions.forEach(
        (topic, description) ->
            await(description)
                .ifPresent(found -> ids.put(topic, Genesis.topicId(found.topicId().toString()))));
    // A broker too old to know its cluster's id is what phase 1 calls unknown too.
    return new KafkaIdentity(clusterId().orElse("unknown"), ids);
  }

  private Optional<String> clusterId() {
    return await(admin.describeCluster().clusterId().thenApply(Optional::ofNullable))
        .flatMap(id -> id);
  }

  /**
   * How long the broker keeps records, by topic; empty for one that keeps them for ever, or until
   * compaction. A topic whose settings this user may not read is not among them.
   */
  public Map<String, Optional<Duration>> retention() {
    List<ConfigResource> resources =
        source.topics().stream()
            .map(topic -> new ConfigResource(ConfigResource.Type.TOPIC, topic))
            .toList();
    Map<String, Optional<Duration>> retention = new HashMap<>();
    admin
        .describeConfigs(resources)
        .values()
        .forEach(
            (resource, answer) ->
                allowed(answer)
                    .ifPresent(config -> retention.put(resource.name(), retention(config))));
    return retention;
  }

  /** Empty where this user may not read the topic's settings: offsets can be listed without. */
  private Optional<Config> allowed(KafkaFuture<Config> answer) {
    try {
      return await(answer);
    } catch (TributaryException e) {
      if (e.code() != ErrorCode.KAFKA_AUTHORIZATION) {
        throw e;
      }
      LOG.debug("The settings of a topic are not shown", e);
      return Optional.empty();
    }
  }

  private static Optional<Duration> retention(Config config) {
    boolean deletes = config.get(TopicConfig.CLEANUP_POLICY_CONFIG).value().contains("delete");
    long millis = Long.parseLong(config.get(TopicConfig.RETENTION_MS_CONFIG).value());
    return deletes && millis >= 0 ? Optional.of(Duration.ofMillis(millis)) : Optional.empty();
  }

  private List<TopicPartition> partitions() {
    List<TopicPartition> partitions = new ArrayList<>();
    Map<String, KafkaFuture<TopicDescription>> descriptions =
        admin.describeTopics(source.topics()).topicNameValues();
    for (String topic : source.topics()) {
      await(descriptions.get(topic))
          .ifPresent(
              description -> {
                for (TopicPartitionInfo partition : description.partitions()) {
                  partitions.add(new TopicPartition(topic, partition.partition()));
                }
              });
    }
    return partitions;
  }

  private Map<TopicPartition, ListOffsetsResultInfo> offsets(
      List<TopicPartition> partitions, OffsetSpec which, IsolationLevel isolation) {
    Map<TopicPartition, OffsetSpec> asked = new HashMap<>();
    partitions.forEach(partition -> asked.put(partition, which));
    return await(admin.listOffsets(asked, new ListOffsetsOptions(isolation)).all())
        .orElseThrow(() -> unavailable(new UnknownTopicOrPartitionException()));
  }

  /** Empty where the topic is not there. */
  private <T> Optional<T> await(KafkaFuture<T> future) {
    try {
      return Optional.of(future.get(TIMEOUT_SECONDS, TimeUnit.SECONDS));
    } catch (ExecutionException e) {
      if (e.getCause() instanceof UnknownTopicOrPartitionException) {
        return Optional.empty();
      }
      throw unavailable(e.getCause());
    } catch (TimeoutException e) {
      throw unavailable(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw unavailable(e);
    }
  }

  private TributaryException unavailable(Throwable cause) {
    if (cause instanceof AuthenticationException) {
      return new TributaryException(
          ErrorCode.KAFKA_AUTHENTICATION,
          "Kafka at %s refused the credentials of source '%s'. Check its kafkaOptions and the secrets that they refer to."
              .formatted(source.bootstrapServers(), source.name()),
          cause);
    }
    if (cause instanceof AuthorizationException) {
      return new TributaryException(
          ErrorCode.KAFKA_AUTHORIZATION,
          "Kafka at %s does not allow reading the offsets of source '%s': %s. Grant Describe on its topics to this user (and DescribeConfigs, to see how long Kafka keeps what waits)."
              .formatted(source.bootstrapServers(), source.name(), cause.getMessage()),
          cause);
    }
    return new TributaryException(
        ErrorCode.KAFKA_UNAVAILABLE,
        "Kafka at %s does not answer for source '%s' (%s). Check the address and that the broker is up."
            .formatted(source.bootstrapServers(), source.name(), cause.getClass().getSimpleName()),
        cause);
  }

  @Override
  public void close() {
    admin.close(Duration.ofSeconds(1));
  }
}
