package dev.tributary.phase2.table;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tributary.core.json.Json;
import dev.tributary.storage.ObjectStore;
import dev.tributary.storage.ObjectStores;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/** Reads single commits of a Delta log, whose files are a documented format. */
final class CommitFiles {
  private final Path log;
  private final ObjectStore store;

  CommitFiles(Path table, Configuration configuration) {
    this.log = new Path(table, "_delta_log");
    this.store = ObjectStores.forPath(log, configuration);
  }

  /** The commit of a version, if its file is there. */
  Optional<CommitFile> read(long version, PlanMark mark) {
    Optional<byte[]> content = store.read(new Path(log, "%020d.json".formatted(version)));
    if (content.isEmpty()) {
      return Optional.empty();
    }
    Map<String, Long> transactions = new TreeMap<>();
    String operation = "";
    OptionalLong restoredTo = OptionalLong.empty();
    String userMetadata = "";
    Map<String, String> metrics = new TreeMap<>();
    for (String line : new String(content.get(), StandardCharsets.UTF_8).split("\n")) {
      // A commit of many files is long; of its lines two matter.
      if (!line.startsWith("{\"commitInfo\"") && !line.startsWith("{\"txn\"")) {
        continue;
      }
      JsonNode action = parse(line);
      if (action.has("txn")) {
        JsonNode transaction = action.path("txn");
        transactions.put(
            transaction.path("appId").asText(), transaction.path("version").asLong(-1));
      }
      if (action.has("commitInfo")) {
        JsonNode info = action.path("commitInfo");
        operation = info.path("operation").asText("");
        // Either may be null: a RESTORE names a version or a time.
        JsonNode restored = info.path("operationParameters").path("version");
        restoredTo =
            operation.equals(Restores.OPERATION) && restored.canConvertToLong()
                ? OptionalLong.of(restored.asLong())
                : operation.equals(Restores.OPERATION) && restored.isTextual()
                    ? OptionalLong.of(Long.parseLong(restored.asText()))
                    : OptionalLong.empty();
        userMetadata = info.path("userMetadata").asText("");
        info.path("operationMetrics")
            .properties()
            .forEach(entry -> metrics.put(entry.getKey(), entry.getValue().asText()));
      }
    }
    boolean marked = transactions.getOrDefault(mark.application(), -2L) == mark.plan();
    return Optional.of(
        new CommitFile(marked, transactions, operation, restoredTo, userMetadata, metrics));
  }

  /**
   * The files that a commit adds or removes, each with its deletion vector; empty if the commit's
   * own file is not there any more.
   */
  Optional<Set<String>> changed(long version) {
    return actions(version)
        .map(
            actions -> {
              Set<String> files = new HashSet<>();
              for (JsonNode action : actions) {
                JsonNode file = action.has("add") ? action.path("add") : action.path("remove");
                if (file.has("path")) {
                  files.add(name(file));
                }
              }
              return files;
            });
  }

  /** The table's properties that a commit sets; empty if it changes no metadata. */
  Optional<Map<String, String>> properties(long version) {
    return actions(version).stream()
        .flatMap(List::stream)
        .filter(action -> action.has("metaData"))
        .findFirst()
        .map(
            action -> {
              Map<String, String> properties = new TreeMap<>();
              action
                  .path("metaData")
                  .path("configuration")
                  .properties()
                  .forEach(entry -> properties.put(entry.getKey(), entry.getValue().asText()));
              return properties;
            });
  }

  private static String name(JsonNode file) {
    JsonNode vector = file.path("deletionVector");
    return vector.isObject()
        ? "%s %s%s@%s"
            .formatted(
                file.path("path").asText(),
                vector.path("storageType").asText(),
                vector.path("pathOrInlineDv").asText(),
                vector.path("offset").asText())
        : file.path("path").asText();
  }

  private Optional<List<JsonNode>> actions(long version) {
    return store
        .read(new Path(log, "%020d.json".formatted(version)))
        .map(
            content ->
                new String(content, StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.isBlank())
                    .map(CommitFiles::parse)
                    .toList());
  }

  private static JsonNode parse(String line) {
    try {
      return Json.mapper().readTree(line);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
