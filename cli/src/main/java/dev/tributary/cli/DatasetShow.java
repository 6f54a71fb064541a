package dev.tributary.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tributary.cli.table.TextTable;
import dev.tributary.core.json.Json;
import dev.tributary.core.metastore.HttpMetastoreAdmin;
import dev.tributary.core.metastore.MetastoreConnection;
import dev.tributary.core.settings.Program;
import dev.tributary.core.settings.Settings;
import dev.tributary.core.settings.SettingsGroup;
import dev.tributary.core.spec.BreakerSpec;
import java.io.PrintStream;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.StringJoiner;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** {@code tributary dataset show}: one dataset, for people. */
final class DatasetShow implements Cli.Command {
  static final Program PROGRAM =
      Program.of(
          "tributary dataset show NAME",
          "Prints a dataset: its version and state, what it is made of, and what the catalog"
              + " knows.",
          SettingsGroup.of("Which", CommandSettings.DATASET, CommandSettings.JSON),
          CommandSettings.METASTORE);

  private static final JsonNode BREAKER =
      Json.read(Json.write(BreakerSpec.defaults()), JsonNode.class);
  private static final long MOST = 5_000_000;

  @Override
  public int run(String[] arguments) {
    return PROGRAM.run(Subcommands.positional("dataset", arguments), DatasetShow::show);
  }

  private static int show(Settings settings) {
    HttpMetastoreAdmin metastore = new HttpMetastoreAdmin(MetastoreConnection.of(settings));
    String path = "datasets/" + settings.get(CommandSettings.DATASET);
    JsonNode dataset = metastore.show(path);
    if (settings.get(CommandSettings.JSON)) {
      System.out.println(dataset.toPrettyString());
      return 0;
    }
    print(dataset, metastore.find(path + "/catalog"), System.out);
    return 0;
  }

  /** Says only what is not as it is by default. */
  static void print(JsonNode dataset, Optional<JsonNode> catalog, PrintStream out) {
    JsonNode spec = dataset.path("spec");
    line(out, "dataset", spec.path("name").asText());
    line(out, "version", version(dataset));
    line(out, "made", made(dataset));
    line(out, "rejected", dataset.at("/activation/reason").asText());
    line(out, "drivers", "%s, group %s".formatted(text(spec, "state"), text(spec, "group")));
    line(out, "source", text(spec, "source") + ", from " + text(spec, "archiveStart"));
    line(out, "format", text(spec, "format"));
    line(out, "table", spec.at("/target/path").asText());
    line(out, "partitions", list(spec.at("/target/partitionBy")));
    line(out, "clustering", list(spec.at("/target/clusterBy")));
    line(out, "files", list(spec.at("/target/compression"), spec.at("/target/mergeStrategy")));
    line(out, "properties", said(spec.at("/target/properties")));
    line(out, "coordinates", said(spec.path("coordinates")));
    line(out, "write", spec.at("/write/mode").asText());
    line(out, "key", list(spec.at("/write/primaryKey")));
    line(out, "newest by", list(spec.at("/write/orderBy")));
    line(out, "deletes", deletes(spec.path("write")));
    line(out, "unknown", said(spec.path("unknownFields")));
    for (JsonNode step : spec.path("transforms")) {
      line(out, "transform", text(step, "type") + " " + step.path("options"));
    }
    checks(spec.path("checks"), out);
    line(out, "breaker", spec.path("breaker").equals(BREAKER) ? "" : said(spec.path("breaker")));
    line(out, "trigger", said(spec.path("trigger")));
    line(out, "retries", said(spec.path("retries")));
    line(out, "maintenance", said(spec.path("maintenance")));
    JsonNode most = spec.path("maxRecordsPerBatch");
    line(out, "batch", most.asLong() == MOST ? "" : most.asText());
    line(out, "may change", list(spec.path("allowedChanges")));
    catalog
        .filter(state -> !text(state, "state").equals("off"))
        .ifPresent(state -> line(out, "catalog", catalog(state)));
    out.println();
    TextTable columns = new TextTable(List.of("column", "type", "nullable", "path", "comment"));
    for (JsonNode column : spec.path("columns")) {
      columns.row(
          text(column, "name"),
          text(column, "type"),
          text(column, "nullable"),
          text(column, "path"),
          text(column, "comment"));
    }
    columns.print(out, "");
  }

  private static void checks(JsonNode checks, PrintStream out) {
    JsonNode schema = checks.path("jsonSchema");
    if (!schema.isMissingNode()) {
      ObjectNode without = schema.deepCopy();
      line(out, "check", "json schema " + without.without("schema"));
    }
    JsonNode time = checks.path("eventTime");
    line(out, "check", time.isMissingNode() ? "" : "event time " + time);
    for (JsonNode each : checks.path("expectations")) {
      line(
          out,
          "check",
          "%s: %s, else %s"
              .formatted(text(each, "name"), text(each, "expression"), text(each, "policy")));
    }
  }

  /** What a delete does is of interest where rows are merged. */
  private static String deletes(JsonNode write) {
    String when = text(write, "deleteWhen");
    return text(write, "mode").equals("append")
        ? ""
        : text(write, "deletes") + (when.isEmpty() ? "" : ", when " + when);
  }

  static String said(JsonNode value) {
    return value.isContainerNode() && value.isEmpty() || value.isMissingNode()
        ? ""
        : value.isValueNode() ? value.asText() : value.toString();
  }

  private static String version(JsonNode dataset) {
    long version = dataset.path("version").asLong();
    long latest = dataset.path("latestVersion").asLong();
    return "%d, %s%s"
        .formatted(
            version,
            text(dataset, "state"),
            latest > version ? "; the newest, %d, was rejected".formatted(latest) : "");
  }

  static String made(JsonNode dataset) {
    String reason = text(dataset, "reason");
    return "%s by %s: %s%s"
        .formatted(
            Instant.ofEpochMilli(dataset.path("createdAt").asLong()),
            text(dataset, "by"),
            text(dataset, "operation"),
            reason.isEmpty() ? "" : " (" + reason + ")");
  }

  private static String catalog(JsonNode state) {
    String error = text(state, "error");
    return "%s, %s%s"
        .formatted(
            text(state, "table"),
            text(state, "state").replace('_', ' '),
            error.isEmpty() ? "" : ": " + error);
  }

  static void line(PrintStream out, String what, String value) {
    if (!value.isBlank()) {
      out.printf("%-11s %s%n", what, value.replaceAll("\\p{Cntrl}", " "));
    }
  }

  private static String text(JsonNode node, String field) {
    return node.path(field).asText();
  }

  static String list(JsonNode values) {
    StringJoiner joined = new StringJoiner(", ");
    values.forEach(value -> joined.add(value.asText()));
    return joined.toString();
  }

  private static String list(JsonNode one, JsonNode other) {
    return Stream.of(one, other)
        .map(JsonNode::asText)
        .filter(text -> !text.isEmpty())
        .collect(Collectors.joining(", "));
  }
}
