package dev.tributary.cli;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.tributary.archive.ArchiveRetention;
import dev.tributary.archive.Author;
import dev.tributary.archive.ManifestEntry;
import dev.tributary.archive.ManifestLog;
import dev.tributary.archive.Retention;
import dev.tributary.archive.RetentionReport;
import dev.tributary.cli.ArchivesOfSources.Archive;
import dev.tributary.cli.quarantine.EntrySpan;
import dev.tributary.core.error.TributaryException;
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
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
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
      @JsonInclude(JsonInclude.Include.NON_EMPTY) List<QuarantinedEntries.Quarantined> quarantined,
      @JsonInclude(JsonInclude.Include.NON_EMPTY)
          List<QuarantinedEntries.NotKnown> quarantineNotKnown) {}

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

  /**
   * What there is to do of a topic's archive.
   *
   * @param unfinished of a run before this one, which said so and died, or waited for a plan
   * @param olderThan epoch milliseconds; empty: nothing is ever too old
   * @param report what is as old as that
   */
  private record Expiry(
      Archive archive,
      Optional<ManifestEntry> unfinished,
      Optional<Long> olderThan,
      Optional<RetentionReport> report) {
    SourceSpec source() {
      return archive.source();
    }

    ManifestLog log() {
      return archive.log();
    }

    EntrySpan span(RetentionReport counted) {
      return new EntrySpan(log().topic(), counted.from(), counted.before());
    }

    EntrySpan span(Retention expired) {
      return new EntrySpan(log().topic(), expired.from(), expired.before());
    }

    Stream<EntrySpan> spans() {
      return Stream.concat(
          unfinished.flatMap(ManifestEntry::retention).map(this::span).stream(),
          report.map(this::span).stream());
    }
  }

  private int retain(Settings settings) {
    Configuration configuration = StoreConfiguration.of(settings);
    Catalog catalog = new Catalog(HttpMetastore.of(settings));
    Map<String, List<Archive>> bySource =
        ArchivesOfSources.of(settings, catalog, configuration).stream()
            .filter(archive -> hasASay(settings, catalog, archive))
            .collect(
                Collectors.groupingBy(
                    archive -> archive.source().name(), LinkedHashMap::new, Collectors.toList()));
    int exitCode = 0;
    for (List<Archive> archives : bySource.values()) {
      EntriesInUse inUse = new EntriesInUse(catalog, archives.get(0).source(), configuration);
      exitCode = retain(settings, archives, inUse) ? exitCode : WAITS;
    }
    return exitCode;
  }

  /** What another source goes on with is that one's: its datasets read it, and its rule holds. */
  private static boolean hasASay(Settings settings, Catalog catalog, Archive archive) {
    Optional<SourceSpec> keeper = catalog.keeper(archive.source(), archive.log().topic());
    if (keeper.isPresent() && !settings.get(ArchivesOfSources.JSON)) {
      System.out.printf(
          "%s in %s: the source %s, which is retired, has no say; %s keeps it now%n",
          archive.log().topic(),
          archive.source().archive().location(),
          archive.source().name(),
          keeper.get().name());
    }
    return keeper.isEmpty();
  }

  /** The archives of a source; false: one of them waits. */
  private boolean retain(Settings settings, List<Archive> archives, EntriesInUse inUse) {
    List<Expiry> expiries = new ArrayList<>();
    Optional<TributaryException> failure = Optional.empty();
    try {
      for (Archive archive : archives) {
        expiries.add(expiry(settings, archive));
      }
    } catch (TributaryException e) {
      // It holds up none of those before it.
      failure = Optional.of(e);
    }
    QuarantinedEntries quarantined =
        inUse.quarantined(expiries.stream().flatMap(Expiry::spans).toList());
    boolean done = true;
    for (Expiry expiry : expiries) {
      Retained retained = retained(settings, expiry, inUse, quarantined);
      print(settings, retained);
      done &= retained.waitsFor().isEmpty();
    }
    if (failure.isPresent()) {
      throw failure.get();
    }
    return done;
  }

  private Expiry expiry(Settings settings, Archive archive) {
    ArchiveRetention retention = new ArchiveRetention(archive.log());
    Optional<Long> day = day(settings, archive.source());
    return new Expiry(
        archive,
        settings.get(DRY_RUN) ? Optional.empty() : retention.unfinished(),
        day,
        day.map(retention::preview));
  }

  private Retained retained(
      Settings settings, Expiry expiry, EntriesInUse inUse, QuarantinedEntries quarantined) {
    ManifestLog log = expiry.log();
    ArchiveRetention retention = new ArchiveRetention(log);
    if (expiry.unfinished().isPresent()) {
      Retained finished =
          finished(expiry, retention, expiry.unfinished().get(), inUse, quarantined, 0, 0);
      if (finished.waitsFor().isPresent()) {
        return finished;
      }
    }
    if (expiry.report().isEmpty()) {
      return nothing(expiry);
    }
    RetentionReport report = expiry.report().get();
    Optional<String> waitsFor =
        report.isEmpty() ? Optional.empty() : inUse.reason(log, report.from(), report.before());
    if (settings.get(DRY_RUN) || report.isEmpty() || waitsFor.isPresent()) {
      QuarantinedEntries.Found found = quarantined.of(expiry.span(report));
      return new Retained(
          expiry.source().name(),
          expiry.source().archive().location(),
          log.topic(),
          expiry.olderThan(),
          report.records(),
          report.files(),
          report.bytes(),
          false,
          Optional.empty(),
          waitsFor,
          found.quarantined(),
          found.notKnown());
    }
    // Everything is old for a clock that is far ahead.
    StoreClock.requireNotAhead(
        clock.millis(), StoreClock.millis(log.store(), log.folder()), log.folder());
    Author author = new Author("retain-" + UUID.randomUUID(), "tributary retain");
    // Empty: another run was faster, and may not have removed the files yet.
    return retention
        .expire(expiry.olderThan().orElseThrow(), author, clock.millis())
        .or(retention::unfinished)
        .map(
            entry ->
                finished(
                    expiry, retention, entry, inUse, quarantined, report.files(), report.bytes()))
        .orElseGet(() -> nothing(expiry));
  }

  private static Retained nothing(Expiry expiry) {
    return new Retained(
        expiry.source().name(),
        expiry.source().archive().location(),
        expiry.log().topic(),
        expiry.olderThan(),
        0,
        0,
        0,
        false,
        Optional.empty(),
        Optional.empty(),
        List.of(),
        List.of());
  }

  /** A plan that was made meanwhile finds its files until it is done. */
  private Retained finished(
      Expiry expiry,
      ArchiveRetention retention,
      ManifestEntry entry,
      EntriesInUse inUse,
      QuarantinedEntries quarantined,
      long files,
      long bytes) {
    Retention expired = entry.retention().orElseThrow();
    Optional<String> waitsFor = inUse.reason(expiry.log(), expired.before(), expired.before());
    long removed = waitsFor.isPresent() ? files : retention.remove(entry, clock.millis());
    // Afterwards, so that what happens while they are read leaves no file behind its entry.
    QuarantinedEntries.Found found = quarantined.of(expiry.span(expired));
    return new Retained(
        expiry.source().name(),
        expiry.source().archive().location(),
        expiry.log().topic(),
        Optional.of(expired.olderThan()),
        expired.records(),
        removed,
        bytes,
        waitsFor.isEmpty(),
        Optional.of(entry.sequence()),
        waitsFor,
        found.quarantined(),
        found.notKnown());
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
    retained
        .quarantineNotKnown()
        .forEach(
            each ->
                System.out.printf(
                    "  In the quarantine of %s: not known. %s%n", each.dataset(), each.reason()));
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
