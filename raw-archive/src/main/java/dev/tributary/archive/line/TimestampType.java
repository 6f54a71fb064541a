package dev.tributary.archive.line;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import java.nio.charset.StandardCharsets;

/** What a record's timestamp means, as Kafka numbers and names it. */
public enum TimestampType {
  /** The record has no timestamp. */
  NONE(-1, "NoTimestampType"),
  /** The producer set it. */
  CREATE_TIME(0, "CreateTime"),
  /** The broker set it. */
  LOG_APPEND_TIME(1, "LogAppendTime");

  private final int id;
  private final String label;
  private final byte[] utf8;

  TimestampType(int id, String label) {
    this.id = id;
    this.label = label;
    this.utf8 = label.getBytes(StandardCharsets.US_ASCII);
  }

  /** Kafka's number. */
  public int id() {
    return id;
  }

  /** Kafka's name, as it stands in a line. */
  public String label() {
    return label;
  }

  byte[] utf8() {
    return utf8;
  }

  /** The type of Kafka's number. */
  public static TimestampType of(int id) {
    return switch (id) {
      case -1 -> NONE;
      case 0 -> CREATE_TIME;
      case 1 -> LOG_APPEND_TIME;
      default ->
          throw new TributaryException(
              ErrorCode.FORMAT_UNKNOWN,
              "The timestamp type %d is none that Kafka has. Use -1, 0 or 1.".formatted(id));
    };
  }
}
