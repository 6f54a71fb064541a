package dev.tributary.core.settings;

/** What {@code --help} prints. */
final class HelpText {
  private static final int WIDTH = 100;
  private static final String INDENT = " ".repeat(6);

  private HelpText() {}

  static String of(Program program) {
    StringBuilder text = new StringBuilder();
    text.append("Usage: ").append(program.name()).append(" [--key value]...\n\n");
    text.append(program.purpose()).append('\n');
    for (SettingsGroup group : program.groups()) {
      text.append('\n').append(group.title()).append(":\n");
      group.settings().forEach(setting -> append(text, setting));
    }
    text.append(
        """

        A value comes from its flag, else from the environment variable TRIBUTARY_<KEY> (upper case,
        - and . as _), else from the .env file, else from the settings file, else it is the default.
        """);
    return text.toString();
  }

  private static void append(StringBuilder text, Setting<?> setting) {
    text.append("  --").append(setting.key());
    if (setting.arity() != Setting.Arity.FLAG) {
      text.append(" <").append(setting.type()).append('>');
    }
    text.append('\n');
    int column = 0;
    for (String word : (setting.doc() + remarks(setting)).split(" ")) {
      if (column == 0 || column + 1 + word.length() > WIDTH) {
        text.append(column == 0 ? "" : "\n").append(INDENT).append(word);
        column = INDENT.length() + word.length();
      } else {
        text.append(' ').append(word);
        column += 1 + word.length();
      }
    }
    text.append('\n');
  }

  private static String remarks(Setting<?> setting) {
    StringBuilder remarks = new StringBuilder();
    if (setting.isRequired()) {
      remarks.append(" Required.");
    }
    if (setting.isRepeatable()) {
      remarks.append(" Repeatable.");
    }
    if (!setting.isFromVariables()) {
      remarks.append(" By flag or settings file alone.");
    }
    if (setting.isSecret()) {
      remarks.append(" Secret: env:NAME or file:/path keeps it out of the command line.");
    }
    if (setting.arity() != Setting.Arity.FLAG) {
      setting.defaultText().ifPresent(d -> remarks.append(" Default: ").append(d).append('.'));
    }
    return remarks.toString();
  }
}
