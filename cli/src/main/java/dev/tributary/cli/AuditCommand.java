package dev.tributary.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tributary.cli.table.TextTable;
import dev.tributary.core.metastore.HttpMetastoreAdmin;
import dev.tributary.core.metastore.MetastoreConnection;
import dev.tributary.core.settings.Program;
import dev.tributary.core.settings.Setting;
import dev.tributary.core.settings.Settings;
import dev.tributary.core.settings.SettingsGroup;
import java.time.Instant;
import java.util.List;

/** {@code tributary audit}: who changed what in the metastore. */
final class AuditCommand implements Cli.Command {
  private static final Setting<Boolean> JSON =
      Setting.flag("json", "Prints JSON, one object an entry, a line each.");

  static final Program PROGRAM =
      Program.of(
          "tributary audit",
          "Lists the newest changes of the metastore: when, who, from where, what and why; the"
              + " token needs the scope admin.",
          SettingsGroup.of("Which", CommandSettings.NEWEST, JSON),
          CommandSettings.METASTORE);

  @Override
  public int run(String[] arguments) {
    return PROGRAM.run(arguments, AuditCommand::print);
  }

  private static int print(Settings settings) {
    List<JsonNode> entries =
        new HttpMetastoreAdmin(MetastoreConnection.of(settings))
            .list("audit", settings.get(CommandSettings.NEWEST));
    if (settings.get(JSON)) {
      entries.forEach(System.out::println);
      return 0;
    }
    TextTable table =
        new TextTable(
            List.of("entry", "at", "by", "from", "action", "resource", "version", "reason"));
    for (JsonNode entry : entries) {
      table.row(
          entry.path("id").asLong(),
          Instant.ofEpochMilli(entry.path("at").asLong()),
          entry.path("by").asText(),
          entry.path("remote").asText(),
          entry.path("action").asText(),
          entry.path("resource").asText(),
          entry.has("version") ? entry.path("version").asLong() : "",
          entry.path("reason").asText(""));
    }
    table.print(System.out, "");
    return 0;
  }
}
