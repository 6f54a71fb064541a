package dev.tributary.core.settings;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A file of {@code NAME=value} lines; {@code export} in front, comments, and single or double
 * quotes around a value are understood, nothing is expanded.
 */
final class EnvFile {
  private static final Pattern LINE =
      Pattern.compile("(?:export\\s+)?([A-Za-z_][A-Za-z0-9_]*)\\s*=\\s*(.*)");

  private EnvFile() {}

  static Map<String, String> read(Path file, List<String> problems) {
    Map<String, String> variables = new HashMap<>();
    List<String> lines;
    try {
      lines = Files.readAllLines(file);
    } catch (IOException e) {
      problems.add(
          "The file '%s' cannot be read. Check that it is UTF-8 text and may be read."
              .formatted(file));
      return variables;
    }
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i).trim();
      if (line.isEmpty() || line.startsWith("#")) {
        continue;
      }
      Matcher matcher = LINE.matcher(line);
      if (!matcher.matches()) {
        // The line is not repeated: it may hold a secret.
        problems.add("Line %d of '%s' is not NAME=value. Correct it.".formatted(i + 1, file));
        continue;
      }
      variables.put(matcher.group(1), unquoted(matcher.group(2)));
    }
    return variables;
  }

  private static String unquoted(String value) {
    boolean quoted =
        value.length() >= 2
            && (value.charAt(0) == '"' || value.charAt(0) == '\'')
            && value.charAt(value.length() - 1) == value.charAt(0);
    return quoted ? value.substring(1, value.length() - 1) : value;
  }
}
