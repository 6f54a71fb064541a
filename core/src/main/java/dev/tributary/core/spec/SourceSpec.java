package dev.tributary.core.spec;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A source: topics of one Kafka cluster and the raw archive that holds them. Immutable;
 * construction fills in defaults and refuses what cannot work.
 *
 * @param name {@code [a-z][a-z0-9_]{0,62}}
 * @param bootstrapServers {@code host:port,…}; may be a reference ({@code env:NAME})
 * @param topics at least one topic, no duplicates
 * @param start where the first read begins
 * @param isolation which transactional records are read
 * @param kafkaOptions consumer properties passed through; secrets only as references ({@code
 *     env:NAME}, {@code file:path})
 * @param archive where the raw records go
 * @param batch how batches are cut
 * @param consumerGroup the group whose offsets follow the manifest log, for lag tools; empty: none
 * @param state whether drivers run it
 */
@JsonInclude(JsonInclude.Include.NON_ABSENT)
public record SourceSpec(
    String name,
    String bootstrapServers,
    List<String> topics,
    StartPosition start,
    Isolation isolation,
    Map<String, String> kafkaOptions,
    ArchiveSpec archive,
    BatchSpec batch,
    Optional<String> consumerGroup,
    SpecState state) {

  /** Fills in defaults and refuses what cannot work with SPEC_INVALID. */
  public SourceSpec {
    name = SpecChecks.name("name", name);
    bootstrapServers = SpecChecks.required("bootstrapServers", bootstrapServers);
    topics = SpecChecks.topics(topics);
    start = start == null ? new StartPosition.Earliest() : start;
    isolation = isolation == null ? Isolation.READ_COMMITTED : isolation;
    kafkaOptions =
        kafkaOptions == null
            ? Map.of()
            : java.util.Collections.unmodifiableMap(new TreeMap<>(kafkaOptions));
    SpecChecks.noLiteralSecrets("kafkaOptions", kafkaOptions);
    SpecChecks.present("archive", archive);
    batch = batch == null ? BatchSpec.defaults() : batch;
    consumerGroup = consumerGroup == null ? Optional.empty() : consumerGroup;
    state = state == null ? SpecState.ACTIVE : state;
  }

  /** Reads the JSON form, in which a single topic may stand as {@code "topic": "orders"}. */
  @JsonCreator
  static SourceSpec of(
      @JsonProperty("name") String name,
      @JsonProperty("bootstrapServers") String bootstrapServers,
      @JsonProperty("topic") String topic,
      @JsonProperty("topics") List<String> topics,
      @JsonProperty("start") StartPosition start,
      @JsonProperty("isolation") Isolation isolation,
      @JsonProperty("kafkaOptions") Map<String, String> kafkaOptions,
      @JsonProperty("archive") ArchiveSpec archive,
      @JsonProperty("batch") BatchSpec batch,
      @JsonProperty("consumerGroup") Optional<String> consumerGroup,
      @JsonProperty("state") SpecState state) {
    if (topic != null && topics != null) {
      throw SpecChecks.invalid("topic", topic, "Give topic or topics, not both.");
    }
    return new SourceSpec(
        name,
        bootstrapServers,
        topic == null ? topics : List.of(topic),
        start,
        isolation,
        kafkaOptions,
        archive,
        batch,
        consumerGroup,
        state);
  }

  /** This source in another state. */
  public SourceSpec withState(SpecState other) {
    return new SourceSpec(
        name,
        bootstrapServers,
        topics,
        start,
        isolation,
        kafkaOptions,
        archive,
        batch,
        consumerGroup,
        other);
  }
}
