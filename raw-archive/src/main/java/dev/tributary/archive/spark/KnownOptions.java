package dev.tributary.archive.spark;

import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.sql.util.CaseInsensitiveStringMap;

/** The names that the connector's options have. Any other is refused, since it would do nothing. */
final class KnownOptions {
  private static final List<String> READ =
      List.of(
          "path",
          "topic",
          "topics",
          "mode",
          "columns",
          "unknownFields",
          "incarnation",
          "maxPartitionBytes");
  private static final List<String> BATCH =
      List.of(
          "fromSequence",
          "toSequence",
          "asOfSequence",
          "fromDate",
          "toDate",
          "startOffsets",
          "endOffsets");
  private static final List<String> STREAM =
      List.of(
          "startingSequence", "maxRecordsPerTrigger", "maxBytesPerTrigger", "maxEntriesPerTrigger");

  /** The last two are Spark's own, which it hands on. */
  private static final List<String> WRITE =
      List.of(
          "path",
          "topics",
          "compression",
          "fileMaxRecords",
          "fileMaxBytes",
          "isolation",
          "holes",
          "runId",
          "application",
          "checkpointLocation",
          "queryName");

  private KnownOptions() {}

  static void checkRead(CaseInsensitiveStringMap options) {
    check(options, Stream.of(READ, BATCH, STREAM).flatMap(List::stream).toList());
  }

  static void checkWrite(CaseInsensitiveStringMap options) {
    check(options, WRITE);
  }

  /** What only a stream understands. */
  static void refuseInBatch(CaseInsensitiveStringMap options) {
    refuse(options, STREAM, "Remove it, or read with readStream.");
  }

  /** What only a batch understands. */
  static void refuseInStream(CaseInsensitiveStringMap options) {
    refuse(options, BATCH, "Remove it; where a stream begins is said by startingSequence.");
  }

  private static void check(CaseInsensitiveStringMap options, List<String> known) {
    for (String name : options.asCaseSensitiveMap().keySet().stream().sorted().toList()) {
      if (known.stream().noneMatch(name::equalsIgnoreCase)) {
        throw ConnectorErrors.unknown(name, known);
      }
    }
  }

  private static void refuse(
      CaseInsensitiveStringMap options, List<String> ineffective, String remedy) {
    ineffective.stream()
        .filter(options::containsKey)
        .findFirst()
        .ifPresent(
            name -> {
              throw ConnectorErrors.ineffective(name, remedy);
            });
  }
}
