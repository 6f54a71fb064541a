package dev.tributary.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
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
import dev.tributary.core.spec.Deletes;
import dev.tributary.core.spec.WriteMode;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
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
  private static final Setting<WriteMode> MODE =
      Setting.oneOf("mode", "How records become rows.", WriteMode.class).required();
  private static final Setting<Deletes> DELETES =
      Setting.oneOf("deletes", "What a delete does.", Deletes.class).required();
  private static final Setting<String> DELETE_WHEN =
      Setting.text(
          "delete-when",
          "An SQL predicate that marks an event as a delete; without it the one that is there stays.");
  private static final Setting<Boolean> NO_DELETE_WHEN =
      Setting.flag("no-delete-when", "No predicate marks an event as a delete any more.");
  private static final Setting<List<String>> COLUMNS =
      Setting.text("columns", "A column, the most significant first; without one there are none.")
          .repeated();
  private static final Setting<Path> FILE =
      Setting.path("file", "A YAML or JSON file with what stands there in a dataset's document.")
          .required();
  private static final Setting<String> REASON =
      Setting.text("reason", "Why; it stands in the version and in the audit.");
  private static final Setting<Boolean> REBUILD =
      Setting.flag(
          "rebuild",
          "What cannot be changed in the table that is there: the version waits until ./tributary"
              + " rebuild has made the table anew under it.");
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
      program("revert", "Makes an earlier version current again.", VERSION, REBUILD);

  static final Program SET_MODE =
      program(
          "set-mode",
          "Says how records become rows; a mode that merges needs its key, which --columns gives.",
          MODE,
          COLUMNS,
          REBUILD);
  static final Program SET_PRIMARY_KEY =
      program("set-primary-key", "Sets the key columns.", COLUMNS, REBUILD);
  static final Program SET_ORDER_BY =
      program(
          "set-order-by",
          "Sets what says which of two events of a key is newer.",
          COLUMNS,
          REBUILD);
  static final Program SET_PARTITIONING =
      program(
          "set-partitioning",
          "Sets what the table is partitioned by: columns, or derivations such as day(at) as day.",
          COLUMNS,
          REBUILD);
  static final Program SET_DELETES =
      program(
          "set-deletes",
          "Says what a delete does, and what is one.",
          DELETES,
          DELETE_WHEN,
          NO_DELETE_WHEN,
          REBUILD);
  static final Program SET_TRANSFORMS =
      program("set-transforms", "Sets the steps, in order: a list.", FILE, REBUILD);
  static final Program SET_CHECKS =
      program("set-checks", "Sets the checks: an object.", FILE, REBUILD);
  static final Program RETIRE =
      program("retire", "Lets drivers stop the dataset for good; its table and its history stay.");

  /** All of them, for the reference. */
  static final List<Program> PROGRAMS =
      List.of(
          SET_MODE,
          SET_PRIMARY_KEY,
          SET_ORDER_BY,
          SET_PARTITIONING,
          SET_DELETES,
          SET_TRANSFORMS,
          SET_CHECKS,
          RETIRE,
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
    Map<String, Cli.Command> commands = new TreeMap<>(ddl());
    commands.putAll(dml());
    commands.put(
        "retire",
        arguments ->
            RETIRE.run(Subcommands.positional("dataset", arguments), DatasetChanges::retire));
    return commands;
  }

  private static int retire(Settings settings) {
    String name = settings.get(CommandSettings.DATASET);
    Trial trial = settings.get(DRY_RUN) ? Trial.YES : Trial.NO;
    JsonNode answer =
        new HttpMetastoreAdmin(MetastoreConnection.of(settings))
            .retireDataset(name, settings.find(REASON), trial);
    System.out.println(name + (trial == Trial.YES ? " would be retired" : " is retired"));
    differences(answer);
    return 0;
  }

  private static Map<String, Cli.Command> dml() {
    return Map.of(
        "set-mode",
        arguments ->
            SET_MODE.run(
                Subcommands.positional("dataset", arguments),
                settings -> change(SET_MODE, settings, "dml", DatasetChanges::mode)),
        "set-primary-key",
        command(SET_PRIMARY_KEY, "dml", "set_primary_key", DatasetChanges::columns),
        "set-order-by",
        command(SET_ORDER_BY, "dml", "set_order_by", DatasetChanges::columns),
        "set-partitioning",
        command(SET_PARTITIONING, "dml", "set_partitioning", DatasetChanges::columns),
        "set-deletes",
        command(SET_DELETES, "dml", "set_deletes", DatasetChanges::deletes),
        "set-transforms",
        command(
            SET_TRANSFORMS,
            "dml",
            "set_transforms",
            (settings, operation) ->
                operation.set("transforms", DocumentFile.read(settings.get(FILE)))),
        "set-checks",
        command(
            SET_CHECKS,
            "dml",
            "set_checks",
            (settings, operation) ->
                operation.set("checks", DocumentFile.read(settings.get(FILE)))),
        "pause",
        command(PAUSE, "dml", "pause", (settings, operation) -> {}),
        "resume",
        command(RESUME, "dml", "resume", (settings, operation) -> {}),
        "revert",
        command(
            REVERT,
            "dml",
            "revert_to",
            (settings, operation) -> operation.put("version", settings.get(VERSION))));
  }

  private static void mode(Settings settings, ArrayNode operations) {
    operations
        .addObject()
        .put("op", "set_mode")
        .set("mode", Json.mapper().valueToTree(settings.get(MODE)));
    if (!settings.get(COLUMNS).isEmpty()) {
      columns(settings, operations.addObject().put("op", "set_primary_key"));
    }
  }

  private static void columns(Settings settings, ObjectNode operation) {
    operation.set("columns", Json.mapper().valueToTree(settings.get(COLUMNS)));
  }

  private static void deletes(Settings settings, ObjectNode operation) {
    operation.set("deletes", Json.mapper().valueToTree(settings.get(DELETES)));
    if (settings.get(NO_DELETE_WHEN)) {
      operation.putNull("deleteWhen");
    }
    settings.find(DELETE_WHEN).ifPresent(predicate -> operation.put("deleteWhen", predicate));
  }

  private static Map<String, Cli.Command> ddl() {
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
                }));
  }

  private static Cli.Command command(
      Program program, String kind, String op, BiConsumer<Settings, ObjectNode> fields) {
    return arguments ->
        program.run(
            Subcommands.positional("dataset", arguments),
            settings ->
                change(
                    program,
                    settings,
                    kind,
                    (same, operations) ->
                        fields.accept(same, operations.addObject().put("op", op))));
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
      Program program, Settings settings, String kind, BiConsumer<Settings, ArrayNode> operations) {
    String name = settings.get(CommandSettings.DATASET);
    ObjectNode body = Json.mapper().createObjectNode().put("table", name);
    settings.find(REASON).ifPresent(reason -> body.put("reason", reason));
    operations.accept(settings, body.putArray("operations"));
    if (program.settings().contains(REBUILD) && settings.get(REBUILD)) {
      body.put("rebuild", true);
    }
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
    differences(answer);
    if (answer.path("rebuild").asBoolean()) {
      System.out.printf(
          "It waits for a rebuild, and the version before goes on: ./tributary rebuild --dataset %s%n",
          name);
    }
    JsonNode written = answer.path("written");
    if (!written.isMissingNode()) {
      System.out.printf(
          "%s%nTo write it anew: %s%n",
          written.path("detail").asText(), written.path("command").asText());
    }
    return 0;
  }

  /** Prints what a change came to, one field a line. */
  static void differences(JsonNode answer) {
    for (JsonNode difference : answer.path("diff")) {
      System.out.printf(
          "  %-8s %s %s%s%n",
          difference.path("change").asText(),
          difference.path("path").asText(),
          difference.has("from") ? difference.path("from") : "",
          difference.has("to") ? " -> " + difference.path("to") : "");
    }
  }
}
