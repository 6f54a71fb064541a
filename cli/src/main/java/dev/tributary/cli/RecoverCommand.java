package dev.tributary.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tributary.core.json.Json;
import dev.tributary.core.metastore.HttpMetastoreAdmin;
import dev.tributary.core.metastore.MetastoreConnection;
import dev.tributary.core.settings.Program;
import dev.tributary.core.settings.Setting;
import dev.tributary.core.settings.Settings;
import dev.tributary.core.settings.SettingsGroup;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.hadoop.fs.Path;

/**
 * {@code tributary recover}: tells a metastore that was restored from a backup, or begun anew,
 * which versions lie beside the plan logs.
 */
final class RecoverCommand implements Cli.Command {
  /** A quarter of what a service takes by default. */
  private static final long PART_BYTES = 1_000_000;

  private static final Setting<List<String>> FOLDERS =
      Setting.text(
              "table-location",
              "A folder of tables, as a URI, besides those of the tables that the metastore knows."
                  + " Without it only a restored backup learns; with it also a database that was"
                  + " begun anew.")
          .repeated();

  static final Program PROGRAM =
      Program.of(
          "tributary recover",
          "Tells a metastore that was restored from a backup, or begun anew, which versions were"
              + " given out: it reads the specs beside the plan logs.",
          SettingsGroup.of("Where", FOLDERS),
          CommandSettings.METASTORE,
          CommandSettings.STORE);

  @Override
  public int run(String[] arguments) {
    return PROGRAM.run(arguments, RecoverCommand::recover);
  }

  private static int recover(Settings settings) {
    HttpMetastoreAdmin metastore = new HttpMetastoreAdmin(MetastoreConnection.of(settings));
    List<String> named = settings.get(FOLDERS);
    boolean backup = metastore.show("recovery").path("needed").asBoolean();
    if (named.isEmpty() && !backup) {
      System.out.println(
          "The metastore is no restored backup: there is nothing to recover. If its database was"
              + " begun anew, say by --table-location where the tables of the one before lie.");
      return 0;
    }
    Set<Path> folders = new TreeSet<>();
    Map<String, String> tables = new HashMap<>();
    named.forEach(folder -> folders.add(new Path(folder)));
    for (JsonNode dataset : metastore.list("datasets")) {
      String table = dataset.at("/spec/target/path").asText();
      folders.add(new Path(table).getParent());
      tables.put(dataset.path("name").asText(), table);
    }
    List<ObjectNode> versions =
        new SpecsBesidePlans(StoreConfiguration.of(settings), tables).in(folders);
    int recovered = 0;
    for (List<ObjectNode> part : parts(versions)) {
      recovered += send(metastore, part, false);
    }
    recovered += send(metastore, List.of(), true);
    System.out.printf(
        "%d versions lie beside the plan logs in %s; %d were not known.%n",
        versions.size(), folders, recovered);
    if (backup) {
      System.out.println(
          "Tokens that were revoked after the backup was made are valid again: tributary metastore"
              + " token-list shows them.");
    }
    return 0;
  }

  /** No more at a time than a service takes in one body. */
  static List<List<ObjectNode>> parts(List<ObjectNode> versions) {
    List<List<ObjectNode>> parts = new ArrayList<>();
    long bytes = 0;
    for (ObjectNode version : versions) {
      int length = Json.write(version).length;
      if (parts.isEmpty() || bytes + length > PART_BYTES) {
        parts.add(new ArrayList<>());
        bytes = 0;
      }
      parts.get(parts.size() - 1).add(version);
      bytes += length;
    }
    return parts;
  }

  private static int send(HttpMetastoreAdmin metastore, List<ObjectNode> versions, boolean done) {
    ObjectNode body = Json.mapper().createObjectNode();
    body.putArray("versions").addAll(versions);
    return metastore.post("recovery", body.put("done", done)).path("recovered").asInt();
  }
}
