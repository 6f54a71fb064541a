package dev.tributary.cli.propose;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.infer.MessageColumns;
import dev.tributary.core.json.Json;
import dev.tributary.core.spec.ColumnSpec;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** The file of one dataset that fits a sample of its topic. Not thread-safe. */
public final class Proposal {
  private static final int LONGEST_NAME = 63;

  private final String topic;
  private final MessageColumns columns = new MessageColumns();
  private final Set<String> keys = new HashSet<>();
  private long records;
  private long unusable;
  private long tombstones;
  private long keyed;

  /** A proposal for a topic. */
  public Proposal(String topic) {
    this.topic = topic;
  }

  /** Takes records into account. */
  public Proposal see(List<ConsumerRecord<byte[], byte[]>> sample) {
    sample.forEach(this::see);
    return this;
  }

  private void see(ConsumerRecord<byte[], byte[]> record) {
    records++;
    if (record.key() != null) {
      keyed++;
      keys.add(new String(record.key(), StandardCharsets.ISO_8859_1));
    }
    if (record.value() == null) {
      tombstones++;
      return;
    }
    try {
      JsonNode message = Json.mapper().readTree(record.value());
      if (message.isObject()) {
        columns.add(message);
        return;
      }
    } catch (IOException e) {
      // Counted as what it is: no JSON.
    }
    unusable++;
  }

  /**
   * The file, for {@code tributary apply}.
   *
   * @throws TributaryException TOPIC_NOT_FOUND where no record has a JSON object as its value
   */
  public String yaml(Cluster cluster, String archive, String target) {
    if (columns.messages() == 0) {
      throw TributaryException.of(
          ErrorCode.TOPIC_NOT_FOUND,
          "Of %d records of the topic '%s' none is a JSON object, so there is nothing to propose."
              .formatted(records, topic),
          "Name a topic that holds some, or write the columns by hand.");
    }
    String name = nameOf(topic);
    StringBuilder yaml = new StringBuilder();
    yaml.append(
        "# Proposed from %d records of %s: %d JSON objects, %d others, %d tombstones.\n"
            .formatted(records, topic, columns.messages(), unusable, tombstones));
    yaml.append(
        "# Read from Kafka at %s: %s.\n"
            .formatted(cluster.bootstrapServers(), cluster.known().replaceAll("\\p{Cntrl}", " ")));
    yaml.append("# Look through it: a sample does not show what is rare.\n");
    yaml.append("datasets:\n  %s:\n".formatted(name));
    cluster
        .source()
        .ifPresentOrElse(
            keeper -> yaml.append("    source: %s\n".formatted(quoted(keeper))),
            () -> yaml.append(source(cluster, archive)));
    yaml.append("    target: {path: %s}\n".formatted(quoted(target + "/" + name)));
    yaml.append("    columns:\n");
    for (ColumnSpec column : named(columns.columns())) {
      yaml.append(
          "      - {name: %s, type: %s%s}\n"
              .formatted(
                  quoted(column.name()),
                  quoted(column.type()),
                  column.path().map(path -> ", path: " + quoted(path)).orElse("")));
    }
    if (keyed == records && keys.size() < records || tombstones > 0) {
      yaml.append("    # Keys repeat or are deleted; for a row a key name the key's columns:\n");
      yaml.append("    # write: {mode: upsert, primaryKey: [...], orderBy: [...]}\n");
    }
    return yaml.append("    write: {mode: append}\n").toString();
  }

  private String source(Cluster cluster, String archive) {
    String options =
        cluster.kafkaOptions().isEmpty()
            ? ""
            : "      kafkaOptions: %s\n".formatted(quoted(cluster.kafkaOptions()));
    return "    source:\n      topic: %s\n      bootstrapServers: %s\n%s      archive: {location: %s}\n"
        .formatted(quoted(topic), quoted(cluster.bootstrapServers()), options, quoted(archive));
  }

  /** A dataset's name that is like the topic's. */
  private static String nameOf(String topic) {
    String plain =
        topic.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "_").replaceFirst("^_+", "");
    String name = plain.matches("[a-z].*") ? plain : "topic_" + plain;
    return name.substring(0, Math.min(name.length(), LONGEST_NAME));
  }

  /**
   * The columns under names that a table can have: some are the platform's own, and names are
   * compared ignoring case.
   */
  private static List<ColumnSpec> named(List<ColumnSpec> columns) {
    Set<String> taken = new HashSet<>();
    List<ColumnSpec> named = new ArrayList<>();
    for (ColumnSpec column : columns) {
      String name = column.name().isBlank() ? "unnamed" : column.name();
      for (int i = 2; ColumnSpec.reserved(name) || taken.contains(folded(name)); i++) {
        name = column.name() + "_" + i;
      }
      taken.add(folded(name));
      named.add(
          name.equals(column.name())
              ? column
              : new ColumnSpec(
                  name, column.type(), null, Optional.of(column.name()), Optional.empty()));
    }
    return named;
  }

  private static String folded(String name) {
    return name.toLowerCase(Locale.ROOT);
  }

  /** As JSON writes it, which YAML reads. */
  private static String quoted(Object value) {
    return new String(Json.write(value), StandardCharsets.UTF_8);
  }
}
