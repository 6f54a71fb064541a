package dev.tributary.metastore.change;

import static dev.tributary.metastore.change.Documents.notFound;
import static dev.tributary.metastore.change.Documents.refused;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.json.Json;
import dev.tributary.core.spec.SourceSpec;
import dev.tributary.core.spec.SpecState;
import dev.tributary.metastore.store.Database;
import dev.tributary.metastore.store.DatasetRepository;
import dev.tributary.metastore.store.Note;
import dev.tributary.metastore.store.SourceRepository;
import dev.tributary.metastore.store.StoredSource;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Reads and changes sources; each change is one transaction. */
public final class Sources {
  private final Database database;
  private final SourceRepository sources;
  private final DatasetRepository datasets;
  private final Defaults defaults;
  private final Clock clock;

  /** Reads and changes what lies in the database. */
  public Sources(
      Database database,
      SourceRepository sources,
      DatasetRepository datasets,
      Defaults defaults,
      Clock clock) {
    this.database = database;
    this.sources = sources;
    this.datasets = datasets;
    this.defaults = defaults;
    this.clock = clock;
  }

  /**
   * The entity tag of a version, which has another where a restored database gives its number out
   * again. As a precondition the number alone counts.
   */
  public static String etag(StoredSource source) {
    return "\"%d-%d\"".formatted(source.version(), source.createdAt());
  }

  /** The current version. */
  public StoredSource get(String name) {
    return database
        .read(connection -> sources.find(connection, name))
        .orElseThrow(() -> notFound("source", name));
  }

  /** Current versions by name, after a name. */
  public List<StoredSource> list(String after, int limit) {
    return database.read(connection -> sources.list(connection, after, limit));
  }

  /** One version. */
  public StoredSource get(String name, long version) {
    return database
        .read(connection -> sources.find(connection, name, version))
        .orElseThrow(
            () ->
                TributaryException.of(
                    ErrorCode.NOT_FOUND,
                    "The source %s has no version %d.".formatted(name, version),
                    "GET /sources/%s/versions lists them.".formatted(name)));
  }

  /** All versions before a version, newest first. */
  public List<StoredSource> versions(String name, long before, int limit) {
    return database.read(
        connection -> {
          sources.find(connection, name).orElseThrow(() -> notFound("source", name));
          return sources.versions(connection, name, before, limit);
        });
  }

  /** What a version changed of the one before it. */
  public ArrayNode diff(StoredSource source) {
    return database.read(connection -> diff(connection, source));
  }

  /** As {@link #diff(StoredSource)}, in the caller's transaction. */
  public ArrayNode diff(Connection connection, StoredSource source) throws SQLException {
    Optional<StoredSource> before = sources.find(connection, source.name(), source.version() - 1);
    return Documents.diff(before.map(StoredSource::spec), source.spec());
  }

  /** Creates or replaces a source. */
  public Change<StoredSource> put(
      Connection connection, String name, ObjectNode document, Precondition precondition, Note note)
      throws SQLException {
    Documents.requireName(name, document);
    Planned.refuseInSource(document);
    defaults.fillSource(document);
    Optional<StoredSource> current = sources.find(connection, name);
    current.ifPresent(known -> keepFoundTopics(known, document));
    current.ifPresent(known -> Documents.keepPaused(spec(known).state(), document));
    SourceSpec spec = Json.read(document, SourceSpec.class);
    if (current.isEmpty()) {
      precondition.requireAbsent();
      LiteralSecrets.requireNoneInUri(spec.archive().location(), "/archive/location");
      return new Change<>(Change.Outcome.CREATED, add(connection, spec, 1, "create", note));
    }
    precondition.requireReplaces(etag(current.get()));
    return replace(connection, current.get(), spec, "replace", note);
  }

  /** Whoever writes a pattern does not know what was found by it. */
  private static void keepFoundTopics(StoredSource current, ObjectNode document) {
    if (document.has("topicPattern") && !document.has("topics") && !document.has("topic")) {
      spec(current).topics().forEach(document.putArray("topics")::add);
    }
  }

  /** The source by whose pattern these topics can have been found. */
  StoredSource finder(Connection connection, String name, List<String> found) throws SQLException {
    StoredSource current =
        sources.find(connection, name).orElseThrow(() -> notFound("source", name));
    SourceSpec spec = spec(current);
    if (spec.state() == SpecState.RETIRED) {
      throw refused("", "The source %s is retired.".formatted(name), "Make it active first.");
    }
    for (int i = 0; i < found.size(); i++) {
      if (!spec.matches(found.get(i))) {
        throw refused(
            "/topics/" + i,
            "The topic '%s' is not one of the source %s, whose pattern is '%s'."
                .formatted(found.get(i), name, spec.topicPattern().orElse("")),
            "Report topics that match the pattern.");
      }
    }
    return current;
  }

  /** Adds topics that phase 1 has found by the pattern of a source. */
  Change<StoredSource> found(
      Connection connection, StoredSource current, List<String> found, Note note)
      throws SQLException {
    SourceSpec before = spec(current);
    List<String> topics = new ArrayList<>(before.topics());
    for (String topic : found) {
      SourceSpec alone = before.withTopics(List.of(topic));
      if (!topics.contains(topic) && keeperOf(connection, alone).isEmpty()) {
        topics.add(topic);
      }
    }
    List<String> added = topics.subList(before.topics().size(), topics.size());
    return replace(
        connection, current, before.withTopics(topics), "found " + String.join(", ", added), note);
  }

  private Change<StoredSource> replace(
      Connection connection, StoredSource current, SourceSpec spec, String operation, Note note)
      throws SQLException {
    SourceSpec before = spec(current);
    if (before.equals(spec)) {
      return new Change<>(Change.Outcome.UNCHANGED, current);
    }
    if (!before.archive().location().equals(spec.archive().location())) {
      throw refused(
          "/archive/location",
          "The archive of %s lies at %s.".formatted(spec.name(), before.archive().location()),
          "Make another source for another archive.");
    }
    if (spec.state() == SpecState.RETIRED) {
      requireUnread(connection, spec.name());
    }
    return new Change<>(
        Change.Outcome.CHANGED, add(connection, spec, current.version() + 1, operation, note));
  }

  /** Retires a source that no dataset reads any more. */
  public Change<StoredSource> retire(
      Connection connection, String name, Precondition precondition, Note note)
      throws SQLException {
    StoredSource current =
        sources.find(connection, name).orElseThrow(() -> notFound("source", name));
    precondition.requireUnlessAbsent(etag(current));
    return replace(connection, current, spec(current).withState(SpecState.RETIRED), "retire", note);
  }

  private void requireUnread(Connection connection, String name) throws SQLException {
    List<String> readers = datasets.readersOf(connection, name);
    if (!readers.isEmpty()) {
      throw refused(
          "/state",
          "The source %s is read by the datasets %s.".formatted(name, readers),
          "Retire those first.");
    }
  }

  private StoredSource add(
      Connection connection, SourceSpec spec, long version, String operation, Note note)
      throws SQLException {
    requireArchiveOfItsOwn(connection, spec);
    StoredSource source =
        new StoredSource(
            spec.name(),
            version,
            clock.millis(),
            operation,
            note,
            new String(Json.write(spec), StandardCharsets.UTF_8));
    sources.add(connection, source);
    return source;
  }

  /** Two sources that write one topic into one archive would take each other's offsets. */
  private void requireArchiveOfItsOwn(Connection connection, SourceSpec spec) throws SQLException {
    Optional<Keeper> keeper =
        spec.state() == SpecState.RETIRED ? Optional.empty() : keeperOf(connection, spec);
    if (keeper.isPresent()) {
      SourceSpec held = keeper.get().source();
      throw refused(
          "/archive/location",
          "The source %s keeps the topic %s in the archive %s already."
              .formatted(held.name(), keeper.get().topic(), held.archive().location()),
          "Read that source (\"source\": \"%s\"), or name another archive.".formatted(held.name()));
    }
  }

  /**
   * Whether a topic's source is there already, retired or not, or another source keeps its topic in
   * the same archive.
   */
  boolean keeps(Connection connection, SourceSpec spec) throws SQLException {
    boolean same =
        sources
            .find(connection, spec.name())
            .map(Sources::spec)
            .filter(there -> there.topics().containsAll(spec.topics()))
            .filter(there -> there.archive().place().equals(spec.archive().place()))
            .isPresent();
    return same || keeperOf(connection, spec).isPresent();
  }

  /** Whether there is a source of this name, retired or not. */
  boolean exists(Connection connection, String name) throws SQLException {
    return sources.find(connection, name).isPresent();
  }

  /** A source that keeps a topic of another one in the same archive. */
  private record Keeper(SourceSpec source, String topic) {}

  private Optional<Keeper> keeperOf(Connection connection, SourceSpec spec) throws SQLException {
    for (String topic : spec.topics()) {
      for (StoredSource other : sources.ofTopic(connection, topic)) {
        SourceSpec held = spec(other);
        if (!held.name().equals(spec.name())
            && held.state() != SpecState.RETIRED
            && held.archive().place().equals(spec.archive().place())) {
          return Optional.of(new Keeper(held, topic));
        }
      }
    }
    return Optional.empty();
  }

  static SourceSpec spec(StoredSource source) {
    return Json.read(source.spec().getBytes(StandardCharsets.UTF_8), SourceSpec.class);
  }

  /**
   * The source that a dataset's document describes inline: an existing one that agrees in every
   * field given, or a new one.
   */
  Change<StoredSource> settle(Connection connection, ObjectNode inline, Note note)
      throws SQLException {
    Planned.refuseInSource(inline);
    if (inline.has("template")) {
      throw TributaryException.of(
              ErrorCode.SPEC_INVALID,
              "A source with a template has no records for this dataset.",
              "Register it by itself: PUT /sources/NAME.")
          .at("/template");
    }
    String name = inline.has("name") ? inline.path("name").asText() : nameOfTopic(inline);
    inline.put("name", name);
    Optional<StoredSource> current = sources.find(connection, name);
    if (current.isEmpty()) {
      defaults.fillSource(inline);
      SourceSpec spec = Json.read(inline, SourceSpec.class);
      LiteralSecrets.requireNoneInUri(spec.archive().location(), "/archive/location");
      return new Change<>(Change.Outcome.CREATED, add(connection, spec, 1, "create", note));
    }
    requireAgreement(current.get(), inline);
    return new Change<>(Change.Outcome.UNCHANGED, current.get());
  }

  private static String nameOfTopic(ObjectNode inline) {
    JsonNode topics = inline.path("topics");
    return nameOf(inline.path("topic").asText(topics.path(0).asText("")));
  }

  /** What the source of a topic is called where nobody says it. */
  static String nameOf(String topic) {
    String name = topic.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "_");
    return name.replaceFirst("^[^a-z]+", "");
  }

  private static void requireAgreement(StoredSource current, ObjectNode inline) {
    ObjectNode before = (ObjectNode) Json.mapper().valueToTree(spec(current));
    ObjectNode overlaid = before.deepCopy();
    if (inline.has("topic")) {
      overlaid.remove("topics");
    }
    overlay(overlaid, inline);
    if (!Json.read(overlaid, SourceSpec.class).equals(spec(current))) {
      throw refused(
          "/source",
          "The source %s exists and is not what this document says of it."
              .formatted(current.name()),
          "Name it (\"source\": \"%s\"), or change it by PUT /sources/%s."
              .formatted(current.name(), current.name()));
    }
  }

  private static void overlay(ObjectNode base, ObjectNode over) {
    over.properties()
        .forEach(
            field -> {
              JsonNode below = base.get(field.getKey());
              if (below instanceof ObjectNode object
                  && field.getValue() instanceof ObjectNode own) {
                overlay(object, own);
              } else {
                base.set(field.getKey(), field.getValue());
              }
            });
  }
}
