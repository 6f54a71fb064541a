package dev.tributary.phase1;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.metastore.Metastore;
import dev.tributary.core.spec.SourceSpec;
import dev.tributary.core.spec.Versioned;
import dev.tributary.streaming.PipelineMetrics;
import dev.tributary.streaming.RetryPolicy;
import dev.tributary.streaming.RunUnit;
import dev.tributary.streaming.StopSignal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks for topics that match a source's pattern and has the metastore add them to the source, or
 * register them by its template; what comes of it is then run as any other. A unit of its own, so
 * that a cluster that is away is tried again and told of like a query of it, and holds up nothing
 * else.
 */
final class TopicDiscovery implements RunUnit {
  private static final Logger LOG = LoggerFactory.getLogger(TopicDiscovery.class);

  /** The metastore takes 10,000, and registers each with its dataset while the client waits. */
  private static final int MOST_AT_ONCE = 500;

  private final Versioned<SourceSpec> source;
  private final Metastore metastore;
  private final Optional<Duration> interval;
  private final List<PipelineMetrics> pipelines;
  private volatile long looks;
  private List<String> told = List.of();

  /**
   * A unit that looks.
   *
   * @param interval between two looks; empty: it looks once
   * @param pipelines what tells how the search goes, where no query of the source does
   */
  TopicDiscovery(
      Versioned<SourceSpec> source,
      Metastore metastore,
      Optional<Duration> interval,
      List<PipelineMetrics> pipelines) {
    this.source = source;
    this.metastore = metastore;
    this.interval = interval;
    this.pipelines = List.copyOf(pipelines);
  }

  @Override
  public String name() {
    return "topics-of-" + source.spec().name();
  }

  @Override
  public String fingerprint() {
    return source.toString();
  }

  @Override
  public List<PipelineMetrics> pipelines() {
    return pipelines;
  }

  /** While the driver runs on it looks for as long, also after the metastore was away for long. */
  @Override
  public RetryPolicy retries(RetryPolicy driver) {
    return interval.isPresent()
        ? driver.with(OptionalInt.of(Integer.MAX_VALUE), Optional.empty(), Optional.empty())
        : driver;
  }

  /** A look that was answered is what works. */
  @Override
  public long progress() {
    return looks;
  }

  @Override
  public void run(StopSignal stop) throws InterruptedException {
    try (KafkaCluster cluster = new KafkaCluster(KafkaConnection.of(source.spec()))) {
      do {
        look(cluster);
      } while (interval.isPresent() && !stop.await(interval.get()));
    }
  }

  /** Looks once; what is found stands in the metastore when this returns. */
  void look() {
    try (KafkaCluster cluster = new KafkaCluster(KafkaConnection.of(source.spec()))) {
      look(cluster);
    }
  }

  private void look(KafkaCluster cluster) {
    Set<String> known = known();
    List<String> found =
        cluster.topics().stream()
            .filter(source.spec()::matches)
            .filter(topic -> !known.contains(topic))
            .sorted()
            .toList();
    if (!found.isEmpty()) {
      LOG.info("Found topics of source {}: {}", source.spec().name(), found);
    }
    tell(report(found));
    looks++;
  }

  /**
   * Answers what could not be registered; each part is a request, and a transaction, of its own.
   */
  List<String> report(List<String> found) {
    List<String> refused = new ArrayList<>();
    for (int from = 0; from < found.size(); from += MOST_AT_ONCE) {
      int to = Math.min(found.size(), from + MOST_AT_ONCE);
      refused.addAll(metastore.foundTopics(source.spec().name(), found.subList(from, to)));
    }
    return List.copyOf(refused);
  }

  /** The topics that need not be reported. */
  private Set<String> known() {
    if (source.spec().template().isEmpty()) {
      return Set.copyOf(source.spec().topics());
    }
    // They are sources of their own; what is reported all the same changes nothing.
    return metastore.sources().stream()
        .map(Versioned::spec)
        .filter(other -> other.archive().location().equals(source.spec().archive().location()))
        .flatMap(other -> other.topics().stream())
        .collect(Collectors.toSet());
  }

  /** What could not be registered is told, and stops nothing. */
  private void tell(List<String> refused) {
    if (!refused.equals(told)) {
      refused.forEach(
          each ->
              LOG.warn("A topic of source {} is not registered: {}", source.spec().name(), each));
      told = refused;
    }
    if (refused.isEmpty()) {
      pipelines.forEach(PipelineMetrics::running);
      return;
    }
    TributaryException warning =
        TributaryException.of(
            ErrorCode.METASTORE_REFUSED,
            "Of the topics that the pattern of source '%s' finds, %d are not registered."
                .formatted(source.spec().name(), refused.size()),
            refused.get(0));
    pipelines.forEach(pipeline -> pipeline.warned(warning));
  }
}
