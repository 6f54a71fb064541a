package dev.tributary.archive.spark;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.tributary.archive.ManifestEntry;
import dev.tributary.core.json.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;

/**
 * What the driver knew when a batch began, before any file of it was created.
 *
 * @param now epoch milliseconds
 * @param topics what was known of each topic's log; a task that meets another topic asks its log
 */
record BatchStart(long now, Map<String, Base> topics) {
  /**
   * The head that a batch begins from.
   *
   * @param sequence of the head
   * @param incarnation that is current
   * @param ingestTime of the head
   */
  record Base(long sequence, int incarnation, long ingestTime) {
    static Base of(ManifestEntry head) {
      return new Base(head.sequence(), head.incarnation(), head.ingestTime());
    }
  }

  byte[] toJson() {
    try {
      return Json.mapper().writeValueAsBytes(this);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  static BatchStart parse(byte[] json) {
    try {
      return Json.mapper().readValue(json, BatchStart.class);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
