package dev.tributary.core.metastore;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.json.Json;
import dev.tributary.core.metastore.MetastoreTransport.Answer;
import dev.tributary.core.settings.Settings;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.SourceSpec;
import dev.tributary.core.spec.Versioned;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import java.util.stream.StreamSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * The metastore over HTTP. In a list, a spec that this client does not understand is left out with
 * an error in the log, so that one dataset does not stop the others; asked for by name it is
 * SPEC_INVALID.
 */
public final class HttpMetastore implements Metastore {
  private static final Logger LOG = LoggerFactory.getLogger(HttpMetastore.class);

  private final MetastoreTransport transport;
  private final Optional<LastKnownSpecs> lastKnown;
  private final AtomicReference<Optional<ErrorCode>> away = new AtomicReference<>(Optional.empty());

  /** What the service gave before, and does not know now. */
  private final Set<String> lost = ConcurrentHashMap.newKeySet();

  /** Lists that were not empty. */
  private final Set<String> filled = ConcurrentHashMap.newKeySet();

  private final HeldAnswers held;
  private final Outage outage = new Outage(System::nanoTime);

  private HttpMetastore(
      MetastoreConnection connection, Optional<LastKnownSpecs> lastKnown, Duration lifetime) {
    this.transport = new MetastoreTransport(connection);
    this.lastKnown = lastKnown;
    this.held = new HeldAnswers(lifetime, System::nanoTime);
  }

  /**
   * A client that remembers while it lives: while the service is away it goes on with what it has
   * read by name, and fails for the rest.
   */
  public static HttpMetastore of(MetastoreConnection connection) {
    return new HttpMetastore(connection, Optional.empty(), Duration.ZERO);
  }

  /** A client that keeps what it read in a folder and goes on from there. */
  public static HttpMetastore of(MetastoreConnection connection, Path cache) {
    return of(connection, cache, Duration.ZERO);
  }

  /**
   * As above; what was read is not asked for again for so long, unless a newer version of it is
   * known before.
   */
  public static HttpMetastore of(MetastoreConnection connection, Path cache, Duration lifetime) {
    return new HttpMetastore(connection, Optional.of(new LastKnownSpecs(cache)), lifetime);
  }

  /** A client as the settings of {@link MetastoreSettings} say. */
  public static HttpMetastore of(Settings settings) {
    return new HttpMetastore(
        MetastoreConnection.of(settings),
        settings.find(MetastoreSettings.CACHE).map(LastKnownSpecs::new),
        settings.get(MetastoreSettings.LIFETIME));
  }

  @Override
  public List<Versioned<SourceSpec>> sources() {
    return specs("sources", SourceSpec.class);
  }

  @Override
  public List<Versioned<DatasetSpec>> datasets() {
    return specs("datasets", DatasetSpec.class);
  }

  @Override
  public Optional<Versioned<SourceSpec>> source(String name) {
    return read("sources/" + segment(name), () -> fromList("sources", named(name)))
        .map(node -> versioned(node, SourceSpec.class));
  }

  @Override
  public Optional<Versioned<DatasetSpec>> dataset(String name) {
    return read("datasets/" + segment(name), () -> fromList("datasets", named(name)))
        .map(node -> versioned(node, DatasetSpec.class));
  }

  @Override
  public Optional<Versioned<DatasetSpec>> dataset(String name, long version) {
    String path = "datasets/%s/versions/%d".formatted(segment(name), version);
    held.learn("datasets/" + segment(name), version);
    // A version never changes: what is on disk needs no request.
    Optional<JsonNode> known = lastKnown.flatMap(specs -> specs.recall(path));
    return known
        .or(() -> read(path, () -> currentIs(name, version)))
        .map(node -> versioned(node, DatasetSpec.class));
  }

  @Override
  public Optional<byte[]> jar(String sha256) {
    return transport.download("transforms/%s/jar".formatted(segment(sha256)));
  }

  @Override
  public void reportActivation(Activation activation) {
    held.outdate("datasets/" + segment(activation.dataset()));
    post("activations", Json.write(activation));
  }

  @Override
  public List<String> foundTopics(String source, List<String> topics) {
    String path = "sources/" + segment(source);
    JsonNode answer = post(path + "/topics", Json.write(Map.of("topics", topics)));
    held.outdate(path);
    List<String> refused = new ArrayList<>();
    answer
        .path("refused")
        .forEach(
            each ->
                refused.add(
                    "%s: %s".formatted(each.path("topic").asText(), each.path("detail").asText())));
    return List.copyOf(refused);
  }

  @Override
  public void foundColumns(
      String dataset, long version, List<DdlOperation> operations, String reason) {
    String path = "datasets/" + segment(dataset);
    ObjectNode found = Json.mapper().createObjectNode().put("version", version);
    ArrayNode all = found.put("reason", reason).putArray("operations");
    operations.forEach(operation -> all.add(Json.mapper().<JsonNode>valueToTree(operation)));
    try {
      post(path + "/columns", Json.write(found));
    } finally {
      // Also where there is a conflict, which says that there is a newer version.
      held.outdate(path);
    }
  }

  @Override
  public void reportRun(RunReport report) {
    post("runs", Json.write(report));
  }

  @Override
  public void reportTable(TableReport report) {
    post("tables", Json.write(report));
  }

  private JsonNode post(String path, byte[] body) {
    outage.requireOver();
    Answer answer = outage.asking(() -> transport.send("POST", path, body, Map.of()));
    if (answer.status() >= 400) {
      throw MetastoreTransport.refused("POST /" + path, answer);
    }
    return answer.body();
  }

  private <T> List<Versioned<T>> specs(String collection, Class<T> type) {
    List<Versioned<T>> specs = new ArrayList<>();
    for (JsonNode item : list(collection)) {
      try {
        specs.add(versioned(item, type));
      } catch (TributaryException e) {
        LOG.error("{} {} is left out: {}", collection, item.at("/spec/name"), e.getMessage());
      }
    }
    return List.copyOf(specs);
  }

  private ArrayNode list(String collection) {
    try {
      ArrayNode items = Json.mapper().createArrayNode();
      Optional<String> token = Optional.empty();
      do {
        String path = collection + token.map(t -> "?pageToken=" + segment(t)).orElse("");
        Answer answer = get(path, Map.of());
        if (answer.status() != 200) {
          throw MetastoreTransport.refused("GET /" + path, answer);
        }
        answer.body().path("items").forEach(items::add);
        token = Optional.ofNullable(answer.body().path("nextPageToken").textValue());
      } while (token.isPresent());
      isBack();
      requireKept(collection, items);
      for (JsonNode item : items) {
        String path = collection + "/" + segment(item.at("/spec/name").asText());
        held.isNow(path, item.path("version").asLong());
        lost.remove(path);
      }
      lastKnown.ifPresent(specs -> specs.remember(collection, items));
      return items;
    } catch (TributaryException e) {
      return (ArrayNode)
          instead(e, () -> lastKnown.flatMap(specs -> specs.recall(collection)), collection);
    }
  }

  /**
   * Nothing is ever removed from a metastore: one that has nothing any more is another one, or lies
   * on a volume that is not there, and is no reason to stop everything.
   */
  private void requireKept(String collection, ArrayNode items) {
    if (!items.isEmpty()) {
      filled.add(collection);
      lost.remove(collection);
      return;
    }
    if (filled.contains(collection)
        || lastKnown
            .flatMap(specs -> specs.recall(collection))
            .filter(had -> !had.isEmpty())
            .isPresent()) {
      throw gone(collection, "It knows no %s any more".formatted(collection));
    }
  }

  private TributaryException gone(String what, String problem) {
    TributaryException error =
        TributaryException.of(
            ErrorCode.METASTORE_UNAVAILABLE,
            problem + ", though nothing is ever removed from a metastore.",
            "Look whether its database is the one it was, and restored from its backup as its pages say.");
    if (lost.add(what)) {
      LOG.error(
          "The metastore at {} has lost what it had. {}", transport.base(), error.getMessage());
    }
    return error;
  }

  /** One resource; empty: the service says that there is none. */
  private Optional<JsonNode> read(String path, Recall elsewhere) {
    Optional<JsonNode> young = held.young(path);
    if (young.isPresent()) {
      return young;
    }
    Recall remembered =
        () ->
            lastKnown
                .flatMap(specs -> specs.recall(path))
                .or(elsewhere::recall)
                .or(() -> held.find(path).map(HeldAnswers.Held::body));
    try {
      Optional<HeldAnswers.Held> known = held.find(path);
      Answer answer =
          get(path, known.map(h -> Map.of("If-None-Match", h.etag())).orElseGet(Map::of));
      requireLetIn("GET /" + path, answer);
      isBack();
      if (answer.status() == 304 && known.isPresent()) {
        lost.remove(path);
        held.hold(path, known.get().etag(), known.get().body());
        return Optional.of(known.get().body());
      }
      if (answer.status() == 404) {
        if (remembered.recall().isPresent()) {
          throw gone(path, "It knows nothing of %s any more".formatted(path));
        }
        return Optional.empty();
      }
      held.forget(path);
      if (answer.status() != 200) {
        throw MetastoreTransport.refused("GET /" + path, answer);
      }
      lost.remove(path);
      answer.etag().ifPresent(etag -> held.hold(path, etag, answer.body()));
      lastKnown.ifPresent(specs -> specs.remember(path, answer.body()));
      return Optional.of(answer.body());
    } catch (TributaryException e) {
      return Optional.of(instead(e, remembered, path));
    }
  }

  /** Whoever is not let in hears nothing else either: that is no answer. */
  private static void requireLetIn(String what, Answer answer) {
    if (answer.status() == 401 || answer.status() == 403) {
      throw MetastoreTransport.refused(what, answer);
    }
  }

  /**
   * While the service is known to be away, and there is a memory, it is asked once and not more,
   * and not always.
   */
  private Answer get(String path, Map<String, String> headers) {
    boolean remembered = lastKnown.isPresent() || held.find(path).isPresent();
    if (away.get().isPresent() && remembered) {
      outage.requireOver();
      return outage.asking(() -> transport.getOnce(path, headers));
    }
    return outage.asking(() -> transport.get(path, headers));
  }

  /** Finds an answer that was given before. */
  @FunctionalInterface
  private interface Recall {
    Optional<JsonNode> recall();
  }

  private JsonNode instead(TributaryException e, Recall recall, String what) {
    if (!e.code().metastoreAway()) {
      throw e;
    }
    JsonNode known = recall.recall().orElseThrow(() -> e);
    if (lost.contains(what)) {
      return known;
    }
    Optional<ErrorCode> why = Optional.of(e.code());
    if (!away.getAndSet(why).equals(why)) {
      Level level = e.code() == ErrorCode.METASTORE_DENIED ? Level.ERROR : Level.WARN;
      LOG.atLevel(level).log("Going on with the last known {}: {}", what, e.getMessage());
    }
    return known;
  }

  /**
   * Whether the last known specs are used, since the service did not answer when it was last asked,
   * did not let this client in, or has lost what it had.
   */
  @Override
  public boolean away() {
    return away.get().isPresent() || !lost.isEmpty();
  }

  private void isBack() {
    if (away.getAndSet(Optional.empty()).isPresent()) {
      LOG.info("The metastore answers again");
    }
  }

  private Optional<JsonNode> fromList(String collection, Predicate<JsonNode> wanted) {
    return lastKnown
        .flatMap(specs -> specs.recall(collection))
        .flatMap(
            items -> StreamSupport.stream(items.spliterator(), false).filter(wanted).findFirst());
  }

  private static Predicate<JsonNode> named(String name) {
    return item -> item.at("/spec/name").asText().equals(name);
  }

  private Optional<JsonNode> currentIs(String name, long version) {
    return lastKnown
        .flatMap(specs -> specs.recall("datasets/" + segment(name)))
        .or(() -> fromList("datasets", named(name)))
        .filter(node -> node.path("version").asLong() == version);
  }

  /** The envelope may gain fields in a later service; the spec in it is read strictly. */
  static <T> Versioned<T> versioned(JsonNode node, Class<T> type) {
    try {
      return new Versioned<>(
          node.path("version").asLong(),
          node.path("createdAt").asLong(),
          Json.read(node.path("spec"), type));
    } catch (TributaryException e) {
      throw new TributaryException(
          e.code(),
          "Version %d of %s cannot be used by this release: %s"
              .formatted(
                  node.path("version").asLong(), node.at("/spec/name").asText(), e.getMessage()),
          e);
    }
  }

  /** A name as a part of a path, whatever it holds: what the service refuses, it names itself. */
  public static String segment(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }
}
