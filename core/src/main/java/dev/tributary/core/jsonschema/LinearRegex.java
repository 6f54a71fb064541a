package dev.tributary.core.jsonschema;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import com.networknt.schema.regex.RegularExpression;
import com.networknt.schema.regex.RegularExpressionFactory;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.regex.Matcher;

/**
 * Regular expressions whose time grows with the text's length and no faster, whatever they are and
 * whatever the text: those of RE2, which has neither look-around nor back references.
 */
final class LinearRegex implements RegularExpressionFactory {
  private static final int MOST_STATES = 10_000;

  private static final java.util.regex.Pattern UNICODE_ESCAPE =
      java.util.regex.Pattern.compile("(?<!\\\\)((?:\\\\\\\\)*)\\\\u([0-9a-fA-F]{4})");
  private static final java.util.regex.Pattern REPETITION =
      java.util.regex.Pattern.compile("\\{(\\d{1,6})(?:,(\\d{0,6}))?\\}");

  /**
   * Compiles an expression. ECMA-262's escape of a character by four hex digits is taken too.
   *
   * @throws PatternSyntaxException for what RE2 does not have, and for what becomes too great
   */
  static Pattern compile(String regex) {
    if (regex.contains("\\Q")) {
      throw new PatternSyntaxException("no quotation by \\Q", regex);
    }
    if (states(regex) > MOST_STATES) {
      throw new PatternSyntaxException("its repetitions multiply to too many", regex);
    }
    return Pattern.compile(UNICODE_ESCAPE.matcher(regex).replaceAll("$1\\\\x{$2}"));
  }

  /** About how many states the automaton has: a repetition is as many copies of what it repeats. */
  private static long states(String regex) {
    Deque<Long> outer = new ArrayDeque<>();
    Matcher repetition = REPETITION.matcher(regex);
    long sum = 0;
    long last = 0;
    for (int i = 0; i < regex.length() && sum <= MOST_STATES; i++) {
      char c = regex.charAt(i);
      if (c == '(') {
        outer.push(sum);
        sum = 0;
        continue;
      }
      if (c == '{' && repetition.region(i, regex.length()).lookingAt()) {
        long times = Math.max(times(repetition.group(1)), times(repetition.group(2)));
        sum += last * (times - 1);
        last *= times;
        i = repetition.end() - 1;
        continue;
      }
      if (c == ')') {
        last = sum + 1;
        sum = (outer.isEmpty() ? 0 : outer.pop()) + last;
        continue;
      }
      i = c == '[' ? endOfClass(regex, i) : c == '\\' ? i + 1 : i;
      last = 1;
      sum++;
    }
    return outer.stream().mapToLong(Long::longValue).sum() + sum;
  }

  private static long times(String digits) {
    return digits == null || digits.isEmpty() ? 1 : Math.max(1, Long.parseLong(digits));
  }

  private static int endOfClass(String regex, int start) {
    int i = start + 1;
    i += regex.startsWith("^", i) ? 1 : 0;
    i += regex.startsWith("]", i) ? 1 : 0;
    while (i < regex.length() && regex.charAt(i) != ']') {
      int posix = regex.startsWith("[:", i) ? regex.indexOf(":]", i) : -1;
      i = posix >= 0 ? posix + 2 : regex.charAt(i) == '\\' ? i + 2 : i + 1;
    }
    return i;
  }

  @Override
  public RegularExpression getRegularExpression(String regex) {
    Pattern pattern = compile(regex);
    return text -> pattern.matcher(text).find();
  }
}
