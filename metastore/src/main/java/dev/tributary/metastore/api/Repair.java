package dev.tributary.metastore.api;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.StringJoiner;

/** The command that writes a range of a table again. */
final class Repair {
  private Repair() {}

  static String command(String table, JsonNode since) {
    StringJoiner command = new StringJoiner(" ");
    command.add("./tributary backfill --dataset").add(table).add("--mode replace");
    since
        .properties()
        .forEach(
            topic ->
                command.add("--from-sequence %s=%s".formatted(topic.getKey(), topic.getValue())));
    return command.toString();
  }
}
