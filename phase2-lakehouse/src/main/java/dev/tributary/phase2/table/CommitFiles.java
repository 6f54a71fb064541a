package dev.tributary.phase2.table;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tributary.core.json.Json;
import dev.tributary.storage.ObjectStore;
import dev.tributary.storage.ObjectStores;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
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

  /** The commit of a version, if it is there and bears the mark. */
  Optional<MarkedCommit> marked(long version, PlanMark mark) {
    Optional<byte[]> content = store.read(new Path(log, "%020d.json".formatted(version)));
    if (content.isEmpty()) {
      return Optional.empty();
    }
    boolean marked = false;
    String userMetadata = "";
    Map<String, String> metrics = new TreeMap<>();
    for (String line : new String(content.get(), StandardCharsets.UTF_8).split("\n")) {
      // A commit of many files is long; of its lines two matter.
      if (!line.startsWith("{\"commitInfo\"") && !line.startsWith("{\"txn\"")) {
        continue;
      }
      JsonNode action = parse(line);
      JsonNode transaction = action.path("txn");
      marked |=
          transaction.path("appId").asText().equals(mark.application())
              && transaction.path("version").asLong(-1) == mark.plan();
      if (action.has("commitInfo")) {
        userMetadata = action.path("commitInfo").path("userMetadata").asText("");
        action
            .path("commitInfo")
            .path("operationMetrics")
            .properties()
            .forEach(entry -> metrics.put(entry.getKey(), entry.getValue().asText()));
      }
    }
    return marked
        ? Optional.of(new MarkedCommit(version, userMetadata, metrics))
        : Optional.empty();
  }

  private static JsonNode parse(String line) {
    try {
      return Json.mapper().readTree(line);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
