package dev.tributary.archive;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.json.Json;
import java.io.IOException;
import java.io.UncheckedIOException;

/** Manifest entries to JSON and back. */
final class ManifestCodec {
  // Fields that a later release adds to a known kind are ignored, as the format demands.
  private static final ObjectReader READER =
      Json.mapper()
          .readerFor(ManifestEntry.class)
          .without(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

  private ManifestCodec() {}

  static byte[] write(ManifestEntry entry) {
    try {
      return Json.mapper().writeValueAsBytes(entry);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Reads an entry.
   *
   * @param where the log, for the message
   */
  static ManifestEntry read(byte[] content, long sequence, Object where) {
    ManifestEntry entry;
    try {
      entry = READER.readValue(content);
    } catch (IOException e) {
      throw refusal(content, sequence, where, e);
    }
    requireFormat(entry.format(), sequence, where);
    if (entry.sequence() != sequence) {
      throw corrupt(sequence, where, "it says that it is entry " + entry.sequence(), null);
    }
    return entry;
  }

  /** Why an entry that does not parse is refused: a later format may look like anything. */
  private static TributaryException refusal(
      byte[] content, long sequence, Object where, IOException cause) {
    JsonNode tree;
    try {
      tree = Json.mapper().readTree(content);
    } catch (IOException e) {
      return corrupt(sequence, where, "it is not JSON", e);
    }
    requireFormat(tree.path("format").asInt(), sequence, where);
    String kind = tree.path("kind").asText();
    try {
      Json.mapper().convertValue(kind, EntryKind.class);
    } catch (IllegalArgumentException e) {
      return new TributaryException(
          ErrorCode.FORMAT_UNKNOWN,
          "Entry %d of %s is of the kind '%s', which this release does not know. Use the release that wrote it or a later one."
              .formatted(sequence, where, kind),
          e);
    }
    for (Throwable next = cause; next != null; next = next.getCause()) {
      if (next instanceof TributaryException own) {
        return own;
      }
    }
    return corrupt(sequence, where, "its fields are not those of an entry", cause);
  }

  private static void requireFormat(int format, long sequence, Object where) {
    if (format < 1 || format > ManifestEntry.FORMAT) {
      throw new TributaryException(
          ErrorCode.FORMAT_UNKNOWN,
          "Entry %d of %s has the format %d; this release reads up to %d. Use the release that wrote it or a later one."
              .formatted(sequence, where, format, ManifestEntry.FORMAT));
    }
  }

  private static TributaryException corrupt(
      long sequence, Object where, String problem, Throwable cause) {
    return new TributaryException(
        ErrorCode.LOG_CORRUPT,
        "Entry %d of %s cannot be used: %s. Restore the object from a backup or an object version."
            .formatted(sequence, where, problem),
        cause);
  }
}
