package dev.tributary.archive.spark;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.tributary.core.json.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import org.apache.spark.sql.connector.read.InputPartition;

/**
 * What one task reads.
 *
 * @param files in the order of the log
 * @param selection which of their offsets
 */
record ScanTask(List<FileSlice> files, OffsetSelection selection) {
  /** As it travels to an executor. */
  static final class Packed implements InputPartition {
    private static final long serialVersionUID = 1L;

    private final byte[] json;

    private Packed(byte[] json) {
      this.json = json;
    }

    ScanTask unpack() {
      try {
        return Json.mapper().readValue(json, ScanTask.class);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  Packed pack() {
    try {
      return new Packed(Json.mapper().writeValueAsBytes(this));
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }
}
