package dev.tributary.phase1;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.tributary.archive.Author;
import dev.tributary.core.json.Json;
import dev.tributary.core.spec.ArchiveSpec;
import dev.tributary.core.spec.SourceSpec;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The archive's settings of every topic, as the archive's sink takes them. */
final class SinkOptions {
  private record TopicOptions(
      String path, String compression, long fileMaxRecords, long fileMaxBytes, String isolation) {}

  private SinkOptions() {}

  static Map<String, String> of(List<SourceSpec> sources, Author author) {
    Map<String, TopicOptions> topics = new TreeMap<>();
    for (SourceSpec source : sources) {
      ArchiveSpec archive = source.archive();
      TopicOptions options =
          new TopicOptions(
              archive.location(),
              compression(archive),
              archive.fileMaxRecords(),
              archive.fileMaxBytes(),
              source.isolation().kafkaName());
      source.topics().forEach(topic -> topics.put(topic, options));
    }
    try {
      return Map.of(
          "path", sources.get(0).archive().location(),
          "topics", Json.mapper().writeValueAsString(topics),
          "runId", author.run(),
          "application", author.application());
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String compression(ArchiveSpec archive) {
    return Json.mapper().convertValue(archive.compression(), String.class);
  }
}
