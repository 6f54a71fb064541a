package dev.tributary.metastore.change;

import static dev.tributary.metastore.change.Documents.refused;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.json.Json;
import dev.tributary.core.spec.SourceSpec;
import dev.tributary.metastore.store.Note;
import dev.tributary.metastore.store.StoredDataset;
import dev.tributary.metastore.store.StoredSource;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Registers the topics that the patterns of sources find, by the templates of those sources: each
 * topic as a source of its own, and a dataset that reads it.
 */
public final class Templates {
  /** A topic that stands for those that are not known yet. */
  private static final String SAMPLE = "sample.topic";

  private static final String TOPIC = "{topic}";
  private static final String NAME = "{name}";

  private final Sources sources;
  private final Datasets datasets;

  /** Registers by what sources and datasets take. */
  public Templates(Sources sources, Datasets datasets) {
    this.sources = sources;
    this.datasets = datasets;
  }

  /**
   * What became of topics that were found.
   *
   * @param source the pattern's source
   * @param registered the first versions of the datasets, each with its source
   * @param refused the topics that could not be registered
   */
  public record Found(
      Change<StoredSource> source, List<Change<StoredDataset>> registered, List<Refused> refused) {
    /** Copies the lists. */
    public Found {
      registered = List.copyOf(registered);
      refused = List.copyOf(refused);
    }
  }

  /**
   * A topic that could not be registered.
   *
   * @param topic which
   * @param reason why
   */
  public record Refused(String topic, TributaryException reason) {}

  /** Refuses a template by which topics could not be registered. */
  public void require(Connection connection, StoredSource source) throws SQLException {
    SourceSpec spec = Sources.spec(source);
    if (spec.template().isEmpty()) {
      return;
    }
    try {
      ObjectNode template = spec.template().get();
      if (template.has("source")) {
        throw invalid("/source", "It names a source.", "Leave it out: each topic is its own.");
      }
      if (!template.path("name").asText(TOPIC).contains(TOPIC)) {
        throw invalid(
            "/name",
            "It gives all datasets the name '%s'.".formatted(template.path("name").asText()),
            "Let %s be a part of it, or leave it out.".formatted(TOPIC));
      }
      ObjectNode document = document(template, SAMPLE);
      datasets.requireValid(connection, document.put("source", Sources.nameOf(SAMPLE)));
    } catch (TributaryException e) {
      throw e.at("/template" + e.pointer().orElse(""));
    }
  }

  private static TributaryException invalid(String pointer, String problem, String remedy) {
    return TributaryException.of(ErrorCode.SPEC_INVALID, problem, remedy).at(pointer);
  }

  /**
   * Takes topics that phase 1 has found by a source's pattern. One that cannot be registered holds
   * up no other.
   */
  public Found found(Connection connection, String name, List<String> topics, Note note)
      throws SQLException {
    StoredSource source = sources.finder(connection, name, topics);
    SourceSpec spec = Sources.spec(source);
    if (spec.template().isEmpty()) {
      return new Found(sources.found(connection, source, topics, note), List.of(), List.of());
    }
    List<Change<StoredDataset>> registered = new ArrayList<>();
    List<Refused> refused = new ArrayList<>();
    for (String topic : topics) {
      execute(connection, "SAVEPOINT topic");
      try {
        register(connection, spec, topic, note).ifPresent(registered::add);
      } catch (TributaryException e) {
        execute(connection, "ROLLBACK TO topic");
        refused.add(new Refused(topic, e));
      }
      execute(connection, "RELEASE topic");
    }
    return new Found(new Change<>(Change.Outcome.UNCHANGED, source), registered, refused);
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  /** Empty: a source keeps the topic already, or did until it was retired. */
  private Optional<Change<StoredDataset>> register(
      Connection connection, SourceSpec pattern, String topic, Note note) throws SQLException {
    SourceSpec found = pattern.found(Sources.nameOf(topic), topic);
    if (pattern.topics().contains(topic) || sources.keeps(connection, found)) {
      return Optional.empty();
    }
    ObjectNode document = document(pattern.template().orElseThrow(), topic);
    String dataset = document.path("name").asText();
    requireFree("source", found.name(), topic, sources.exists(connection, found.name()));
    requireFree("dataset", dataset, topic, datasets.exists(connection, dataset));
    document.set("source", Json.mapper().valueToTree(found));
    return Optional.of(
        datasets.put(
            connection,
            dataset,
            document,
            new Precondition(List.of(), List.of()),
            new Note(
                note.actor(),
                note.reason()
                    .or(() -> Optional.of("Found by the pattern of source " + pattern.name())))));
  }

  private static void requireFree(String kind, String name, String topic, boolean taken) {
    if (taken) {
      throw refused(
          "/name",
          "There is a %s '%s' already, and it is not that of the topic '%s'."
              .formatted(kind, name, topic),
          "Register the topic yourself under other names, or let the pattern leave it out.");
    }
  }

  /** The document of a topic's dataset, with its name. */
  private static ObjectNode document(ObjectNode template, String topic) {
    String name = template.path("name").asText(TOPIC).replace(TOPIC, Sources.nameOf(topic));
    ObjectNode document = (ObjectNode) filled(template, topic, name);
    return document.put("name", name);
  }

  private static JsonNode filled(JsonNode node, String topic, String name) {
    if (node instanceof ObjectNode object) {
      ObjectNode filled = Json.mapper().createObjectNode();
      object
          .properties()
          .forEach(field -> filled.set(field.getKey(), filled(field.getValue(), topic, name)));
      return filled;
    }
    if (node instanceof ArrayNode array) {
      ArrayNode filled = Json.mapper().createArrayNode();
      array.forEach(element -> filled.add(filled(element, topic, name)));
      return filled;
    }
    return node.isTextual()
        ? TextNode.valueOf(node.textValue().replace(TOPIC, topic).replace(NAME, name))
        : node;
  }
}
