package dev.tributary.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.tributary.core.json.Json;
import dev.tributary.core.metastore.HttpMetastoreAdmin;
import dev.tributary.core.metastore.MetastoreAdmin.Trial;
import dev.tributary.core.metastore.MetastoreConnection;
import dev.tributary.core.settings.Program;
import dev.tributary.core.settings.Setting;
import dev.tributary.core.settings.Settings;
import dev.tributary.core.settings.SettingsGroup;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;

/** {@code tributary dataset add-column NAME …} and the other changes of one dataset. */
final class DatasetChanges {
  private static final Setting<String> COLUMN = Setting.text("column", "The column.").required();
  private static final Setting<String> TYPE = Setting.text("type", "Its type.").required();
  private static final Setting<String> TO = Setting.text("to", "Its new name.").required();
  private static final Setting<String> COMMENT = Setting.text("comment", "A comment, for people.");
  private static final Setting<String> JSON_PATH =
      Setting.text("path", "Where the value stands in the message, if not under the name.");
  private static final Setting<String> DEFAULT =
      Setting.text(
          "default",
          "What a record has that lacks the field: JSON as it would stand in the message, else text.");
  private static final Setting<Boolean> REQUIRED =
      Setting.flag(
          "required", "Records without a value are set aside; without the flag they are taken.");
  private static final Setting<Long> VERSION =
      Setting.wholeNumber("version", "The version that is to be current again.", 1, Long.MAX_VALUE)
          .required();
  private static final Setting<String> REASON =
      Setting.text("reason", "Why; it stands in the version and in the audit.");
  private static final Setting<Boolean> DRY_RUN =
      Setting.flag("dry-run", "Shows what would happen, and changes nothing.");

  static final Program ADD_COLUMN =
      program("add-column", "Adds a column.", COLUMN, TYPE, JSON_PATH, COMMENT, DEFAULT);
  static final Program DROP_COLUMN = program("drop-column", "Drops a column.", COLUMN);
  static final Program RENAME_COLUMN =
      program("rename-column", "Gives a column another name.", COLUMN, TO);
  static final Program WIDEN_COLUMN =
      program("widen-column", "Gives a column a wider type.", COLUMN, TYPE);
  static final Program ALTER_COMMENT =
      program("alter-comment", "Gives a column another comment, or none.", COLUMN, COMMENT);
  static final Program SET_NULLABLE =
      program("set-nullable", "Says whether a column demands a value.", COLUMN, REQUIRED);
  static final Program PAUSE = program("pause", "Lets drivers stop the dataset after their batch.");
  static final Program RESUME = program("resume", "Lets drivers run it again.");
  static final Program REVERT =
      program("revert", "Makes an earlier version current again.", VERSION);

  /** All of them, for the reference. */
  static final List<Program> PROGRAMS =
      List.of(
          ADD_COLUMN,
          DROP_COLUMN,
          RENAME_COLUMN,
          WIDEN_COLUMN,
          ALTER_COMMENT,
          SET_NULLABLE,
          PAUSE,
          RESUME,
          REVERT);

  private DatasetChanges() {}

  private static Program program(String name, String purpose, Setting<?>... own) {
    return Program.of(
        "tributary dataset " + name + " NAME",
        purpose,
        SettingsGroup.of("Which", CommandSettings.DATASET),
        SettingsGroup.of("Change", concat(own)),
        CommandSettings.METASTORE);
  }

  private static Setting<?>[] concat(Setting<?>... own) {
    Setting<?>[] all = java.util.Arrays.copyOf(own, own.length + 2);
    all[own.length] = REASON;
    all[own.length + 1] = DRY_RUN;
    return all;
  }

  static Map<String, Cli.Command> commands() {
    return Map.of(
        "add-column", command(ADD_COLUMN, "ddl", "add_column", DatasetChanges::column),
        "drop-column", command(DROP_COLUMN, "ddl", "drop_column", DatasetChanges::name),
        "rename-column",
            command(
                RENAME_COLUMN,
                "ddl",
                "rename_column",
                (settings, operation) -> {
                  name(settings, operation);
                  operation.put("to", settings.get(TO));
                }),
        "widen-column",
            command(
                WIDEN_COLUMN,
                "ddl",
                "widen_column",
                (settings, operation) -> {
                  name(settings, operation);
                  operation.put("type", settings.get(TYPE));
                }),
        "alter-comment",
            command(
                ALTER_COMMENT,
                "ddl",
                "alter_comment",
                (settings, operation) -> {
                  name(settings, operation);
                  settings.find(COMMENT).ifPresent(comment -> operation.put("comment", comment));
                }),
        "set-nullable",
            command(
                SET_NULLABLE,
                "ddl",
                "set_nullable",
                (settings, operation) -> {
                  name(settings, operation);
                  operation.put("nullable", !settings.get(REQUIRED));
                }),
        "pause", command(PAUSE, "dml", "pause", (settings, operation) -> {}),
        "resume", command(RESUME, "dml", "resume", (settings, operation) -> {}),
        "revert",
            command(
                REVERT,
                "dml",
                "revert_to",
                (settings, operation) -> operation.put("version", settings.get(VERSION))));
  }

  private static Cli.Command command(
      Program program, String kind, String op, BiConsumer<Settings, ObjectNode> fields) {
    return arguments ->
        program.run(
            Subcommands.positional("dataset", arguments),
            settings -> change(settings, kind, op, fields));
  }

  private static void name(Settings settings, ObjectNode operation) {
    operation.put("name", settings.get(COLUMN));
  }

  private static void column(Settings settings, ObjectNode operation) {
    ObjectNode column =
        operation
            .putObject("column")
            .put("name", settings.get(COLUMN))
            .put("type", settings.get(TYPE));
    settings.find(JSON_PATH).ifPresent(path -> column.put("path", path));
    settings.find(COMMENT).ifPresent(comment -> column.put("comment", comment));
    settings.find(DEFAULT).ifPresent(text -> column.set("default", literal(text)));
  }

  private static JsonNode literal(String text) {
    try {
      return Json.mapper().readTree(text);
    } catch (JsonProcessingException e) {
      return TextNode.valueOf(text);
    }
  }

  private static int change(
      Settings settings, String kind, String op, BiConsumer<Settings, ObjectNode> fields) {
    String name = settings.get(CommandSettings.DATASET);
    ObjectNode body = Json.mapper().createObjectNode().put("table", name);
    settings.find(REASON).ifPresent(reason -> body.put("reason", reason));
    fields.accept(settings, body.putArray("operations").addObject().put("op", op));
    boolean dryRun = settings.get(DRY_RUN);
    JsonNode answer =
        new HttpMetastoreAdmin(MetastoreConnection.of(settings))
            .operate(kind, body, dryRun ? Trial.YES : Trial.NO);
    System.out.printf(
        "%s %s version %d, %s%n",
        name,
        dryRun ? "would be at" : "is at",
        answer.path("version").asLong(),
        answer.path("state").asText());
    for (JsonNode difference : answer.path("diff")) {
      System.out.printf(
          "  %-8s %s %s%s%n",
          difference.path("change").asText(),
          difference.path("path").asText(),
          difference.has("from") ? difference.path("from") : "",
          difference.has("to") ? " -> " + difference.path("to") : "");
    }
    JsonNode written = answer.path("written");
    if (!written.isMissingNode()) {
      System.out.printf(
          "%s%nTo write it anew: %s%n",
          written.path("detail").asText(), written.path("command").asText());
    }
    return 0;
  }
}
