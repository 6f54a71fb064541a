package dev.tributary.phase2.execute;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.json.Json;
import dev.tributary.core.spec.ColumnSpec;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.phase2.plan.PlanLog;
import dev.tributary.phase2.step.DatasetSession;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.spark.sql.SparkSession;

/**
 * What the versions of a dataset up to the one in force take for a key.
 *
 * @param log of the dataset's table
 */
record KeyVersions(SparkSession spark, PlanLog log, String dataset, long version) {
  /**
   * What they take for it.
   *
   * @param meanings the last is that of the version in force; one stands for all versions that make
   *     the key as it does
   * @param otherKeys versions whose key is another one
   * @param failed earlier versions whose steps can no longer be loaded
   */
  record Meanings(List<KeyMeaning> meanings, List<Long> otherKeys, List<Long> failed) {
    KeyMeaning last() {
      return meanings.get(meanings.size() - 1);
    }
  }

  /**
   * What they take for the key.
   *
   * @param column of a dataset without a key: the column that is meant instead of Kafka's key
   * @throws TributaryException SETTING_INVALID where the dataset's key can have no such value
   */
  Meanings of(String key, Optional<String> column) {
    Map<String, String> wanted = wanted(now(), key, column);
    List<Long> others = otherKeys(wanted.keySet());
    List<Long> failed = new ArrayList<>();
    return new Meanings(meanings(wanted, others, failed, key), others, List.copyOf(failed));
  }

  DatasetSpec now() {
    return log.spec(dataset, version).orElseThrow();
  }

  private List<KeyMeaning> meanings(
      Map<String, String> wanted, List<Long> others, List<Long> failed, String key) {
    Map<List<Object>, KeyMeaning> meanings = new LinkedHashMap<>();
    for (long each = 1; each <= version; each++) {
      Optional<DatasetSpec> spec = log.spec(dataset, each);
      if (spec.isEmpty() || others.contains(each)) {
        continue;
      }
      Map<ColumnSpec, String> values = values(spec.get(), wanted);
      if (values.size() < wanted.size()) {
        // A column that came later.
        continue;
      }
      List<Object> same =
          List.of(
              values,
              spec.get().transforms(),
              spec.get().format(),
              spec.get().transforms().isEmpty() ? List.of() : spec.get().columns(),
              spec.get().write().mode().keyed());
      KeyMeaning meaning;
      try {
        meaning = meaning(spec.get(), each, values, key);
      } catch (TributaryException e) {
        if (each == version || e.code().retryable()) {
          throw e;
        }
        failed.add(each);
        continue;
      }
      if (meaning.inForce()) {
        meaning.requirePossible();
      }
      meanings.remove(same);
      if (meaning.possible()) {
        meanings.put(same, meaning);
      }
    }
    return List.copyOf(meanings.values());
  }

  /** Versions whose key is another one: the same text would mean another record there. */
  private List<Long> otherKeys(Set<String> wanted) {
    boolean keyed = now().write().mode().keyed();
    List<Long> others = new ArrayList<>();
    for (long each = 1; each < version; each++) {
      Optional<DatasetSpec> spec = log.spec(dataset, each);
      boolean other =
          spec.isPresent()
              && (spec.get().write().mode().keyed() != keyed
                  || (keyed && !identities(spec.get()).equals(wanted)));
      if (other) {
        others.add(each);
      }
    }
    return others;
  }

  private static Set<String> identities(DatasetSpec spec) {
    Set<String> identities = new HashSet<>();
    for (String name : spec.write().primaryKey()) {
      column(spec, name).map(ColumnSpec::identity).ifPresent(identities::add);
    }
    return identities;
  }

  private static Optional<ColumnSpec> column(DatasetSpec spec, String name) {
    return spec.columns().stream().filter(each -> each.name().equalsIgnoreCase(name)).findFirst();
  }

  private KeyMeaning meaning(
      DatasetSpec spec, long of, Map<ColumnSpec, String> wanted, String key) {
    DatasetSession session =
        DatasetSession.open(
            spark,
            spec,
            sha256 ->
                log.jar(sha256)
                    .orElseThrow(
                        () ->
                            new TributaryException(
                                ErrorCode.TRANSFORM_INVALID,
                                "The JAR %s of version %d of dataset '%s' is not beside its plan log. Put it back there."
                                    .formatted(sha256, of, dataset))));
    return new KeyMeaning(spec, of, of == version, session, log, wanted, key);
  }

  /** By key column's identity the text of its value; none where Kafka's key is meant. */
  private static Map<String, String> wanted(DatasetSpec spec, String key, Optional<String> column) {
    List<String> names =
        spec.write().mode().keyed()
            ? spec.write().primaryKey()
            : column.map(List::of).orElse(List.of());
    if (names.isEmpty()) {
      return Map.of();
    }
    Map<String, String> texts = names.size() == 1 ? Map.of(names.get(0), key) : parsed(key);
    Map<String, String> wanted = new LinkedHashMap<>();
    for (String name : names) {
      String text =
          texts.entrySet().stream()
              .filter(each -> each.getKey().equalsIgnoreCase(name))
              .map(Map.Entry::getValue)
              .findFirst()
              .orElseThrow(() -> noKey(spec.name(), column));
      wanted.put(column(spec, name).orElseThrow(() -> noKey(spec.name(), column)).identity(), text);
    }
    return wanted;
  }

  private static Map<ColumnSpec, String> values(DatasetSpec spec, Map<String, String> wanted) {
    Map<ColumnSpec, String> values = new LinkedHashMap<>();
    for (ColumnSpec column : spec.columns()) {
      if (wanted.containsKey(column.identity())) {
        values.put(column, wanted.get(column.identity()));
      }
    }
    return values;
  }

  private static Map<String, String> parsed(String key) {
    try {
      Map<String, String> texts = new LinkedHashMap<>();
      for (Map.Entry<String, JsonNode> field : Json.mapper().readTree(key).properties()) {
        texts.put(field.getKey(), field.getValue().asText());
      }
      return texts;
    } catch (IOException e) {
      // The key is not quoted: what is wrong with it says the caller.
      return Map.of();
    }
  }

  private static TributaryException noKey(String dataset, Optional<String> column) {
    return new TributaryException(
        ErrorCode.SETTING_INVALID,
        column
            .map(
                name ->
                    "Dataset '%s' has no column '%s'. Name one that it has."
                        .formatted(dataset, name))
            .orElseGet(
                () ->
                    "The key of dataset '%s' has several columns. Give it as a JSON object of them, such as {\"a\":1,\"b\":\"x\"}."
                        .formatted(dataset)));
  }
}
