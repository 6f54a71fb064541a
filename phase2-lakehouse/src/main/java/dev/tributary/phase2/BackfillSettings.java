package dev.tributary.phase2;

import dev.tributary.core.metastore.MetastoreSettings;
import dev.tributary.core.settings.Program;
import dev.tributary.core.settings.Setting;
import dev.tributary.core.settings.Settings;
import dev.tributary.core.settings.SettingsGroup;
import dev.tributary.phase2.backfill.BackfillRequest;
import dev.tributary.phase2.backfill.Selection;
import dev.tributary.phase2.backfill.Selection.EntryBound;
import dev.tributary.phase2.backfill.Selection.OffsetBound;
import dev.tributary.phase2.plan.BackfillMode;
import dev.tributary.streaming.DriverSettings;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The settings of a backfill. */
public final class BackfillSettings {
  private static final Pattern ENTRY = Pattern.compile("(?:([^=/,]+)=)?(\\d{1,18})");
  private static final Pattern OFFSET = Pattern.compile("(?:([^=/,]+)/)?(\\d{1,9})=(\\d{1,18})");

  static final Setting<String> DATASET =
      Setting.text("dataset", "The dataset whose records are written again.").required();

  static final Setting<BackfillMode> MODE =
      Setting.oneOf(
              "mode",
              "fill writes the records that the table lacks, by their coordinates; replace takes out"
                  + " what was made of the range and writes it again, in one commit a chunk (append"
                  + " tables).",
              BackfillMode.class)
          .required();

  static final Setting<LocalDate> FROM_DATE = date("from-date", "The first day of ingest, UTC.");

  static final Setting<LocalDate> TO_DATE = date("to-date", "The last day of ingest, UTC.");

  static final Setting<Instant> FROM_TIME =
      time("from-time", "The least timestamp of a record. One without a timestamp is at no time.");

  static final Setting<Instant> TO_TIME =
      time("to-time", "The timestamp of a record that is too late.");

  static final Setting<List<EntryBound>> FROM_SEQUENCE =
      entry("from-sequence", "The first manifest entry; the topic where the source has several.");

  static final Setting<List<EntryBound>> TO_SEQUENCE =
      entry("to-sequence", "The last manifest entry.");

  static final Setting<List<OffsetBound>> FROM_OFFSETS =
      offset(
          "from-offsets",
          "The first offset of a partition. Where offsets are given, partitions that are not named"
              + " take no part.");

  static final Setting<List<OffsetBound>> TO_OFFSETS =
      offset("to-offsets", "The offset of a partition that is too great.");

  static final Setting<Integer> INCARNATION =
      Setting.integer(
          "incarnation",
          "Of which incarnation of the topic the offsets are; without it the current one.",
          0,
          Integer.MAX_VALUE);

  static final Setting<Long> VERSION =
      Setting.wholeNumber(
          "version",
          "The dataset version that does it; without it the one in force.",
          1,
          Long.MAX_VALUE);

  static final Setting<URI> INTO =
      Setting.uri(
          "into",
          "Another table, with a plan log of its own; it is created where it does not exist.");

  static final Setting<String> ID =
      Setting.parsed(
          "id",
          "text",
          "The backfill's name. Started again with it, it goes on where it stopped, and once it is"
              + " done it is not done again. Without it a name is made from what is asked for, and"
              + " what was done is done anew.",
          BackfillSettings::id);

  static final Setting<Boolean> DRY_RUN =
      Setting.flag(
          "dry-run",
          "Does everything but the commits and prints what would come of it: accounts, failures,"
              + " schema changes, partitions.");

  static final Setting<Boolean> JSON = Setting.flag("json", "Prints the dry run's report as JSON.");

  static final Setting<Long> CHUNK_RECORDS =
      Setting.wholeNumber(
          "chunk.records",
          "About how many records one plan takes; whole manifest entries, at least one. Without it"
              + " the dataset's maxRecordsPerBatch.",
          1,
          Long.MAX_VALUE);

  static final Setting<Duration> CHUNK_PAUSE =
      Setting.duration(
              "chunk.pause",
              "How long the table is left to live batches after each chunk. A live driver that"
                  + " waits puts its next plan within half a second.")
          .withDefault("1s");

  /** The program with all its settings, for the generated reference too. */
  public static final Program PROGRAM =
      Program.of(
          "tributary backfill",
          "Writes a range of the raw archive again, between the live batches.",
          SettingsGroup.of(
              "What to write",
              DATASET,
              MODE,
              FROM_DATE,
              TO_DATE,
              FROM_TIME,
              TO_TIME,
              FROM_SEQUENCE,
              TO_SEQUENCE,
              FROM_OFFSETS,
              TO_OFFSETS,
              INCARNATION,
              VERSION,
              INTO),
          Phase2Settings.singleUnit(ID, DRY_RUN, JSON, CHUNK_RECORDS, CHUNK_PAUSE),
          MetastoreSettings.GROUP,
          DriverSettings.STORE);

  private BackfillSettings() {}

  /** What the settings ask for. */
  static BackfillRequest request(Settings settings) {
    return new BackfillRequest(
        settings.get(DATASET),
        settings.get(MODE),
        new Selection(
            settings.find(FROM_DATE),
            settings.find(TO_DATE),
            settings.find(FROM_TIME),
            settings.find(TO_TIME),
            settings.get(FROM_SEQUENCE),
            settings.get(TO_SEQUENCE),
            settings.get(FROM_OFFSETS),
            settings.get(TO_OFFSETS),
            settings.find(INCARNATION).stream().mapToInt(Integer::intValue).findFirst()),
        settings.find(VERSION).stream().mapToLong(Long::longValue).findFirst(),
        settings.find(INTO).map(URI::toString),
        settings.find(ID),
        settings.find(CHUNK_RECORDS).stream().mapToLong(Long::longValue).findFirst(),
        settings.get(CHUNK_PAUSE));
  }

  private static Setting<LocalDate> date(String key, String doc) {
    return Setting.parsed(
        key,
        "date",
        doc,
        text -> {
          try {
            return LocalDate.parse(text.strip());
          } catch (DateTimeParseException e) {
            throw new IllegalArgumentException("Use a day such as 2026-11-21 (UTC).", e);
          }
        });
  }

  private static Setting<Instant> time(String key, String doc) {
    return Setting.parsed(
        key,
        "time",
        doc,
        text -> {
          if (text.strip().matches("\\d{1,18}")) {
            return Instant.ofEpochMilli(Long.parseLong(text.strip()));
          }
          try {
            return Instant.parse(text.strip());
          } catch (DateTimeParseException e) {
            throw new IllegalArgumentException(
                "Use a time such as 2026-11-21T08:30:00Z, or epoch milliseconds.", e);
          }
        });
  }

  private static Setting<List<EntryBound>> entry(String key, String doc) {
    return Setting.parsed(
            key,
            "[topic=]sequence",
            doc,
            text -> {
              Matcher matcher = ENTRY.matcher(text.strip());
              if (!matcher.matches()) {
                throw new IllegalArgumentException("Use a sequence such as 15, or orders=15.");
              }
              return new EntryBound(named(matcher.group(1)), Long.parseLong(matcher.group(2)));
            })
        .repeated();
  }

  private static Setting<List<OffsetBound>> offset(String key, String doc) {
    return Setting.parsed(
            key,
            "[topic/]partition=offset",
            doc,
            text -> {
              Matcher matcher = OFFSET.matcher(text.strip());
              if (!matcher.matches()) {
                throw new IllegalArgumentException("Use an offset such as 0=17, or orders/0=17.");
              }
              return new OffsetBound(
                  named(matcher.group(1)),
                  Integer.parseInt(matcher.group(2)),
                  Long.parseLong(matcher.group(3)));
            })
        .repeated();
  }

  private static String named(String topic) {
    return topic == null ? "" : topic;
  }

  private static String id(String text) {
    if (!text.matches("[A-Za-z0-9._:+@-]{1,200}")) {
      throw new IllegalArgumentException(
          "Use letters, digits and any of . _ : + @ -, at most 200 of them.");
    }
    return text;
  }
}
