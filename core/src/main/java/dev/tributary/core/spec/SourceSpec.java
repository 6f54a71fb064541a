package dev.tributary.core.spec;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.node.ObjectNode;
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
 * @param topics at least one topic, no duplicates; with a pattern those that were found so far
 * @param topicPattern a regular expression; phase 1 adds topics whose whole names match it as it
 *     finds them, and each is archived as this source says
 * @param start where the first read begins
 * @param isolation which transactional records are read
 * @param kafkaOptions consumer properties passed through; secrets only as references ({@code
 *     env:NAME}, {@code file:path})
 * @param archive where the raw records go
 * @param batch how batches are cut
 * @param consumerGroup the group whose offsets follow the manifest log, for lag tools; empty: none
 * @param state whether drivers run it
 * @param template with a pattern: the document of a dataset, as {@code PUT /datasets/NAME} takes it
 *     without a source. Each topic that is found is then registered as a source of its own, which a
 *     dataset of this template reads, instead of becoming one of {@code topics}
 * @param foundBy the source by whose pattern and template it was registered; empty: somebody did
 */
@JsonInclude(JsonInclude.Include.NON_ABSENT)
public record SourceSpec(
    String name,
    String bootstrapServers,
    List<String> topics,
    Optional<String> topicPattern,
    StartPosition start,
    Isolation isolation,
    Map<String, String> kafkaOptions,
    ArchiveSpec archive,
    BatchSpec batch,
    Optional<String> consumerGroup,
    SpecState state,
    Optional<ObjectNode> template,
    Optional<String> foundBy) {

  /** Fills in defaults and refuses what cannot work with SPEC_INVALID. */
  public SourceSpec {
    name = SpecChecks.name("name", name);
    bootstrapServers = SpecChecks.required("bootstrapServers", bootstrapServers);
    topicPattern = topicPattern == null ? Optional.empty() : topicPattern;
    topics = SpecChecks.topics(topics, topicPattern);
    start = start == null ? new StartPosition.Earliest() : start;
    SpecChecks.startOfPattern(start, topicPattern);
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
    template = template == null ? Optional.empty() : template.map(ObjectNode::deepCopy);
    if (template.isPresent() && topicPattern.isEmpty()) {
      throw SpecChecks.invalid(
          "template", "{…}", "It goes with a topicPattern: it is for topics that are found.");
    }
    foundBy = foundBy == null ? Optional.empty() : foundBy;
    foundBy.ifPresent(finder -> SpecChecks.name("foundBy", finder));
  }

  /** Reads the JSON form, in which a single topic may stand as {@code "topic": "orders"}. */
  @JsonCreator
  static SourceSpec of(
      @JsonProperty("name") String name,
      @JsonProperty("bootstrapServers") String bootstrapServers,
      @JsonProperty("topic") String topic,
      @JsonProperty("topics") List<String> topics,
      @JsonProperty("topicPattern") Optional<String> topicPattern,
      @JsonProperty("start") StartPosition start,
      @JsonProperty("isolation") Isolation isolation,
      @JsonProperty("kafkaOptions") Map<String, String> kafkaOptions,
      @JsonProperty("archive") ArchiveSpec archive,
      @JsonProperty("batch") BatchSpec batch,
      @JsonProperty("consumerGroup") Optional<String> consumerGroup,
      @JsonProperty("state") SpecState state,
      @JsonProperty("template") Optional<ObjectNode> template,
      @JsonProperty("foundBy") Optional<String> foundBy) {
    if (topic != null && topics != null) {
      throw SpecChecks.invalid("topic", topic, "Give topic or topics, not both.");
    }
    return new SourceSpec(
        name,
        bootstrapServers,
        topic == null ? topics : List.of(topic),
        topicPattern,
        start,
        isolation,
        kafkaOptions,
        archive,
        batch,
        consumerGroup,
        state,
        template,
        foundBy);
  }

  /** A source of the given topics and no others. */
  public SourceSpec(
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
    this(
        name,
        bootstrapServers,
        topics,
        Optional.empty(),
        start,
        isolation,
        kafkaOptions,
        archive,
        batch,
        consumerGroup,
        state,
        Optional.empty(),
        Optional.empty());
  }

  /**
   * Whether a topic of this name is the source's by its pattern; SPEC_INVALID for a pattern that
   * would take for ever to tell.
   */
  public boolean matches(String topic) {
    return topicPattern.filter(pattern -> BoundedText.matches(pattern, topic)).isPresent();
  }

  /** A topic that this source's pattern has found, as a source of its own. */
  public SourceSpec found(String newName, String topic) {
    return new SourceSpec(
        newName,
        bootstrapServers,
        List.of(topic),
        Optional.empty(),
        start,
        isolation,
        kafkaOptions,
        archive,
        batch,
        consumerGroup,
        SpecState.ACTIVE,
        Optional.empty(),
        Optional.of(name));
  }

  /** This source with other topics. */
  public SourceSpec withTopics(List<String> others) {
    return with(others, state);
  }

  /** This source in another state. */
  public SourceSpec withState(SpecState other) {
    return with(topics, other);
  }

  private SourceSpec with(List<String> newTopics, SpecState newState) {
    return new SourceSpec(
        name,
        bootstrapServers,
        newTopics,
        topicPattern,
        start,
        isolation,
        kafkaOptions,
        archive,
        batch,
        consumerGroup,
        newState,
        template,
        foundBy);
  }
}
