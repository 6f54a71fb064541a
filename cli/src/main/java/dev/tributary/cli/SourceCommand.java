package dev.tributary.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tributary.cli.table.TextTable;
import dev.tributary.core.metastore.HttpMetastore;
import dev.tributary.core.metastore.HttpMetastoreAdmin;
import dev.tributary.core.metastore.MetastoreConnection;
import dev.tributary.core.settings.Program;
import dev.tributary.core.settings.Setting;
import dev.tributary.core.settings.Settings;
import dev.tributary.core.settings.SettingsGroup;
import dev.tributary.core.spec.SourceSpec;
import dev.tributary.core.spec.Versioned;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/** {@code tributary source}: the topics that the metastore knows, and where they are archived. */
final class SourceCommand implements Cli.Command {
  private static final Setting<String> SOURCE = Setting.text("source", "The source.").required();
  private static final Setting<Path> FILE =
      Setting.path("file", "A YAML or JSON document of a source.").required();
  private static final Setting<Boolean> JSON =
      Setting.flag("json", "Prints the JSON of the metastore.");

  static final Program LIST =
      Program.of(
          "tributary source list",
          "Lists the sources that the metastore knows.",
          CommandSettings.METASTORE);
  static final Program SHOW =
      Program.of(
          "tributary source show NAME",
          "Prints a source: its version, its topics and cluster, and where they are archived.",
          SettingsGroup.of("Which", SOURCE, JSON),
          CommandSettings.METASTORE);
  static final Program HISTORY =
      Program.of(
          "tributary source history NAME",
          "Lists the newest versions of a source: when, who, what and why.",
          SettingsGroup.of("Which", SOURCE, CommandSettings.NEWEST),
          CommandSettings.METASTORE);
  static final Program APPLY =
      Program.of(
          "tributary source apply FILE",
          "Creates a source, or gives it a new version, as the file says; the same file again"
              + " changes nothing.",
          SettingsGroup.of("What", FILE),
          CommandSettings.METASTORE);
  static final Program RETIRE =
      Program.of(
          "tributary source retire NAME",
          "Lets drivers stop a source that no dataset reads any more; its archive and its history"
              + " stay.",
          SettingsGroup.of("Which", SOURCE),
          CommandSettings.METASTORE);

  private final Subcommands subcommands =
      new Subcommands(
          "source",
          Map.of(
              "list", arguments -> LIST.run(arguments, SourceCommand::list),
              "show", arguments -> SHOW.run(named(arguments), SourceCommand::show),
              "history", arguments -> HISTORY.run(named(arguments), SourceCommand::history),
              "apply",
                  arguments ->
                      APPLY.run(Subcommands.positional("file", arguments), SourceCommand::apply),
              "retire", arguments -> RETIRE.run(named(arguments), SourceCommand::retire)));

  @Override
  public int run(String[] arguments) {
    return subcommands.run(arguments);
  }

  private static String[] named(String[] arguments) {
    return Subcommands.positional("source", arguments);
  }

  private static HttpMetastoreAdmin metastore(Settings settings) {
    return new HttpMetastoreAdmin(MetastoreConnection.of(settings));
  }

  private static int list(Settings settings) {
    TextTable table =
        new TextTable(List.of("source", "version", "state", "topics", "kafka", "archive"));
    for (Versioned<SourceSpec> source : HttpMetastore.of(settings).sources()) {
      SourceSpec spec = source.spec();
      table.row(
          spec.name(),
          source.version(),
          Words.of(spec.state()),
          topics(spec),
          spec.bootstrapServers(),
          spec.archive().location());
    }
    table.print(System.out, "");
    return 0;
  }

  private static String topics(SourceSpec spec) {
    String topics = String.join(", ", spec.topics());
    return spec.topicPattern()
        .map(pattern -> pattern + (topics.isEmpty() ? "" : ": " + topics))
        .orElse(topics);
  }

  private static int show(Settings settings) {
    JsonNode source = metastore(settings).show("sources/" + settings.get(SOURCE));
    if (settings.get(JSON)) {
      System.out.println(source.toPrettyString());
      return 0;
    }
    print(source, System.out);
    return 0;
  }

  static void print(JsonNode source, PrintStream out) {
    JsonNode spec = source.path("spec");
    DatasetShow.line(out, "source", spec.path("name").asText());
    DatasetShow.line(out, "version", source.path("version").asText());
    DatasetShow.line(out, "made", DatasetShow.made(source));
    DatasetShow.line(out, "drivers", spec.path("state").asText());
    DatasetShow.line(out, "pattern", spec.path("topicPattern").asText());
    DatasetShow.line(out, "template", DatasetShow.said(spec.path("template")));
    DatasetShow.line(out, "found by", spec.path("foundBy").asText());
    DatasetShow.line(out, "topics", DatasetShow.list(spec.path("topics")));
    DatasetShow.line(out, "kafka", spec.path("bootstrapServers").asText());
    DatasetShow.line(out, "options", DatasetShow.said(spec.path("kafkaOptions")));
    DatasetShow.line(out, "start", DatasetShow.said(spec.path("start")));
    DatasetShow.line(out, "isolation", spec.path("isolation").asText());
    DatasetShow.line(out, "archive", spec.at("/archive/location").asText());
    JsonNode days = spec.at("/archive/retentionDays");
    DatasetShow.line(out, "kept", days.isMissingNode() ? "for ever" : days.asText() + " days");
    DatasetShow.line(
        out,
        "files",
        "%s, up to %,d records or %,d bytes"
            .formatted(
                spec.at("/archive/compression").asText(),
                spec.at("/archive/fileMaxRecords").asLong(),
                spec.at("/archive/fileMaxBytes").asLong()));
    DatasetShow.line(
        out,
        "batches",
        "up to %,d records or %,d bytes, after %,d ms at the latest"
            .formatted(
                spec.at("/batch/maxRecords").asLong(),
                spec.at("/batch/maxBytes").asLong(),
                spec.at("/batch/maxDelayMillis").asLong()));
    DatasetShow.line(out, "group", spec.path("consumerGroup").asText());
  }

  private static int history(Settings settings) {
    TextTable table = new TextTable(List.of("version", "at", "by", "operation", "reason"));
    for (JsonNode version :
        metastore(settings)
            .list(
                "sources/%s/versions".formatted(settings.get(SOURCE)),
                settings.get(CommandSettings.NEWEST))) {
      table.row(
          version.path("version").asLong(),
          Instant.ofEpochMilli(version.path("createdAt").asLong()),
          version.path("by").asText(),
          version.path("operation").asText(),
          version.path("reason").asText(""));
    }
    table.print(System.out, "");
    return 0;
  }

  private static int apply(Settings settings) {
    Path file = settings.get(FILE);
    JsonNode document = DocumentFile.read(file);
    String name = DocumentFile.name(file, document);
    HttpMetastoreAdmin metastore = metastore(settings);
    String path = "sources/" + HttpMetastore.segment(name);
    JsonNode source = metastore.put(path, document, metastore.find(path));
    System.out.printf("%s is at version %d%n", name, source.path("version").asLong());
    DatasetChanges.differences(source);
    return 0;
  }

  private static int retire(Settings settings) {
    metastore(settings).retireSource(settings.get(SOURCE));
    System.out.println(settings.get(SOURCE) + " is retired");
    return 0;
  }
}
