package dev.tributary.metastore.api;

import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.WriteMode;
import dev.tributary.metastore.change.Datasets.Written;
import java.util.StringJoiner;
import java.util.regex.Pattern;

/** The command that writes a range of a table again. */
final class Repair {
  private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_@%+=:,./-]+");
  private static final String APPEND_ONLY = "delta.appendOnly";

  private Repair() {}

  /**
   * The command. It names the version: without it the one in force would write the range again,
   * which until a driver has taken the new one up is the one that was left.
   *
   * @param written by topic the first manifest entry that is to be written again
   * @param spec the dataset: where no range of its table can be replaced, the whole of it is
   *     written into another table
   * @param version which version of the dataset that is
   */
  static String command(Written written, DatasetSpec spec, long version) {
    StringJoiner command = new StringJoiner(" ");
    command.add("./tributary backfill --dataset").add(spec.name());
    if (!replaceable(spec) || written.merged()) {
      return command
          .add("--mode fill --version %d --into".formatted(version))
          .add(quoted(spec.target().path() + "_again"))
          .toString();
    }
    command.add("--mode replace --version %d".formatted(version));
    written
        .since()
        .properties()
        .forEach(
            topic ->
                command.add("--from-sequence %s=%s".formatted(topic.getKey(), topic.getValue())));
    return command.toString();
  }

  /**
   * A row of a table of keys comes from all events of its key, a combined one from several records,
   * and Delta removes none where rows may only be appended.
   */
  private static boolean replaceable(DatasetSpec spec) {
    boolean appendOnly =
        spec.target().properties().entrySet().stream()
            .anyMatch(
                property ->
                    property.getKey().equalsIgnoreCase(APPEND_ONLY)
                        && property.getValue().equalsIgnoreCase("true"));
    return spec.write().mode() == WriteMode.APPEND && !spec.combines() && !appendOnly;
  }

  /** As a shell takes it. */
  private static String quoted(String text) {
    return PLAIN.matcher(text).matches() ? text : "'" + text.replace("'", "'\\''") + "'";
  }
}
