package dev.tributary.archive.spark;

import dev.tributary.archive.ManifestLog;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.hadoop.conf.Configuration;

/** The manifest logs that a query or task uses, each opened once. Thread-safe. */
final class ArchiveLogs {
  private record Place(String archive, String topic) {}

  private final HashMap<String, String> settings;
  private final Configuration configuration;
  private final Map<Place, ManifestLog> logs = new ConcurrentHashMap<>();

  ArchiveLogs(HashMap<String, String> settings) {
    this.settings = settings;
    this.configuration = HadoopSettings.configuration(settings);
  }

  /** What makes the same logs elsewhere. */
  HashMap<String, String> settings() {
    return settings;
  }

  ManifestLog log(String archive, String topic) {
    return logs.computeIfAbsent(
        new Place(archive, topic),
        place -> ManifestLog.open(place.archive(), place.topic(), configuration));
  }

  /** All that were asked for so far. */
  Collection<ManifestLog> all() {
    return logs.values();
  }
}
