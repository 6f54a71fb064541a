package dev.tributary.archive.spark;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.tributary.archive.Author;
import dev.tributary.archive.GapKind;
import dev.tributary.core.error.NearestName;
import dev.tributary.core.json.Json;
import dev.tributary.core.spec.Compression;
import dev.tributary.core.spec.Isolation;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.apache.spark.sql.util.CaseInsensitiveStringMap;

/**
 * What a sink was asked for.
 *
 * @param fallback where topics go that are not named; empty: they are refused
 * @param topics where topics go that are named
 * @param author of the entries
 * @param holes what offsets are that were not delivered, where the reader does not say
 */
record SinkOptions(
    Optional<Target> fallback, Map<String, Target> topics, Author author, GapKind holes) {
  private static final List<String> TOPIC_FIELDS =
      List.of("path", "compression", "fileMaxRecords", "fileMaxBytes", "isolation");
  private static final long DEFAULT_RECORDS = 5_000_000;
  private static final long DEFAULT_BYTES = 1L << 30;

  /**
   * How a topic is archived.
   *
   * @param archive the folder that holds one folder a topic
   * @param compression of its files
   * @param fileMaxRecords a file is closed at this many records
   * @param fileMaxBytes a file is closed at this many bytes of lines
   * @param isolation that its records were read with; empty: not said
   */
  record Target(
      String archive,
      Compression compression,
      long fileMaxRecords,
      long fileMaxBytes,
      Optional<Isolation> isolation) {}

  static SinkOptions of(CaseInsensitiveStringMap options) {
    KnownOptions.checkWrite(options);
    Optional<Target> fallback =
        Optional.ofNullable(options.get("path"))
            .map(
                path ->
                    new Target(
                        path,
                        compression(options.getOrDefault("compression", "zstd")),
                        positive("fileMaxRecords", options, DEFAULT_RECORDS),
                        positive("fileMaxBytes", options, DEFAULT_BYTES),
                        isolation("isolation", options.getOrDefault("isolation", ""))));
    Map<String, Target> topics = topics(options, fallback);
    if (fallback.isEmpty() && topics.isEmpty()) {
      throw ConnectorErrors.missing("path", "Name the folder that holds one folder a topic.");
    }
    return new SinkOptions(
        fallback,
        topics,
        new Author(
            options.getOrDefault("runId", UUID.randomUUID().toString()),
            options.getOrDefault("application", "raw-archive connector")),
        holes(options.getOrDefault("holes", GapKind.NOT_DELIVERED.label())));
  }

  /** Where a topic goes. */
  Target target(String topic) {
    Target target = topics.get(topic);
    if (target != null) {
      return target;
    }
    return fallback.orElseThrow(
        () ->
            ConnectorErrors.option(
                "topics",
                topics.keySet(),
                "Name the topic %s, too, or give a path.".formatted(topic)));
  }

  private static Map<String, Target> topics(
      CaseInsensitiveStringMap options, Optional<Target> fallback) {
    String json = options.get("topics");
    if (json == null) {
      return Map.of();
    }
    Map<String, Target> topics = new HashMap<>();
    JsonNode tree;
    try {
      tree = Json.mapper().readTree(json);
    } catch (JsonProcessingException e) {
      throw ConnectorErrors.option(
          "topics", json, "Use JSON such as {\"orders\":{\"path\":\"s3a://bucket/raw\"}}.");
    }
    for (Map.Entry<String, JsonNode> topic : tree.properties()) {
      topics.put(topic.getKey(), target(topic.getKey(), topic.getValue(), fallback));
    }
    return Map.copyOf(topics);
  }

  private static Target target(String topic, JsonNode json, Optional<Target> fallback) {
    for (Map.Entry<String, JsonNode> field : json.properties()) {
      if (!TOPIC_FIELDS.contains(field.getKey())) {
        throw ConnectorErrors.option(
            "topics",
            topic + "." + field.getKey(),
            NearestName.didYouMean(
                field.getKey(),
                TOPIC_FIELDS,
                "A topic has the fields %s.".formatted(String.join(", ", TOPIC_FIELDS))));
      }
    }
    String path = json.path("path").asText(fallback.map(Target::archive).orElse(""));
    if (path.isEmpty()) {
      throw ConnectorErrors.option("topics", topic, "Give it a path.");
    }
    String compression = json.path("compression").asText("");
    return new Target(
        path,
        compression.isEmpty()
            ? fallback.map(Target::compression).orElse(Compression.ZSTD)
            : compression(compression),
        positive(
            topic,
            "fileMaxRecords",
            json,
            fallback.map(Target::fileMaxRecords).orElse(DEFAULT_RECORDS)),
        positive(
            topic, "fileMaxBytes", json, fallback.map(Target::fileMaxBytes).orElse(DEFAULT_BYTES)),
        isolation(topic + ".isolation", json.path("isolation").asText(""))
            .or(() -> fallback.flatMap(Target::isolation)));
  }

  private static long positive(String topic, String field, JsonNode json, long byDefault) {
    JsonNode value = json.path(field);
    if (value.isMissingNode() || value.isNull()) {
      return byDefault;
    }
    if (!value.canConvertToLong() || !value.isIntegralNumber() || value.asLong() <= 0) {
      throw ConnectorErrors.option(
          "topics",
          "%s.%s: %s".formatted(topic, field, value),
          "Use a whole number greater than 0.");
    }
    return value.asLong();
  }

  private static long positive(String name, CaseInsensitiveStringMap options, long byDefault) {
    String value = options.get(name);
    if (value == null) {
      return byDefault;
    }
    try {
      long number = Long.parseLong(value.strip());
      if (number > 0) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Refused below, with what it was.
    }
    throw ConnectorErrors.option(name, value, "Use a whole number greater than 0.");
  }

  private static Compression compression(String value) {
    try {
      return Json.mapper().convertValue(value, Compression.class);
    } catch (IllegalArgumentException e) {
      throw ConnectorErrors.option("compression", value, "Use zstd, gzip or none.");
    }
  }

  private static Optional<Isolation> isolation(String name, String value) {
    if (value.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(Json.mapper().convertValue(value, Isolation.class));
    } catch (IllegalArgumentException e) {
      throw ConnectorErrors.option(name, value, "Use read_committed or read_uncommitted.");
    }
  }

  static GapKind holes(String value) {
    try {
      return Json.mapper().convertValue(value, GapKind.class);
    } catch (IllegalArgumentException e) {
      throw ConnectorErrors.option(
          "holes", value, "Use transactional, compacted or not-delivered.");
    }
  }
}
