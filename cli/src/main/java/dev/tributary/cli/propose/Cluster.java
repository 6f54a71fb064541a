package dev.tributary.cli.propose;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.spec.SourceSpec;
import dev.tributary.core.spec.SpecState;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The Kafka cluster in which a topic is looked at.
 *
 * @param bootstrapServers {@code host:port,…}, or a reference
 * @param kafkaOptions what the metastore knows of how it is reached; secrets as references
 * @param known from where it is known, for people
 * @param source the metastore's source that keeps the topic; empty: none is known
 */
public record Cluster(
    String bootstrapServers,
    Map<String, String> kafkaOptions,
    String known,
    Optional<String> source) {
  private static final String NAME_IT =
      "Give --bootstrap-servers HOST:PORT, or TRIBUTARY_BOOTSTRAP_SERVERS in the environment or in"
          + " .env";

  /** One that somebody has named. */
  public static Cluster named(String bootstrapServers, String known) {
    return new Cluster(bootstrapServers, Map.of(), known, Optional.empty());
  }

  /** The cluster of the source that keeps the topic, or finds it by its pattern. */
  public static Optional<Cluster> ofTopic(String topic, List<SourceSpec> sources) {
    return sources.stream()
        .filter(source -> source.state() != SpecState.RETIRED)
        .filter(source -> source.topics().contains(topic))
        .findFirst()
        .map(source -> of(source, Optional.of(source.name())))
        .or(
            () ->
                sources.stream()
                    .filter(source -> source.state() != SpecState.RETIRED)
                    .filter(source -> source.matches(topic))
                    .findFirst()
                    .map(source -> of(source, Optional.empty())));
  }

  /**
   * The one cluster of all sources.
   *
   * @throws TributaryException SETTING_INVALID where there is none, or more than one
   */
  public static Cluster ofAll(List<SourceSpec> sources) {
    List<Cluster> clusters =
        sources.stream()
            .filter(source -> source.state() != SpecState.RETIRED)
            .map(
                source ->
                    new Cluster(
                        source.bootstrapServers(),
                        source.kafkaOptions(),
                        "that of all sources of the metastore",
                        Optional.empty()))
            .distinct()
            .toList();
    if (clusters.size() == 1) {
      return clusters.get(0);
    }
    throw TributaryException.of(
        ErrorCode.SETTING_INVALID,
        clusters.isEmpty()
            ? "No Kafka cluster is known: none is named, no local stack is up, and no source of a"
                + " metastore says one."
            : "The metastore's sources are of several Kafka clusters, or reach one in several"
                + " ways: %s.".formatted(clusters.stream().map(Cluster::bootstrapServers).toList()),
        NAME_IT + (clusters.isEmpty() ? ", or start a stack: ./tributary local up" : "."));
  }

  private static Cluster of(SourceSpec source, Optional<String> keeper) {
    return new Cluster(
        source.bootstrapServers(),
        source.kafkaOptions(),
        "that of the metastore's source " + source.name(),
        keeper);
  }
}
