package dev.tributary.archive.spark;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import dev.tributary.core.json.Json;
import java.time.LocalDate;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.apache.spark.sql.util.CaseInsensitiveStringMap;

/**
 * What a reader was asked for.
 *
 * @param archive the folder that holds one folder a topic
 * @param topics at least one
 * @param fromSequence the first manifest entry
 * @param toSequence the last manifest entry
 * @param asOfSequence the entry as of which the archive is read; empty: the newest
 * @param fromDate the first day of ingest, UTC
 * @param toDate the last
 * @param startOffsets the first offset by topic and partition
 * @param endOffsets by topic and partition, exclusive
 * @param incarnation that the offsets are of; empty: the current one
 * @param startingSequence where a stream begins: the next entry by topic; empty: the latest
 * @param limits of a micro-batch
 * @param maxPartitionBytes stored bytes that one task reads, at most
 */
record ReadOptions(
    String archive,
    List<String> topics,
    OptionalLong fromSequence,
    OptionalLong toSequence,
    OptionalLong asOfSequence,
    Optional<LocalDate> fromDate,
    Optional<LocalDate> toDate,
    Map<String, Map<Integer, Long>> startOffsets,
    Map<String, Map<Integer, Long>> endOffsets,
    OptionalInt incarnation,
    Optional<Map<String, Long>> startingSequence,
    BatchLimits limits,
    long maxPartitionBytes) {
  private static final long DEFAULT_PARTITION_BYTES = 64L << 20;

  static ReadOptions of(CaseInsensitiveStringMap options) {
    KnownOptions.checkRead(options);
    List<String> topics = topics(options);
    return new ReadOptions(
        required(options, "path", "Name the folder that holds one folder a topic."),
        topics,
        number(options, "fromSequence"),
        number(options, "toSequence"),
        number(options, "asOfSequence"),
        date(options, "fromDate"),
        date(options, "toDate"),
        offsets(options, "startOffsets"),
        offsets(options, "endOffsets"),
        number(options, "incarnation").stream().mapToInt(Math::toIntExact).findFirst(),
        startingSequence(options, topics),
        new BatchLimits(
            positive(options, "maxRecordsPerTrigger"),
            positive(options, "maxBytesPerTrigger"),
            positive(options, "maxEntriesPerTrigger")),
        positive(options, "maxPartitionBytes").orElse(DEFAULT_PARTITION_BYTES));
  }

  /** Whether only some offsets are wanted. */
  boolean selectsOffsets() {
    return !startOffsets.isEmpty() || !endOffsets.isEmpty();
  }

  private static String required(CaseInsensitiveStringMap options, String name, String remedy) {
    String value = options.get(name);
    if (value == null || value.isBlank()) {
      throw ConnectorErrors.missing(name, remedy);
    }
    return value;
  }

  private static List<String> topics(CaseInsensitiveStringMap options) {
    String one = options.get("topic");
    String several = options.get("topics");
    if (one != null && several != null) {
      throw ConnectorErrors.option("topics", several, "Give topic or topics, not both.");
    }
    String value = one == null ? several : one;
    if (value == null || value.isBlank()) {
      throw ConnectorErrors.missing("topic", "Name the topic, or several as topics=a,b.");
    }
    return Arrays.stream(value.split(",")).map(String::strip).distinct().toList();
  }

  private static OptionalLong number(CaseInsensitiveStringMap options, String name) {
    String value = options.get(name);
    if (value == null) {
      return OptionalLong.empty();
    }
    try {
      long number = Long.parseLong(value.strip());
      if (number >= 0) {
        return OptionalLong.of(number);
      }
    } catch (NumberFormatException e) {
      // Refused below, with what it was.
    }
    throw ConnectorErrors.option(name, value, "Use a whole number, 0 or greater.");
  }

  private static OptionalLong positive(CaseInsensitiveStringMap options, String name) {
    OptionalLong number = number(options, name);
    if (number.isPresent() && number.getAsLong() == 0) {
      throw ConnectorErrors.option(name, 0, "Use a whole number greater than 0.");
    }
    return number;
  }

  private static Optional<LocalDate> date(CaseInsensitiveStringMap options, String name) {
    String value = options.get(name);
    if (value == null) {
      return Optional.empty();
    }
    try {
      return Optional.of(LocalDate.parse(value.strip()));
    } catch (DateTimeParseException e) {
      throw ConnectorErrors.option(name, value, "Use a day such as 2026-11-21 (UTC).");
    }
  }

  private static Map<String, Map<Integer, Long>> offsets(
      CaseInsensitiveStringMap options, String name) {
    return json(
            options,
            name,
            new TypeReference<Map<String, Map<Integer, Long>>>() {},
            "Use JSON such as {\"orders\":{\"0\":17,\"1\":0}}.")
        .orElse(Map.of());
  }

  private static Optional<Map<String, Long>> startingSequence(
      CaseInsensitiveStringMap options, List<String> topics) {
    String value = options.getOrDefault("startingSequence", "earliest").strip();
    if (value.equals("earliest")) {
      return Optional.of(Map.of());
    }
    if (value.equals("latest")) {
      return Optional.empty();
    }
    if (topics.size() == 1 && !value.startsWith("{")) {
      return Optional.of(Map.of(topics.get(0), number(options, "startingSequence").orElseThrow()));
    }
    return json(
        options,
        "startingSequence",
        new TypeReference<Map<String, Long>>() {},
        "Use earliest, latest or JSON such as {\"orders\":15}.");
  }

  private static <T> Optional<T> json(
      CaseInsensitiveStringMap options, String name, TypeReference<T> type, String remedy) {
    String value = options.get(name);
    if (value == null) {
      return Optional.empty();
    }
    try {
      return Optional.of(Json.mapper().readValue(value, type));
    } catch (JsonProcessingException e) {
      throw ConnectorErrors.option(name, value, remedy);
    }
  }
}
