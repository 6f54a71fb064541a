package dev.tributary.phase1;

import dev.tributary.archive.GapKind;
import dev.tributary.archive.ManifestEntry;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.spec.Isolation;
import dev.tributary.streaming.Failures;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.kafka.common.errors.InterruptException;

/** Looks at topics and their archives, several at once. */
final class TopicInspection implements AutoCloseable {
  private static final int AT_ONCE = 8;
  private static final Duration SETTINGS_LAST = Duration.ofMinutes(5);

  private final KafkaCluster cluster;
  private final ArchiveOpening opening;
  private final ExecutorService threads;

  /**
   * What came of it.
   *
   * @param found what Kafka holds; empty where it failed, or has not answered
   * @param head of the archive; empty where it needed no look
   * @param error why it failed
   */
  record Outcome(
      Optional<TopicAnswer.Found> found,
      Optional<ManifestEntry> head,
      Optional<TributaryException> error) {
    /** Kafka has not answered yet. */
    static Outcome outstanding() {
      return new Outcome(Optional.empty(), Optional.empty(), Optional.empty());
    }

    static Outcome failed(TributaryException error) {
      return new Outcome(Optional.empty(), Optional.empty(), Optional.of(error));
    }
  }

  TopicInspection(KafkaCluster cluster, ArchiveOpening opening) {
    this.cluster = cluster;
    this.opening = opening;
    this.threads =
        Executors.newFixedThreadPool(
            AT_ONCE,
            task -> {
              Thread thread = new Thread(task, "topic-inspection");
              thread.setDaemon(true);
              return thread;
            });
  }

  /** Each topic by name; one that fails does not fail the others. */
  Map<String, Outcome> inspect(List<TopicIngest> topics, String clusterId, Isolation isolation) {
    Map<String, TopicAnswer> answers =
        cluster.look(topics.stream().map(TopicIngest::topic).toList(), isolation);
    return all(topics, topic -> () -> inspect(topic, clusterId, answers.get(topic.topic())));
  }

  /** The heads of the archives that can be read now; the others are for the next look. */
  Map<String, ManifestEntry> heads(List<TopicIngest> topics) {
    Map<String, Outcome> outcomes =
        all(
            topics,
            topic -> () -> new Outcome(Optional.empty(), topic.log().head(), Optional.empty()));
    Map<String, ManifestEntry> heads = new HashMap<>();
    outcomes.forEach((name, outcome) -> outcome.head().ifPresent(head -> heads.put(name, head)));
    return heads;
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }

  private Outcome inspect(TopicIngest topic, String clusterId, TopicAnswer answer) {
    if (answer instanceof TopicAnswer.Refused refused) {
      return Outcome.failed(refused.why());
    }
    if (answer instanceof TopicAnswer.Outstanding) {
      return Outcome.outstanding();
    }
    TopicAnswer.Found found = (TopicAnswer.Found) answer;
    if (!topic.needsOpening(found)) {
      return new Outcome(Optional.of(found), Optional.empty(), Optional.empty());
    }
    Optional<ArchiveOpening.Opened> opened =
        opening.open(topic.source(), topic.log(), clusterId, found);
    if (opened.isEmpty()) {
      return Outcome.outstanding();
    }
    learnHoles(topic);
    if (topic.isNew()) {
      opened.ifPresent(now -> topic.lookBack(now.head(), now.found()));
    }
    return new Outcome(
        opened.map(ArchiveOpening.Opened::found),
        opened.map(ArchiveOpening.Opened::head),
        Optional.empty());
  }

  /** A topic's settings rarely change; what is asked at each batch is what must not be wrong. */
  private void learnHoles(TopicIngest topic) {
    Instant now = Instant.now();
    if (Duration.between(topic.holesKnownAt(), now).compareTo(SETTINGS_LAST) > 0) {
      topic.holes(holes(topic), now);
    }
  }

  /** What an offset without a record is, as far as the topic's settings tell. */
  private GapKind holes(TopicIngest topic) {
    Optional<String> policy = cluster.cleanupPolicy(topic.topic());
    if (policy.isEmpty()) {
      return GapKind.NOT_DELIVERED;
    }
    if (!policy.get().contains("compact")) {
      return GapKind.TRANSACTIONAL;
    }
    return topic.source().isolation() == Isolation.READ_UNCOMMITTED
        ? GapKind.COMPACTED
        : GapKind.NOT_DELIVERED;
  }

  private Map<String, Outcome> all(
      List<TopicIngest> topics, Function<TopicIngest, Callable<Outcome>> work) {
    Map<String, Future<Outcome>> started =
        topics.stream()
            .collect(Collectors.toMap(TopicIngest::topic, t -> threads.submit(work.apply(t))));
    Map<String, Outcome> outcomes = new HashMap<>();
    started.forEach((topic, outcome) -> outcomes.put(topic, await(outcome)));
    return outcomes;
  }

  private static Outcome await(Future<Outcome> outcome) {
    try {
      return outcome.get();
    } catch (ExecutionException e) {
      return Outcome.failed(Failures.coded(e.getCause()));
    } catch (InterruptedException e) {
      throw new InterruptException(e);
    }
  }
}
