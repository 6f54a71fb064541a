package dev.tributary.metastore.api;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.WriteMode;
import java.util.StringJoiner;

/** The command that writes a range of a table again. */
final class Repair {
  private Repair() {}

  /**
   * The command.
   *
   * @param since by topic the first manifest entry that is to be written again
   * @param spec the dataset: a row of a table of keys comes from all events of its key, so that the
   *     whole of them is written into another table
   */
  static String command(JsonNode since, DatasetSpec spec) {
    StringJoiner command = new StringJoiner(" ");
    command.add("./tributary backfill --dataset").add(spec.name());
    if (spec.write().mode() != WriteMode.APPEND) {
      return command.add("--mode fill --into %s_again".formatted(spec.target().path())).toString();
    }
    command.add("--mode replace");
    since
        .properties()
        .forEach(
            topic ->
                command.add("--from-sequence %s=%s".formatted(topic.getKey(), topic.getValue())));
    return command.toString();
  }
}
