package dev.tributary.phase2;

import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** How a connector is set up, and therefore what its events look like. */
enum DebeziumForm {
  /** As change-events.md wants it. */
  PLAIN(Map.of()),
  /** The same, each value with its schema. */
  WITH_SCHEMA(
      Map.of("key.converter.schemas.enable", "true", "value.converter.schemas.enable", "true")),
  /** Flattened, as change-events.md says. */
  FLATTENED(
      Map.of(
          "transforms",
          "unwrap",
          "transforms.unwrap.type",
          "io.debezium.transforms.ExtractNewRecordState",
          "transforms.unwrap.add.fields",
          "op,source.ts_ms,source.lsn,source.sequence",
          "transforms.unwrap.delete.tombstone.handling.mode",
          "rewrite")),
  /** Times as text, and decimals as what they are in binary. */
  ISO_TIMES(Map.of("time.precision.mode", "isostring", "decimal.handling.mode", "double")),
  /** Times and decimals as the connector writes them unless it is told otherwise. */
  DEFAULTS(Map.of("time.precision.mode", "adaptive", "decimal.handling.mode", "precise"));

  private final Map<String, String> own;

  DebeziumForm(Map<String, String> own) {
    this.own = own;
  }

  /** The name of its files. */
  String file() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** The settings of an engine for a cluster. */
  Map<String, String> settings(String port) {
    String id = name().toLowerCase(Locale.ROOT);
    Map<String, String> settings = new TreeMap<>();
    settings.put("name", id);
    settings.put("connector.class", "io.debezium.connector.postgresql.PostgresConnector");
    settings.put("offset.storage", "org.apache.kafka.connect.storage.MemoryOffsetBackingStore");
    settings.put("offset.flush.interval.ms", "1000");
    settings.put("poll.interval.ms", "100");
    settings.put("topic.prefix", id);
    settings.put("database.hostname", "127.0.0.1");
    settings.put("database.port", port);
    settings.put("database.user", "postgres");
    settings.put("database.password", "postgres");
    settings.put("database.dbname", "postgres");
    settings.put("plugin.name", "pgoutput");
    settings.put("slot.name", id);
    settings.put("publication.name", id);
    // Else truncates are none of the events.
    settings.put("skipped.operations", "none");
    settings.put("decimal.handling.mode", "string");
    settings.put("time.precision.mode", "connect");
    settings.put("key.converter.schemas.enable", "false");
    settings.put("value.converter.schemas.enable", "false");
    settings.putAll(own);
    return settings;
  }
}
