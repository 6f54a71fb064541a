package dev.tributary.cli.quarantine;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.tributary.archive.line.LineView;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;

/**
 * The value of a record as the raw archive holds it, or the quarantine: text, base64, or a reason
 * why there is none.
 *
 * @param text the value's beginning, where it is text
 * @param base64 of the value's beginning, where it is not
 * @param bytes how many the whole value has
 * @param cut whether more follows
 * @param absent why there is neither
 */
public record ArchivedValue(
    Optional<String> text,
    Optional<String> base64,
    long bytes,
    boolean cut,
    Optional<Absence> absent) {

  /** Why there is no value. */
  public enum Absence {
    /** The record never had one. */
    @JsonProperty("tombstone")
    TOMBSTONE("none: the record is a tombstone"),
    /** Retention removed the record, and the quarantine does not hold its value. */
    @JsonProperty("expired")
    EXPIRED("expired: retention removed the record from the archive"),
    /** The record was taken out. */
    @JsonProperty("erased")
    ERASED("erased: the record was taken out of the archive");

    private final String words;

    Absence(String words) {
      this.words = words;
    }

    /** For people. */
    public String words() {
      return words;
    }
  }

  static ArchivedValue none(Absence why) {
    return new ArchivedValue(Optional.empty(), Optional.empty(), 0, false, Optional.of(why));
  }

  /** At most so many bytes of a record's value; of text only whole characters. */
  static ArchivedValue of(LineView line, int most) {
    if (line.isTombstone()) {
      return none(Absence.TOMBSTONE);
    }
    boolean binary = line.valueKind() == LineView.ValueKind.BINARY;
    return of(line.valueArray(), line.valueStart(), line.valueLength(), binary, most);
  }

  /** The same of a text. */
  static ArchivedValue ofText(String text, int most) {
    byte[] value = text.getBytes(StandardCharsets.UTF_8);
    return of(value, 0, value.length, false, most);
  }

  /** The same of base64. */
  static ArchivedValue ofBase64(String base64, int most) {
    byte[] value = Base64.getDecoder().decode(base64);
    return of(value, 0, value.length, true, most);
  }

  private static ArchivedValue of(byte[] array, int start, int length, boolean binary, int most) {
    int shown = Math.min(length, most);
    while (!binary && shown < length && shown > 0 && (array[start + shown] & 0xC0) == 0x80) {
      shown--;
    }
    byte[] head = Arrays.copyOfRange(array, start, start + shown);
    return new ArchivedValue(
        binary ? Optional.empty() : Optional.of(new String(head, StandardCharsets.UTF_8)),
        binary ? Optional.of(Base64.getEncoder().encodeToString(head)) : Optional.empty(),
        length,
        shown < length,
        Optional.empty());
  }
}
