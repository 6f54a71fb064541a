package dev.tributary.core.spec;

import java.util.regex.Pattern;

/** A text that a regular expression may look at only so often: some would try for ever. */
final class BoundedText implements CharSequence {
  private static final int MOST_LOOKS = 1_000_000;

  private final String text;
  private final String pattern;
  private int looks;

  private BoundedText(String text, String pattern) {
    this.text = text;
    this.pattern = pattern;
  }

  /** Whether the whole text matches; SPEC_INVALID where the pattern does not come to an end. */
  static boolean matches(String pattern, String text) {
    return Pattern.compile(pattern).matcher(new BoundedText(text, pattern)).matches();
  }

  @Override
  public char charAt(int index) {
    if (++looks > MOST_LOOKS) {
      throw SpecChecks.invalid(
          "topicPattern",
          pattern,
          "It tries too many ways to match '%s'; write it without repetitions of repetitions."
              .formatted(text));
    }
    return text.charAt(index);
  }

  @Override
  public int length() {
    return text.length();
  }

  @Override
  public CharSequence subSequence(int start, int end) {
    return text.subSequence(start, end);
  }

  @Override
  public String toString() {
    return text;
  }
}
