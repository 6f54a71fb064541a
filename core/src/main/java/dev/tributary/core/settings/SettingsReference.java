package dev.tributary.core.settings;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The generated reference of programs' settings. Each program has a section of its own in one
 * document, between two marks, so that each module keeps its own up to date.
 */
public final class SettingsReference {
  private static final String HEAD =
      """
      # Settings

      Generated from the declarations in the code: do not edit. A value comes from its flag, else from
      the environment, else from the `.env` file, else from the YAML file that `--settings` names, else
      it is the default. `--show-config` prints each value and where it came from.
      """;

  private SettingsReference() {}

  /** The section of a program, its marks included. */
  public static String markdown(Program program) {
    StringBuilder text = new StringBuilder();
    text.append(begin(program)).append("\n## ").append(program.name()).append("\n\n");
    text.append(program.purpose()).append('\n');
    for (SettingsGroup group : program.groups()) {
      text.append("\n### ").append(group.title()).append("\n\n");
      text.append("| key | type | default | what it is |\n|---|---|---|---|\n");
      group.settings().forEach(setting -> text.append(row(setting)));
    }
    return text.append(end(program)).append('\n').toString();
  }

  private static String row(Setting<?> setting) {
    String remarks =
        (setting.isRequired() ? " Required." : "")
            + (setting.isRepeatable() ? " Repeatable." : "")
            + (setting.isFromVariables() ? "" : " By flag or settings file alone.")
            + (setting.isSecret() ? " Secret." : "");
    return "| `%s` | %s | %s | %s |\n"
        .formatted(
            setting.key(),
            cell(setting.type()),
            setting.defaultText().map(d -> "`" + cell(d) + "`").orElse(""),
            cell(setting.doc() + remarks));
  }

  private static String cell(String text) {
    return text.replace("|", "\\|");
  }

  private static String begin(Program program) {
    return "<!-- begin " + program.name() + " -->";
  }

  private static String end(Program program) {
    return "<!-- end " + program.name() + " -->";
  }

  /**
   * For tests: refuses a document whose section is not what the declarations say. With the system
   * property {@code tributary.docs.update=true} it writes the section instead.
   *
   * @throws IllegalStateException the section is stale; the message says how to renew it
   */
  public static void requireCurrent(Path document, Program program) {
    boolean update = Boolean.getBoolean("tributary.docs.update");
    requireCurrent(document, program, update ? WhenStale.RENEW : WhenStale.REFUSE);
  }

  /** What becomes of a stale section. */
  enum WhenStale {
    REFUSE,
    RENEW
  }

  static void requireCurrent(Path document, Program program, WhenStale whenStale) {
    String section = markdown(program);
    String current = read(document);
    if (current.contains(section)) {
      return;
    }
    if (whenStale == WhenStale.REFUSE) {
      throw new IllegalStateException(
          "The section %s of %s is stale. Run its test once more with -Dtributary.docs.update=true."
              .formatted(program.name(), document));
    }
    write(document, replaced(current.isEmpty() ? HEAD : current, program, section));
  }

  private static String replaced(String current, Program program, String section) {
    int from = current.indexOf(begin(program));
    int to = current.indexOf(end(program));
    if (from < 0 || to < 0) {
      return current + "\n" + section;
    }
    return current.substring(0, from) + section + current.substring(to + end(program).length() + 1);
  }

  private static String read(Path document) {
    try {
      return Files.exists(document) ? Files.readString(document) : "";
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void write(Path document, String text) {
    try {
      Files.writeString(document, text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
