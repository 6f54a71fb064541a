package dev.tributary.archive.spark;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.tributary.archive.Gap;
import dev.tributary.archive.file.ArchiveFile;
import dev.tributary.core.json.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.OptionalInt;
import org.apache.spark.sql.connector.write.WriterCommitMessage;

/** What a task wrote, for the driver to commit. */
record TaskReport(List<Topic> topics) {
  /**
   * What a task wrote of one topic.
   *
   * @param topic its name
   * @param base the sequence of the head that the task's batch began from
   * @param ingestTime for the entry
   * @param files with all records
   * @param ranges that the task read
   */
  record Topic(
      String topic, long base, long ingestTime, List<ArchiveFile> files, List<Range> ranges) {}

  /**
   * A range that a task read.
   *
   * @param planned whether its reader said so; if not, it is what its records span, and begins
   *     wherever the archive ends
   * @param gaps offsets of the range without a record
   * @param leaderEpoch what the reader says of it, {@link dev.tributary.archive.OffsetRange}
   * @param recordEpoch as well
   */
  record Range(
      int incarnation,
      int partition,
      long start,
      long end,
      boolean planned,
      List<Gap> gaps,
      OptionalInt leaderEpoch,
      OptionalInt recordEpoch) {}

  /** As it travels to the driver. */
  static final class Packed implements WriterCommitMessage {
    private static final long serialVersionUID = 1L;

    private final byte[] json;

    private Packed(byte[] json) {
      this.json = json;
    }

    TaskReport unpack() {
      try {
        return Json.mapper().readValue(json, TaskReport.class);
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
