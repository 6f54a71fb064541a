package dev.tributary.metastore.change;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Optional;

/**
 * What an installation fills in where a document does not say it.
 *
 * @param bootstrapServers the Kafka cluster
 * @param archiveLocation the folder of archives
 * @param tableLocation the folder of tables
 */
public record Defaults(
    Optional<String> bootstrapServers,
    Optional<String> archiveLocation,
    Optional<String> tableLocation) {
  /** No defaults. */
  public static Defaults none() {
    return new Defaults(Optional.empty(), Optional.empty(), Optional.empty());
  }

  void fillSource(ObjectNode source) {
    if (!source.has("bootstrapServers")) {
      bootstrapServers.ifPresent(servers -> source.put("bootstrapServers", servers));
    }
    if (!source.has("archive")) {
      archiveLocation.ifPresent(folder -> source.putObject("archive").put("location", folder));
    }
  }

  void fillDataset(String name, ObjectNode dataset) {
    if (!dataset.has("target")) {
      tableLocation.ifPresent(
          folder ->
              dataset
                  .putObject("target")
                  .put("path", folder + (folder.endsWith("/") ? "" : "/") + name));
    }
  }
}
