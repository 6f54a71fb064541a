package dev.tributary.cli;

import dev.tributary.archive.ArchiveSweep;
import dev.tributary.archive.Author;
import dev.tributary.archive.ManifestLog;
import dev.tributary.archive.SweepReport;
import dev.tributary.cli.ArchivesOfSources.Archive;
import dev.tributary.core.json.Json;
import dev.tributary.core.metastore.HttpMetastore;
import dev.tributary.core.settings.Program;
import dev.tributary.core.settings.Setting;
import dev.tributary.core.settings.Settings;
import dev.tributary.core.settings.SettingsGroup;
import dev.tributary.core.spec.SourceSpec;
import dev.tributary.storage.ListedObject;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;

/** {@code tributary sweep}: the files of archives that no entry names. */
final class SweepCommand implements Cli.Command {
  private static final int SHOWN = 20;

  private static final Setting<Duration> OLDER_THAN =
      Setting.duration(
              "older-than",
              "How old such a file must be: longer than any batch takes, since the files of a batch"
                  + " under way are named by no entry yet.")
          .withDefault("24h");

  private static final Setting<Boolean> DELETE =
      Setting.flag("delete", "Removes them; without it they are shown and nothing is changed.");

  static final Program PROGRAM =
      Program.of(
          "tributary sweep",
          "Shows the files of raw archives that no entry of the manifest log names, and with"
              + " --delete removes them. They were left behind by writers that died or lost;"
              + " drivers may run meanwhile.",
          SettingsGroup.of(
              "What to sweep",
              ArchivesOfSources.SOURCE,
              ArchivesOfSources.DATASET,
              OLDER_THAN,
              DELETE,
              ArchivesOfSources.JSON),
          CommandSettings.METASTORE,
          CommandSettings.STORE);

  /** What was found of a topic. */
  private record Swept(
      String source,
      String archive,
      String topic,
      long files,
      long bytes,
      boolean removed,
      Optional<Long> entry,
      List<Unreferenced> unreferenced) {}

  /** A file that no entry names. */
  private record Unreferenced(String path, long bytes, long modifiedAt) {
    static Unreferenced of(ListedObject file) {
      return new Unreferenced(
          file.path().getParent().getName() + "/" + file.path().getName(),
          file.length(),
          file.modifiedAt());
    }
  }

  @Override
  public int run(String[] arguments) {
    return PROGRAM.run(arguments, SweepCommand::sweep);
  }

  private static int sweep(Settings settings) {
    Configuration configuration = StoreConfiguration.of(settings);
    Clock clock = Clock.systemUTC();
    Catalog catalog = new Catalog(HttpMetastore.of(settings));
    TopicReaders readers = new TopicReaders(catalog, configuration);
    for (Archive archive :
        ArchivesOfSources.withFormer(settings, catalog, readers, configuration)) {
      Set<Long> readAsOf = readers.readAsOf(archive.source(), archive.log());
      ArchiveSweep sweep = new ArchiveSweep(archive.log(), readAsOf);
      print(settings, swept(settings, archive, sweep, clock), clock);
    }
    return 0;
  }

  private static Swept swept(Settings settings, Archive archived, ArchiveSweep sweep, Clock clock) {
    SourceSpec source = archived.source();
    ManifestLog log = archived.log();
    Duration age = settings.get(OLDER_THAN);
    List<Unreferenced> found =
        sweep.unreferenced(age, clock.millis()).stream().map(Unreferenced::of).toList();
    long bytes = found.stream().mapToLong(Unreferenced::bytes).sum();
    String archive = source.archive().location();
    if (!settings.get(DELETE) || found.isEmpty()) {
      return new Swept(
          source.name(), archive, log.topic(), found.size(), bytes, false, Optional.empty(), found);
    }
    Author author = new Author("sweep-" + UUID.randomUUID(), "tributary sweep");
    SweepReport report = sweep.sweep(age, author, clock.millis());
    return new Swept(
        source.name(),
        archive,
        log.topic(),
        report.deleted(),
        report.bytes(),
        true,
        Optional.of(report.entry()),
        found);
  }

  private static void print(Settings settings, Swept swept, Clock clock) {
    if (settings.get(ArchivesOfSources.JSON)) {
      System.out.println(new String(Json.write(swept), StandardCharsets.UTF_8));
      return;
    }
    String age = Words.of(settings.get(OLDER_THAN));
    String where = "%s in %s".formatted(swept.topic(), swept.archive());
    if (swept.unreferenced().isEmpty()) {
      System.out.printf("%s: none older than %s that no entry names%n", where, age);
      return;
    }
    System.out.printf(
        "%s: %,d older than %s that no entry names, %,d bytes%n",
        where, swept.unreferenced().size(), age, total(swept));
    swept.unreferenced().stream()
        .limit(SHOWN)
        .forEach(
            file ->
                System.out.printf(
                    "  %s  %,d bytes, %s old%n",
                    file.path(),
                    file.bytes(),
                    Words.of(Duration.ofMillis(clock.millis() - file.modifiedAt()))));
    if (swept.unreferenced().size() > SHOWN) {
      System.out.printf(
          "  and %,d more; --json lists them all%n", swept.unreferenced().size() - SHOWN);
    }
    System.out.println(
        swept.removed()
            ? "  Removed %,d, %,d bytes; entry %d of the manifest log says so."
                .formatted(swept.files(), swept.bytes(), swept.entry().orElseThrow())
            : "  Nothing was removed. Run it again with --delete to remove them.");
  }

  private static long total(Swept swept) {
    return swept.unreferenced().stream().mapToLong(Unreferenced::bytes).sum();
  }
}
