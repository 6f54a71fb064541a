package dev.tributary.cli;

import dev.tributary.archive.ManifestLog;
import dev.tributary.core.settings.Setting;
import dev.tributary.core.settings.Settings;
import dev.tributary.core.spec.SourceSpec;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;

/** Which archives a command that looks after them is about: settings that name sources. */
final class ArchivesOfSources {
  static final Setting<List<String>> SOURCE =
      Setting.text("source", "A source. Without it and --dataset, all that the metastore knows.")
          .repeated();

  static final Setting<List<String>> DATASET =
      Setting.text("dataset", "A dataset, whose source is meant.").repeated();

  static final Setting<Boolean> JSON =
      Setting.flag("json", "Prints JSON, one object a topic, a line each.");

  /**
   * The archive of a topic.
   *
   * @param source that it belongs to
   * @param log which has entries
   */
  record Archive(SourceSpec source, ManifestLog log) {}

  private ArchivesOfSources() {}

  /** Those that exist, topic by topic; of the others it is told, unless JSON is asked for. */
  static List<Archive> of(Settings settings, Catalog catalog, Configuration configuration) {
    List<Archive> archives = new ArrayList<>();
    for (SourceSpec source : catalog.sources(settings.get(SOURCE), settings.get(DATASET))) {
      for (String topic : source.topics()) {
        ManifestLog log = ManifestLog.open(source.archive().location(), topic, configuration);
        if (log.head().isPresent()) {
          archives.add(new Archive(source, log));
        } else if (!settings.get(JSON)) {
          System.out.printf("%s: %s has no archive yet%n", topic, source.archive().location());
        }
      }
    }
    return archives;
  }

  /** Also those of topics that a source had before. */
  static List<Archive> withFormer(
      Settings settings, Catalog catalog, TopicReaders readers, Configuration configuration) {
    List<Archive> archives = new ArrayList<>(of(settings, catalog, configuration));
    for (SourceSpec source : catalog.sources(settings.get(SOURCE), settings.get(DATASET))) {
      for (String topic : readers.former(source)) {
        ManifestLog log = ManifestLog.open(source.archive().location(), topic, configuration);
        if (log.head().isPresent()) {
          archives.add(new Archive(source, log));
        }
      }
    }
    return archives;
  }
}
