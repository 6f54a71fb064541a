package dev.tributary.cli.reconcile;

import dev.tributary.archive.ManifestLog;
import dev.tributary.core.spec.SourceSpec;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Which of a source's topics are those of their archives, before any offset is compared.
 *
 * @param strangers why a topic is not the one that its archive holds, by topic
 * @param otherIds the id that Kafka has now, of each topic that is not the one of its archive
 * @param awaited what the source names and neither Kafka nor the archive has, for people
 */
record TopicsCompared(
    Map<String, String> strangers, Map<String, String> otherIds, List<String> awaited) {
  TopicsCompared {
    strangers = Collections.unmodifiableMap(new TreeMap<>(strangers));
    otherIds = Collections.unmodifiableMap(new TreeMap<>(otherIds));
    awaited = List.copyOf(awaited);
  }

  /** Compares with the logs as they were last read. */
  static TopicsCompared of(
      SourceSpec source, KafkaIdentity identity, Map<String, ManifestLog> logs) {
    Map<String, String> strangers = new TreeMap<>();
    Map<String, String> otherIds = new TreeMap<>();
    List<String> awaited = new ArrayList<>();
    logs.forEach(
        (topic, log) -> {
          Optional<String> id = Optional.ofNullable(identity.topicIds().get(topic));
          if (log.knownHead().isEmpty()) {
            if (id.isEmpty()) {
              awaited.add(
                  "topic '%s' is neither in Kafka at %s nor in the archive: create it, or correct source '%s'."
                      .formatted(topic, source.bootstrapServers(), source.name()));
            }
            return;
          }
          identity
              .otherThan(log.genesis())
              .ifPresent(
                  why -> {
                    strangers.put(topic, why);
                    id.ifPresent(now -> otherIds.put(topic, now));
                  });
        });
    if (logs.isEmpty()) {
      awaited.add(
          "no topic has been found yet that matches '%s': create one, start phase 1, or correct source '%s'."
              .formatted(source.topicPattern().orElse(""), source.name()));
    }
    return new TopicsCompared(strangers, otherIds, awaited);
  }
}
