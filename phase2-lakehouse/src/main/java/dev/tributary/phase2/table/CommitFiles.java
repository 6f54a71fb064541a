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
import java.util.OptionalLong;
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
    boolean marked = false;
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
      JsonNode transaction = action.path("txn");
      marked |=
          transaction.path("appId").asText().equals(mark.application())
              && transaction.path("version").asLong(-1) == mark.plan();
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
    return Optional.of(new CommitFile(marked, operation, restoredTo, userMetadata, metrics));
  }

  private static JsonNode parse(String line) {
    try {
      return Json.mapper().readTree(line);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
