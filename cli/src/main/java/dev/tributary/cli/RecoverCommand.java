package dev.tributary.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.json.Json;
import dev.tributary.core.metastore.HttpMetastoreAdmin;
import dev.tributary.core.metastore.MetastoreConnection;
import dev.tributary.core.settings.Program;
import dev.tributary.core.settings.Setting;
import dev.tributary.core.settings.Settings;
import dev.tributary.core.settings.SettingsGroup;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * {@code tributary recover}: tells a metastore that was restored from a backup, or begun anew,
 * which versions lie beside the plan logs.
 */
final class RecoverCommand implements Cli.Command {
  private static final Pattern SPEC = Pattern.compile("([a-z][a-z0-9_]{0,62})-(\\d{1,18})\\.json");
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
    if (named.isEmpty() && !metastore.show("recovery").path("needed").asBoolean()) {
      System.out.println(
          "The metastore is no restored backup: there is nothing to recover. If its database was"
              + " begun anew, say by --table-location where the tables of the one before lie.");
      return 0;
    }
    Set<Path> folders = new TreeSet<>();
    named.forEach(folder -> folders.add(new Path(folder)));
    for (JsonNode dataset : metastore.list("datasets")) {
      folders.add(new Path(dataset.at("/spec/target/path").asText()).getParent());
    }
    Configuration configuration = StoreConfiguration.of(settings);
    ObjectNode body = Json.mapper().createObjectNode();
    ArrayNode versions = body.putArray("versions");
    for (Path folder : folders) {
      found(folder, configuration).forEach(versions::add);
    }
    body.put("done", true);
    int recovered = metastore.post("recovery", body).path("recovered").asInt();
    System.out.printf(
        "%d versions lie beside the plan logs in %s; %d were not known.%n",
        versions.size(), folders, recovered);
    return 0;
  }

  /** The specs beside the plan logs of all tables in a folder. */
  static List<ObjectNode> found(Path folder, Configuration configuration) {
    List<ObjectNode> found = new ArrayList<>();
    Path plans = new Path(folder, "_plans");
    try {
      FileSystem store = plans.getFileSystem(configuration);
      for (FileStatus table : listed(store, plans)) {
        for (FileStatus file : listed(store, new Path(table.getPath(), "specs"))) {
          Matcher name = SPEC.matcher(file.getPath().getName());
          if (name.matches()) {
            try (InputStream content = store.open(file.getPath())) {
              ObjectNode version =
                  Json.mapper()
                      .createObjectNode()
                      .put("dataset", name.group(1))
                      .put("version", Long.parseLong(name.group(2)));
              version.set("spec", Json.mapper().readTree(content.readAllBytes()));
              found.add(version);
            }
          }
        }
      }
    } catch (IOException e) {
      throw TributaryException.of(
          ErrorCode.STORE_UNAVAILABLE,
          "The specs in %s cannot be read.".formatted(plans),
          "Check the credentials and the endpoint, and run it again; nothing was sent.",
          e);
    }
    return found;
  }

  private static FileStatus[] listed(FileSystem store, Path folder) throws IOException {
    try {
      return store.listStatus(folder);
    } catch (FileNotFoundException e) {
      // No table here has a plan log, or none has put a spec yet.
      return new FileStatus[0];
    }
  }
}
