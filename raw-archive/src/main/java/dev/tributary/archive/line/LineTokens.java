package dev.tributary.archive.line;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** What stands in a line around its values, byte by byte as the format has it. */
final class LineTokens {
  static final byte[] OFFSET = ascii(",\"offset\":");
  static final byte[] TIMESTAMP = ascii(",\"timestamp\":");
  static final byte[] TIMESTAMP_TYPE = ascii(",\"timestampType\":\"");
  static final byte[] KEY = ascii(",\"key\":\"");
  static final byte[] KEY_BASE64 = ascii(",\"keyBase64\":\"");
  static final byte[] HEADERS = ascii(",\"headers\":[");
  static final byte[] NULL = ascii("null");
  static final byte[] VALUE = ascii(",\"value\":");
  static final byte[] VALUE_TEXT = ascii(",\"valueText\":\"");
  static final byte[] VALUE_BASE64 = ascii(",\"valueBase64\":\"");
  static final byte[] VALUE_BREAKS = ascii(",\"valueBreaks\":[");

  private LineTokens() {}

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /** How every line of a topic begins, up to the number of its partition. */
  static byte[] prefix(String topic) {
    byte[] name = topic.getBytes(StandardCharsets.UTF_8);
    ByteBuilder prefix = new ByteBuilder();
    prefix.append(ascii("{\"topic\":\""));
    prefix.appendEscaped(name, 0, name.length);
    prefix.append(ascii("\",\"partition\":"));
    return Arrays.copyOf(prefix.bytes(), prefix.length());
  }
}
