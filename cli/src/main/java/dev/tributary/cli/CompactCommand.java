package dev.tributary.cli;

import dev.tributary.archive.ArchiveCompaction;
import dev.tributary.archive.Author;
import dev.tributary.archive.CompactionReport;
import dev.tributary.archive.ManifestLog;
import dev.tributary.cli.ArchivesOfSources.Archive;
import dev.tributary.core.json.Json;
import dev.tributary.core.metastore.HttpMetastore;
import dev.tributary.core.settings.Program;
import dev.tributary.core.settings.Setting;
import dev.tributary.core.settings.Settings;
import dev.tributary.core.settings.SettingsGroup;
import dev.tributary.core.spec.SourceSpec;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;

/** {@code tributary compact}: few large files in the place of many small ones. */
final class CompactCommand implements Cli.Command {
  private static final Setting<Duration> OLDER_THAN =
      Setting.duration(
              "older-than",
              "How long ago files must have been archived: those of a day that still grows would"
                  + " be rewritten again and again.")
          .withDefault("24h");

  private static final Setting<Boolean> DRY_RUN =
      Setting.flag("dry-run", "Shows what would be done and changes nothing.");

  static final Program PROGRAM =
      Program.of(
          "tributary compact",
          "Makes few large files of the many small ones of a day in raw archives. Records, their"
              + " bytes, their order and their place in the log stay; drivers and readers may run"
              + " meanwhile. What was replaced is removed by `tributary sweep`.",
          SettingsGroup.of(
              "What to compact",
              ArchivesOfSources.SOURCE,
              ArchivesOfSources.DATASET,
              OLDER_THAN,
              DRY_RUN,
              ArchivesOfSources.JSON),
          CommandSettings.METASTORE,
          CommandSettings.STORE);

  /** What became of a topic's archive. */
  private record Compacted(
      String source, String archive, String topic, boolean done, CompactionReport report) {}

  private final Clock clock;

  CompactCommand() {
    this(Clock.systemUTC());
  }

  CompactCommand(Clock clock) {
    this.clock = clock;
  }

  @Override
  public int run(String[] arguments) {
    return PROGRAM.run(arguments, this::compact);
  }

  private int compact(Settings settings) {
    Configuration configuration = StoreConfiguration.of(settings);
    Catalog catalog = new Catalog(HttpMetastore.of(settings));
    for (Archive archive : ArchivesOfSources.of(settings, catalog, configuration)) {
      print(settings, compacted(settings, archive.source(), archive.log()));
    }
    return 0;
  }

  private Compacted compacted(Settings settings, SourceSpec source, ManifestLog log) {
    ArchiveCompaction compaction = new ArchiveCompaction(log);
    Duration age = settings.get(OLDER_THAN);
    boolean dry = settings.get(DRY_RUN);
    Author author = new Author("compact-" + UUID.randomUUID(), "tributary compact");
    CompactionReport report =
        dry
            ? compaction.preview(age, clock.millis())
            : compaction.compact(age, author, clock.millis());
    return new Compacted(source.name(), source.archive().location(), log.topic(), !dry, report);
  }

  private static void print(Settings settings, Compacted compacted) {
    if (settings.get(ArchivesOfSources.JSON)) {
      System.out.println(new String(Json.write(compacted), StandardCharsets.UTF_8));
      return;
    }
    CompactionReport report = compacted.report();
    String where = "%s in %s".formatted(compacted.topic(), compacted.archive());
    if (report.replaced() == 0) {
      System.out.printf("%s: no small files to combine%n", where);
      return;
    }
    System.out.printf(
        "%s: %,d files %s %,d, %,d bytes%n",
        where,
        report.replaced(),
        compacted.done() ? "became" : "would become",
        report.added(),
        report.bytes());
    if (compacted.done()) {
      System.out.println("  The old ones stay for readers until a sweep finds them old enough.");
    }
  }
}
