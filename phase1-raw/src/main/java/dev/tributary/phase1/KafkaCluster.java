package dev.tributary.phase1;

import dev.tributary.archive.Genesis;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.spec.Isolation;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.ListOffsetsResult;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.InterruptException;

/** The metadata of a cluster, asked anew at each call. Thread-safe. */
final class KafkaCluster implements AutoCloseable {
  private static final long ANSWER_SECONDS = 60;

  /** How long a look waits for a topic that has answered in time until now. */
  private static final Duration IN_TIME = Duration.ofSeconds(1);

  private final KafkaConnection connection;
  private final Admin admin;
  private final Map<Question, Asked> outstanding = new ConcurrentHashMap<>();
  private final Set<String> late = ConcurrentHashMap.newKeySet();

  private record Question(String topic, Isolation isolation) {}

  /** A question to the leaders of a topic's partitions. */
  private record Asked(
      TopicDescription description, ListOffsetsResult starts, ListOffsetsResult ends) {
    /** Whether all have answered, with an error too. */
    boolean answered(Duration patience) {
      try {
        KafkaFuture.allOf(
                description.partitions().stream()
                    .map(partition -> new TopicPartition(description.name(), partition.partition()))
                    .flatMap(
                        key -> Stream.of(starts.partitionResult(key), ends.partitionResult(key)))
                    .toArray(KafkaFuture<?>[]::new))
            .get(patience.toMillis(), TimeUnit.MILLISECONDS);
        return true;
      } catch (ExecutionException e) {
        return true;
      } catch (TimeoutException e) {
        return false;
      } catch (InterruptedException e) {
        throw new InterruptException(e);
      }
    }
  }

  KafkaCluster(KafkaConnection connection) {
    this(connection, connection.admin());
  }

  /** With a client that is closed with it. */
  KafkaCluster(KafkaConnection connection, Admin admin) {
    this.connection = connection;
    this.admin = admin;
  }

  /** The cluster's id, or {@link Genesis#UNKNOWN_ID}. */
  String id() {
    String id = await("asking for the cluster's id", admin.describeCluster().clusterId());
    return id == null ? Genesis.UNKNOWN_ID : id;
  }

  /**
   * Each topic's id and what its partitions hold. A topic that fails does not fail the others, and
   * one that does not answer, since a partition of it has no leader, does not hold them up: its
   * question stands, and a later look has the answer.
   */
  Map<String, TopicAnswer> look(Collection<String> topics, Isolation isolation) {
    Map<String, TopicAnswer> answers = new HashMap<>();
    List<String> anew =
        topics.stream()
            .filter(topic -> !outstanding.containsKey(new Question(topic, isolation)))
            .toList();
    ask(describe(anew, answers), isolation);
    long deadline = System.nanoTime() + IN_TIME.toNanos();
    for (String topic : topics) {
      if (!answers.containsKey(topic)) {
        Duration left = Duration.ofNanos(Math.max(0, deadline - System.nanoTime()));
        answers.put(topic, answer(new Question(topic, isolation), left));
      }
    }
    return answers;
  }

  /**
   * As {@link #look}, with the ends that Kafka has, be they stable or not: what is archived is
   * below them, whatever isolation it was read with.
   */
  TopicAnswer unstable(String topic) {
    return look(List.of(topic), Isolation.READ_UNCOMMITTED).get(topic);
  }

  private void ask(Map<String, TopicDescription> described, Isolation isolation) {
    if (described.isEmpty()) {
      return;
    }
    Map<TopicPartition, OffsetSpec> earliest = new HashMap<>();
    Map<TopicPartition, OffsetSpec> latest = new HashMap<>();
    described.forEach(
        (topic, description) ->
            description
                .partitions()
                .forEach(
                    partition -> {
                      TopicPartition key = new TopicPartition(topic, partition.partition());
                      earliest.put(key, OffsetSpec.earliest());
                      latest.put(key, OffsetSpec.latest());
                    }));
    ListOffsetsResult starts = admin.listOffsets(earliest, options(isolation));
    ListOffsetsResult ends = admin.listOffsets(latest, options(isolation));
    described.forEach(
        (topic, description) ->
            outstanding.put(new Question(topic, isolation), new Asked(description, starts, ends)));
  }

  /** Who was late before is not waited for. */
  private TopicAnswer answer(Question question, Duration left) {
    String topic = question.topic();
    Asked asked = outstanding.get(question);
    if (!asked.answered(late.contains(topic) ? Duration.ZERO : left)) {
      late.add(topic);
      return new TopicAnswer.Outstanding();
    }
    outstanding.remove(question);
    TopicAnswer answer = held(topic, asked.description(), asked.starts(), asked.ends());
    if (answer instanceof TopicAnswer.Found) {
      late.remove(topic);
    }
    return answer;
  }

  /** The names of all topics that this user may see; Kafka's own ones are not among them. */
  Set<String> topics() {
    return await("listing the topics", admin.listTopics().names());
  }

  /** The first offset at or after a time, or the end where there is none, by partition. */
  Map<Integer, Long> offsetsAt(
      String topic, Set<Integer> partitions, long epochMillis, Isolation isolation) {
    Map<TopicPartition, OffsetSpec> wanted = new HashMap<>();
    partitions.forEach(
        partition ->
            wanted.put(new TopicPartition(topic, partition), OffsetSpec.forTimestamp(epochMillis)));
    ListOffsetsResult found = admin.listOffsets(wanted, options(isolation));
    Map<Integer, Long> offsets = new TreeMap<>();
    for (TopicPartition partition : wanted.keySet()) {
      long offset =
          await("looking for a time in " + partition, found.partitionResult(partition)).offset();
      if (offset >= 0) {
        offsets.put(partition.partition(), offset);
      }
    }
    return offsets;
  }

  /**
   * Up to where what a partition holds at an offset cannot be read, exclusive; empty: it can.
   *
   * @param end of what is looked at
   */
  OptionalLong unreadable(TopicPartition partition, long offset, long end, Isolation isolation) {
    try (PooledConsumer consumer = new PooledConsumer(connection, isolation)) {
      return consumer.turnedTo(partition).unreadable(partition, offset, end);
    }
  }

  /** The topic's {@code cleanup.policy}; empty where this user may not read it. */
  Optional<String> cleanupPolicy(String topic) {
    ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
    try {
      return Optional.ofNullable(
              admin
                  .describeConfigs(Set.of(resource))
                  .values()
                  .get(resource)
                  .get(ANSWER_SECONDS, TimeUnit.SECONDS)
                  .get(TopicConfig.CLEANUP_POLICY_CONFIG))
          .map(entry -> entry.value());
    } catch (ExecutionException | TimeoutException e) {
      return Optional.empty();
    } catch (InterruptedException e) {
      throw new InterruptException(e);
    }
  }

  /** Sets a group's offsets, for lag tools. */
  void commitOffsets(String group, Map<TopicPartition, Long> next) {
    Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
    next.forEach((partition, offset) -> offsets.put(partition, new OffsetAndMetadata(offset)));
    await(
        "committing offsets to the group " + group,
        admin.alterConsumerGroupOffsets(group, offsets).all());
  }

  @Override
  public void close() {
    admin.close(Duration.ofSeconds(5));
  }

  private Map<String, TopicDescription> describe(
      Collection<String> topics, Map<String, TopicAnswer> answers) {
    Map<String, TopicDescription> described = new HashMap<>();
    admin
        .describeTopics(topics)
        .topicNameValues()
        .forEach(
            (topic, description) -> {
              try {
                described.put(topic, await("looking at the topic " + topic, description));
              } catch (TributaryException e) {
                answers.put(topic, new TopicAnswer.Refused(e));
              }
            });
    return described;
  }

  private TopicAnswer held(
      String topic,
      TopicDescription description,
      ListOffsetsResult starts,
      ListOffsetsResult ends) {
    Map<Integer, TopicAnswer.Held> held = new HashMap<>();
    try {
      description
          .partitions()
          .forEach(
              partition -> {
                TopicPartition key = new TopicPartition(topic, partition.partition());
                String doing = "listing the offsets of " + key;
                ListOffsetsResult.ListOffsetsResultInfo end =
                    await(doing, ends.partitionResult(key));
                held.put(
                    partition.partition(),
                    new TopicAnswer.Held(
                        await(doing, starts.partitionResult(key)).offset(),
                        end.offset(),
                        end.leaderEpoch().map(OptionalInt::of).orElseGet(OptionalInt::empty)));
              });
    } catch (TributaryException e) {
      return new TopicAnswer.Refused(e);
    }
    return new TopicAnswer.Found(Genesis.topicId(description.topicId().toString()), held);
  }

  private <T> T await(String doing, KafkaFuture<T> answer) {
    try {
      return answer.get(ANSWER_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw KafkaErrors.coded(connection, doing, e);
    } catch (TimeoutException e) {
      throw KafkaErrors.coded(
          connection, doing, new org.apache.kafka.common.errors.TimeoutException(e));
    } catch (InterruptedException e) {
      throw new InterruptException(e);
    }
  }

  private static ListOffsetsOptions options(Isolation isolation) {
    return new ListOffsetsOptions(
        isolation == Isolation.READ_COMMITTED
            ? IsolationLevel.READ_COMMITTED
            : IsolationLevel.READ_UNCOMMITTED);
  }
}
