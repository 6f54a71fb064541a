package dev.tributary.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tributary.cli.table.TextTable;
import dev.tributary.core.metastore.HttpMetastoreAdmin;
import dev.tributary.core.metastore.MetastoreConnection;
import dev.tributary.core.settings.Program;
import dev.tributary.core.settings.Settings;
import dev.tributary.core.settings.SettingsGroup;
import java.time.Instant;
import java.util.List;

/** {@code tributary dataset history NAME}: its versions, who made them, and why. */
final class DatasetHistory implements Cli.Command {
  static final Program PROGRAM =
      Program.of(
          "tributary dataset history NAME",
          "Lists the newest versions of a dataset: when, who, what, why, and what became of them.",
          SettingsGroup.of("Which", CommandSettings.DATASET, CommandSettings.NEWEST),
          CommandSettings.METASTORE);

  @Override
  public int run(String[] arguments) {
    return PROGRAM.run(Subcommands.positional("dataset", arguments), DatasetHistory::print);
  }

  private static int print(Settings settings) {
    List<JsonNode> versions =
        new HttpMetastoreAdmin(MetastoreConnection.of(settings))
            .list(
                "datasets/%s/versions".formatted(settings.get(CommandSettings.DATASET)),
                settings.get(CommandSettings.NEWEST));
    TextTable table = new TextTable(List.of("version", "at", "by", "operation", "state", "reason"));
    for (JsonNode version : versions) {
      String rejection = version.at("/activation/reason").asText("");
      table.row(
          version.path("version").asLong(),
          Instant.ofEpochMilli(version.path("createdAt").asLong()),
          version.path("by").asText(),
          version.path("operation").asText(),
          version.path("state").asText()
              + (version.path("rebuild").asBoolean() ? ", waits for a rebuild" : "")
              + (rejection.isEmpty() ? "" : ": " + rejection),
          version.path("reason").asText(""));
    }
    table.print(System.out, "");
    return 0;
  }
}
