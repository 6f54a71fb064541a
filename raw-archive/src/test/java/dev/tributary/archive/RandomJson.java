package dev.tributary.archive;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Random;

/** Random JSON documents and random bytes of every kind that the archive has to keep. */
public final class RandomJson {
  private static final String[] STRINGS = {
    "",
    "plain",
    "a longer string of plain text",
    "\\\"",
    "\\\\",
    "\\u0000",
    "\\ud83d\\ude00",
    "\\ud800",
    "é",
    "日本語",
    "😀",
    "\u2028",
    "\u2029",
    "\u007f",
    "\\n\\r\\t\\b\\f\\/",
    "x\\u000Ay",
    "valueBreaks",
    ",\\\"valueBreaks\\\":[1]",
    "]}",
    "a\ufeffb"
  };
  private static final String[] NUMBERS = {
    "0",
    "-0",
    "1",
    "-12",
    "12.75",
    "1e5",
    "1E+05",
    "-1.5e-10",
    "1234567890123456789",
    "1234567890123456789012345678901234567890",
    "0.1234567890123456789012345678901234567890",
    "1e999",
    "0.0"
  };
  private static final String[] NAMES = {
    "a", "b", "id", "value", "valueBreaks", "topic", "", "é", "\\u0061", "a b", "quote\\\"d"
  };
  private static final String[] SPACES = {
    "", "", "", " ", "\n", "\r\n", "\r", "\t", "\n  ", " \n\n\r "
  };

  private final Random random;
  private final StringBuilder text = new StringBuilder();

  private RandomJson(Random random) {
    this.random = random;
  }

  /** A valid document of any kind. */
  public static String document(Random random) {
    RandomJson json = new RandomJson(random);
    json.space();
    json.value(random.nextInt(5));
    json.space();
    return json.text.toString();
  }

  /** A value's bytes of any kind. */
  public static byte[] bytes(Random random) {
    return switch (random.nextInt(12)) {
      case 0 -> noise(random, random.nextInt(40));
      case 1 -> utf8("");
      case 2 ->
          utf8("plain text " + pick(random, STRINGS) + pick(random, SPACES) + "\u0000\u0001\u001f");
      case 3 -> utf8("[".repeat(random.nextInt(600)));
      case 4 -> nested(random, 495 + random.nextInt(10));
      case 5 -> utf8("9".repeat(498 + random.nextInt(5)));
      case 6 -> mutated(random, utf8(document(random)));
      case 7 -> utf8("\ufeff" + document(random));
      case 8 -> utf8("[1,2,-3]");
      default -> utf8(document(random));
    };
  }

  /** The bytes with a few of them changed, removed, repeated or inserted. */
  public static byte[] mutated(Random random, byte[] original) {
    byte[] bytes = original;
    for (int change = random.nextInt(3); change >= 0; change--) {
      int at = random.nextInt(bytes.length + 1);
      int removed = random.nextInt(Math.min(3, bytes.length - at + 1));
      byte[] inserted = random.nextBoolean() ? noise(random, random.nextInt(3)) : structure(random);
      ByteArrayOutputStream changed = new ByteArrayOutputStream();
      changed.write(bytes, 0, at);
      changed.writeBytes(inserted);
      changed.write(bytes, at + removed, bytes.length - at - removed);
      bytes = changed.toByteArray();
    }
    return bytes;
  }

  private static byte[] structure(Random random) {
    String[] pieces = {
      "{", "}", "[", "]", ",", ":", "\"", "\\", "0", "-", ".", "e", "true", "nul", "\n", "\u0000",
      "\\u12", "é"
    };
    return utf8(pick(random, pieces));
  }

  private static byte[] nested(Random random, int depth) {
    String opening = random.nextBoolean() ? "[" : "{\"a\":";
    String closing = opening.equals("[") ? "]" : "}";
    return utf8(opening.repeat(depth) + "1" + closing.repeat(depth));
  }

  private static byte[] noise(Random random, int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  private void value(int depth) {
    switch (depth == 0 ? 2 + random.nextInt(4) : random.nextInt(6)) {
      case 0 -> object(depth - 1);
      case 1 -> array(depth - 1);
      case 2 -> text.append(pick(random, NUMBERS));
      case 3 -> text.append(random.nextLong());
      case 4 -> string();
      default -> text.append(pick(random, new String[] {"true", "false", "null"}));
    }
  }

  private void object(int depth) {
    text.append('{');
    space();
    int fields = random.nextInt(5);
    for (int field = 0; field < fields; field++) {
      text.append(field == 0 ? "" : ",");
      space();
      text.append('"').append(pick(random, NAMES)).append('"');
      space();
      text.append(':');
      space();
      value(depth);
      space();
    }
    text.append('}');
  }

  private void array(int depth) {
    text.append('[');
    space();
    int elements = random.nextInt(5);
    for (int element = 0; element < elements; element++) {
      text.append(element == 0 ? "" : ",");
      space();
      value(depth);
      space();
    }
    text.append(']');
  }

  private void string() {
    text.append('"');
    for (int piece = random.nextInt(3); piece >= 0; piece--) {
      text.append(pick(random, STRINGS));
    }
    text.append('"');
  }

  private void space() {
    text.append(pick(random, SPACES));
  }

  private static String pick(Random random, String[] of) {
    return of[random.nextInt(of.length)];
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
