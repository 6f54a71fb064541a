package dev.tributary.core.settings;

import dev.tributary.core.error.NearestName;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;

/** {@code --key value} and {@code --key=value}. */
final class CommandLine {
  private CommandLine() {}

  static GivenValues parse(
      List<String> arguments, Map<String, Setting<?>> known, List<String> problems) {
    GivenValues values = new GivenValues();
    Deque<String> rest = new ArrayDeque<>(arguments);
    while (!rest.isEmpty()) {
      String argument = rest.pop();
      if (!argument.startsWith("--")) {
        problems.add(
            "'%s' (command line) is not a flag. Settings are given as --key value."
                .formatted(argument));
        continue;
      }
      int equals = argument.indexOf('=');
      String key = equals < 0 ? argument.substring(2) : argument.substring(2, equals);
      Setting<?> setting = known.get(key);
      if (setting == null) {
        // Its value is not repeated: a mistyped key may carry a secret.
        problems.add(
            "--%s (command line) is not a setting. %s"
                .formatted(
                    key, NearestName.didYouMean(key, known.keySet(), "--help lists them all.")));
        if (equals < 0 && nextIsValue(rest)) {
          rest.pop();
        }
        continue;
      }
      if (equals >= 0) {
        put(values, setting, argument.substring(equals + 1), problems);
      } else if (setting.arity() == Setting.Arity.FLAG) {
        put(values, setting, nextIsTruth(rest) ? rest.pop() : "true", problems);
      } else if (nextIsValue(rest)) {
        put(values, setting, rest.pop(), problems);
      } else {
        problems.add(
            "%s (command line) has no value. Give one: --%s <%s>."
                .formatted(key, key, setting.type()));
      }
    }
    return values;
  }

  private static void put(
      GivenValues values, Setting<?> setting, String text, List<String> problems) {
    String origin = "command line";
    if (text.isEmpty()) {
      problems.add(
          "%s (%s) is empty. Give a value or leave it out.".formatted(setting.key(), origin));
      return;
    }
    if (!setting.isRepeatable() && values.get(setting.key()).isPresent()) {
      problems.add("%s (%s) is given twice. Give it once.".formatted(setting.key(), origin));
      return;
    }
    values.add(setting.key(), text, origin);
  }

  private static boolean nextIsValue(Deque<String> rest) {
    return !rest.isEmpty() && !rest.peek().startsWith("--");
  }

  private static boolean nextIsTruth(Deque<String> rest) {
    return !rest.isEmpty() && (rest.peek().equals("true") || rest.peek().equals("false"));
  }
}
