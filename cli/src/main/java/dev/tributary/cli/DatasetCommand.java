package dev.tributary.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tributary.cli.table.TextTable;
import dev.tributary.core.metastore.HttpMetastore;
import dev.tributary.core.metastore.HttpMetastoreAdmin;
import dev.tributary.core.metastore.MetastoreConnection;
import dev.tributary.core.settings.Program;
import dev.tributary.core.settings.Settings;
import dev.tributary.core.settings.SettingsGroup;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.Versioned;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** {@code tributary dataset}: what the metastore knows, and how a dataset is put there. */
final class DatasetCommand implements Cli.Command {
  static final Program LIST =
      Program.of(
          "tributary dataset list",
          "Lists the datasets that the metastore knows.",
          CommandSettings.METASTORE);
  static final Program APPLY =
      Program.of(
          "tributary dataset apply FILE",
          "Creates a dataset, or gives it a new version, as the file says; the same file again"
              + " changes nothing.",
          SettingsGroup.of("What", CommandSettings.FILE),
          CommandSettings.METASTORE);

  private final Subcommands subcommands = new Subcommands("dataset", commands());

  private static Map<String, Cli.Command> commands() {
    Map<String, Cli.Command> commands = new TreeMap<>(DatasetChanges.commands());
    commands.put("list", arguments -> LIST.run(arguments, DatasetCommand::list));
    commands.put(
        "apply",
        arguments -> APPLY.run(Subcommands.positional("file", arguments), DatasetCommand::apply));
    commands.put("show", new DatasetShow());
    commands.put("history", new DatasetHistory());
    commands.put("propose", new ProposeCommand());
    return commands;
  }

  @Override
  public int run(String[] arguments) {
    return subcommands.run(arguments);
  }

  private static int list(Settings settings) {
    TextTable table =
        new TextTable(List.of("dataset", "version", "state", "mode", "source", "group", "table"));
    for (Versioned<DatasetSpec> dataset : HttpMetastore.of(settings).datasets()) {
      DatasetSpec spec = dataset.spec();
      table.row(
          spec.name(),
          dataset.version(),
          Words.of(spec.state()),
          Words.of(spec.write().mode()),
          spec.source(),
          spec.group(),
          spec.target().path());
    }
    table.print(System.out, "");
    return 0;
  }

  private static int apply(Settings settings) {
    Path file = settings.get(CommandSettings.FILE);
    JsonNode document = DocumentFile.read(file);
    String name = DocumentFile.name(file, document);
    HttpMetastoreAdmin metastore = new HttpMetastoreAdmin(MetastoreConnection.of(settings));
    String path = "datasets/" + HttpMetastore.segment(name);
    // What somebody else changes between the two is not undone unseen.
    JsonNode dataset = metastore.put(path, document, metastore.find(path));
    System.out.printf("%s is at version %d%n", name, dataset.path("version").asLong());
    DatasetChanges.differences(dataset);
    return 0;
  }
}
