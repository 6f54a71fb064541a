package dev.tributary.cli;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.tributary.archive.ArchiveRetention;
import dev.tributary.archive.Author;
import dev.tributary.archive.ManifestEntry;
import dev.tributary.archive.ManifestLog;
import dev.tributary.archive.Retention;
import dev.tributary.archive.RetentionReport;
import dev.tributary.cli.ArchivesOfSources.Archive;
import dev.tributary.core.json.Json;
import dev.tributary.core.metastore.HttpMetastore;
import dev.tributary.core.settings.Program;
import dev.tributary.core.settings.Setting;
import dev.tributary.core.settings.Settings;
import dev.tributary.core.settings.SettingsGroup;
import dev.tributary.core.spec.SourceSpec;
import dev.tributary.storage.StoreClock;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;

/** {@code tributary retain}: removes the oldest days of archives. */
final class RetainCommand implements Cli.Command {
  /** Something has to be done first; ask again later. */
  private static final int WAITS = 75;

  private static final Setting<Duration> OLDER_THAN =
      Setting.duration(
          "older-than",
          "How long records are kept after they were archived, in whole days of UTC; without it,"
              + " the source's archive.retentionDays decides, and without that they are kept.");

  private static final Setting<Boolean> DRY_RUN =
      Setting.flag("dry-run", "Shows what would be removed and changes nothing.");

  static final Program PROGRAM =
      Program.of(
          "tributary retain",
          "Removes the oldest days of raw archives, once every dataset of the source has them. The"
              + " manifest log keeps the accounts and says what expired, before a file is removed;"
              + " drivers may run meanwhile. It says how many records in quarantine can no more be"
              + " replayed, and does not wait for these. The exit code is 75 where a dataset has to"
              + " read first.",
          SettingsGroup.of(
              "What to remove",
              ArchivesOfSources.SOURCE,
              ArchivesOfSources.DATASET,
              OLDER_THAN,
              DRY_RUN,
              ArchivesOfSources.JSON),
          CommandSettings.METASTORE,
          CommandSettings.STORE);

  /** What became of a topic's archive. */
  private record Retained(
      String source,
      String archive,
      String topic,
      Optional<Long> olderThan,
      long records,
      long files,
      long bytes,
      boolean removed,
      Optional<Long> entry,
      Optional<String> waitsFor,
      @JsonInclude(JsonInclude.Include.NON_EMPTY) List<EntriesInUse.Quarantined> quarantined) {}

  private final Clock clock;

  RetainCommand() {
    this(Clock.systemUTC());
  }

  RetainCommand(Clock clock) {
    this.clock = clock;
  }

  @Override
  public int run(String[] arguments) {
    return PROGRAM.run(arguments, this::retain);
  }

  private int retain(Settings settings) {
    Configuration configuration = StoreConfiguration.of(settings);
    Catalog catalog = new Catalog(HttpMetastore.of(settings));
    int exitCode = 0;
    Map<String, EntriesInUse> inUse = new HashMap<>();
    for (Archive archive : ArchivesOfSources.of(settings, catalog, configuration)) {
      SourceSpec source = archive.source();
      Retained retained =
          retained(
              settings,
              source,
              archive.log(),
              inUse.computeIfAbsent(
                  source.name(), name -> new EntriesInUse(catalog, source, configuration)));
      print(settings, retained);
      exitCode = retained.waitsFor().isPresent() ? WAITS : exitCode;
    }
    return exitCode;
  }

  private Retained retained(
      Settings settings, SourceSpec source, ManifestLog log, EntriesInUse inUse) {
    ArchiveRetention retention = new ArchiveRetention(log);
    Optional<ManifestEntry> unfinished = retention.unfinished();
    if (unfinished.isPresent() && !settings.get(DRY_RUN)) {
      // A run before this one said so and died, or waited for a plan.
      Retained finished = finished(source, log, retention, unfinished.get(), inUse, 0, 0);
      if (finished.waitsFor().isPresent()) {
        return finished;
      }
    }
    Optional<Long> day = day(settings, source);
    if (day.isEmpty()) {
      return new Retained(
          source.name(),
          source.archive().location(),
          log.topic(),
          day,
          0,
          0,
          0,
          false,
          Optional.empty(),
          Optional.empty(),
          List.of());
    }
    long olderThan = day.get();
    RetentionReport report = retention.preview(olderThan);
    Optional<String> waitsFor =
        report.isEmpty() ? Optional.empty() : inUse.reason(log, report.from(), report.before());
    if (settings.get(DRY_RUN) || report.isEmpty() || waitsFor.isPresent()) {
      return new Retained(
          source.name(),
          source.archive().location(),
          log.topic(),
          day,
          report.records(),
          report.files(),
          report.bytes(),
          false,
          Optional.empty(),
          waitsFor,
          report.isEmpty() ? List.of() : inUse.quarantined(log, report.from(), report.before()));
    }
    // Everything is old for a clock that is far ahead.
    StoreClock.requireNotAhead(
        clock.millis(), StoreClock.millis(log.store(), log.folder()), log.folder());
    Author author = new Author("retain-" + UUID.randomUUID(), "tributary retain");
    ManifestEntry entry = retention.expire(olderThan, author, clock.millis()).orElseThrow();
    return finished(source, log, retention, entry, inUse, report.files(), report.bytes());
  }

  /** A plan that was made meanwhile finds its files until it is done. */
  private Retained finished(
      SourceSpec source,
      ManifestLog log,
      ArchiveRetention retention,
      ManifestEntry entry,
      EntriesInUse inUse,
      long files,
      long bytes) {
    Retention expired = entry.retention().orElseThrow();
    Optional<String> waitsFor = inUse.reason(log, expired.before(), expired.before());
    long removed = waitsFor.isPresent() ? files : retention.remove(entry, clock.millis());
    // Afterwards: a quarantine that cannot be read keeps no file.
    List<EntriesInUse.Quarantined> quarantined =
        inUse.quarantined(log, expired.from(), expired.before());
    return new Retained(
        source.name(),
        source.archive().location(),
        log.topic(),
        Optional.of(expired.olderThan()),
        expired.records(),
        removed,
        bytes,
        waitsFor.isEmpty(),
        Optional.of(entry.sequence()),
        waitsFor,
        quarantined);
  }

  private Optional<Long> day(Settings settings, SourceSpec source) {
    return settings
        .find(OLDER_THAN)
        .or(() -> source.archive().retentionDays().map(Duration::ofDays))
        .map(age -> clock.instant().minus(age).truncatedTo(ChronoUnit.DAYS).toEpochMilli());
  }

  private static void print(Settings settings, Retained retained) {
    if (settings.get(ArchivesOfSources.JSON)) {
      System.out.println(new String(Json.write(retained), StandardCharsets.UTF_8));
      return;
    }
    String where = "%s in %s".formatted(retained.topic(), retained.archive());
    if (retained.olderThan().isEmpty()) {
      System.out.printf(
          "%s: kept for ever; set archive.retentionDays of source %s, or give --older-than%n",
          where, retained.source());
      return;
    }
    String day = Instant.ofEpochMilli(retained.olderThan().get()).toString().substring(0, 10);
    if (retained.records() == 0 && retained.files() == 0) {
      System.out.printf("%s: nothing of a day before %s is left%n", where, day);
      return;
    }
    System.out.printf(
        "%s: %,d records of the days before %s, %,d files%n",
        where, retained.records(), day, retained.files());
    if (!retained.quarantined().isEmpty()) {
      System.out.printf(
          "  In quarantine and not resolved, and no more to be replayed: %s. Their values stay in the quarantine's table, where it has them.%n",
          retained.quarantined().stream()
              .map(each -> "%s %s %,d".formatted(each.dataset(), each.code(), each.records()))
              .collect(Collectors.joining(", ")));
    }
    if (retained.waitsFor().isPresent()) {
      System.out.printf(
          "  Not removed: %s. Run it again when that is done.%n", retained.waitsFor().get());
      return;
    }
    System.out.println(
        retained.removed()
            ? "  Removed; entry %d of the manifest log says so."
                .formatted(retained.entry().orElseThrow())
            : "  Nothing was removed: --dry-run.");
  }
}
