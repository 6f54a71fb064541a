package dev.tributary.core.apply;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tributary.core.apply.Step.Kind;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.metastore.MetastoreAdmin;
import dev.tributary.core.spec.SpecState;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Makes a metastore hold what a file says. Not thread-safe. */
public final class Applier {
  /** What becomes of what the metastore knows and the file does not. */
  public enum Others {
    /** It stays as it is. */
    KEEP,
    /** It is retired. */
    RETIRE
  }

  private final MetastoreAdmin metastore;

  /** Works on a metastore. */
  public Applier(MetastoreAdmin metastore) {
    this.metastore = metastore;
  }

  /** What applying would do; nothing is changed. */
  public Plan plan(DatasetFile file, Others others) {
    List<Step> steps = new ArrayList<>();
    file.sources()
        .forEach((name, document) -> steps.add(step("sources/" + name, document, document)));
    file.datasets()
        .forEach(
            (name, document) ->
                steps.add(
                    step("datasets/" + name, document, withItsSource(document, file.sources()))));
    if (others == Others.RETIRE) {
      List<JsonNode> sources = metastore.list("sources");
      Set<String> found = new TreeSet<>();
      for (JsonNode source : sources) {
        if (file.sources().containsKey(source.at("/spec/foundBy").asText())) {
          found.add(source.path("name").asText());
        }
      }
      List<JsonNode> datasets = new ArrayList<>(metastore.list("datasets"));
      datasets.removeIf(dataset -> found.contains(dataset.at("/spec/source").asText()));
      retire("datasets", datasets, file.datasets().keySet(), steps);
      Set<String> kept = new TreeSet<>(file.sources().keySet());
      kept.addAll(found);
      file.datasets().values().forEach(document -> kept.add(sourceOf(document)));
      retire("sources", sources, kept, steps);
    }
    return new Plan(steps);
  }

  /** A source that is yet to be created stands inline, so that the dataset can be tried. */
  private ObjectNode withItsSource(ObjectNode dataset, Map<String, ObjectNode> sources) {
    JsonNode named = dataset.path("source");
    if (!named.isTextual()
        || !sources.containsKey(named.asText())
        || metastore.find("sources/" + named.asText()).isPresent()) {
      return dataset;
    }
    ObjectNode inline = sources.get(named.asText()).deepCopy();
    inline.put("name", named.asText());
    ObjectNode tried = dataset.deepCopy();
    tried.set("source", inline);
    return tried;
  }

  /**
   * The name under which a dataset's source is known; that of an inline one as the service does.
   */
  private static String sourceOf(ObjectNode dataset) {
    JsonNode source = dataset.path("source");
    if (source.isTextual()) {
      return source.asText();
    }
    String topic = source.path("topic").asText(source.path("topics").path(0).asText(""));
    return source
        .path("name")
        .asText(
            topic
                .toLowerCase(Locale.ROOT)
                .replaceAll("[^a-z0-9]+", "_")
                .replaceFirst("^[^a-z]+", ""));
  }

  private Step step(String path, ObjectNode document, ObjectNode tried) {
    Optional<JsonNode> current = metastore.find(path);
    try {
      JsonNode answer = metastore.tryPut(path, tried);
      JsonNode differences = answer.path("diff");
      boolean same =
          current.filter(now -> now.path("version").equals(answer.path("version"))).isPresent();
      Kind kind = same ? Kind.NOTHING : current.isPresent() ? Kind.CHANGE : Kind.CREATE;
      return new Step(
          kind,
          path,
          Optional.of(document),
          current,
          differences,
          kept(document, current, answer),
          Optional.empty());
    } catch (TributaryException e) {
      if (e.code() != ErrorCode.METASTORE_REFUSED) {
        throw e;
      }
      return new Step(
          Kind.REFUSED,
          path,
          Optional.of(document),
          current,
          JsonNodeFactory.instance.arrayNode(),
          List.of(),
          Optional.of(
              e.pointer().map(pointer -> "at " + pointer + ": ").orElse("") + e.getMessage()));
    }
  }

  /** Columns that the dataset has and will have, and that its document does not name. */
  private static List<String> kept(
      ObjectNode document, Optional<JsonNode> current, JsonNode answer) {
    Set<String> named = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
    for (String described : List.of("/schema/properties", "/example")) {
      document.at(described).fieldNames().forEachRemaining(named::add);
    }
    for (JsonNode column : document.path("columns")) {
      named.add(column.path("name").asText());
      named.add(column.path("id").asText());
    }
    Set<String> before = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
    current.ifPresent(now -> before.addAll(now.at("/spec/columns").findValuesAsText("name")));
    List<String> kept = new ArrayList<>();
    for (JsonNode column : answer.at("/spec/columns")) {
      String name = column.path("name").asText();
      boolean isNamed = named.contains(name) || named.contains(column.path("id").asText(name));
      if (before.contains(name) && !isNamed) {
        kept.add(name);
      }
    }
    return kept;
  }

  private static void retire(
      String collection, List<JsonNode> items, Set<String> kept, List<Step> steps) {
    for (JsonNode item : items) {
      String name = item.path("name").asText();
      boolean retired =
          item.at("/spec/state").asText().equals(SpecState.RETIRED.name().toLowerCase(Locale.ROOT));
      if (!retired && !kept.contains(name)) {
        steps.add(
            new Step(
                Kind.RETIRE,
                collection + "/" + name,
                Optional.empty(),
                Optional.of(item),
                JsonNodeFactory.instance.arrayNode(),
                List.of(),
                Optional.empty()));
      }
    }
  }

  /**
   * Carries a plan out, one step after the other, as far as everything is as it was when the plan
   * was made. What cannot be retired holds up nothing else.
   *
   * @return what was not retired, with the metastore's reason
   * @throws TributaryException the first refusal of something else, or VERSION_CONFLICT where
   *     somebody else has changed something since; the steps before it stand
   */
  public List<Stayed> apply(Plan plan) {
    List<Stayed> stayed = new ArrayList<>();
    for (Step step : plan.steps()) {
      try {
        apply(step);
      } catch (TributaryException e) {
        if (e.code() == ErrorCode.VERSION_CONFLICT) {
          throw overtaken(step, e);
        }
        if (step.kind() != Kind.RETIRE || e.code() != ErrorCode.METASTORE_REFUSED) {
          throw e;
        }
        stayed.add(new Stayed(step.path(), e.getMessage()));
      }
    }
    return List.copyOf(stayed);
  }

  /**
   * What was to be retired and is not.
   *
   * @param path its path at the metastore
   * @param reason as the metastore says it
   */
  public record Stayed(String path, String reason) {}

  private void apply(Step step) {
    switch (step.kind()) {
      case CREATE, CHANGE, REFUSED ->
          metastore.put(step.path(), step.document().orElseThrow(), step.current());
      case RETIRE -> metastore.retire(step.path(), step.current().orElseThrow());
      default -> {
        // It is so already.
      }
    }
  }

  private static TributaryException overtaken(Step step, TributaryException cause) {
    return TributaryException.of(
        ErrorCode.VERSION_CONFLICT,
        "%s was changed by somebody else after the plan was made.".formatted(step.path()),
        "Look at a new plan: run the command again.",
        cause);
  }
}
