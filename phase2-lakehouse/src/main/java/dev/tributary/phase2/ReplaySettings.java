package dev.tributary.phase2;

import dev.tributary.core.metastore.MetastoreSettings;
import dev.tributary.core.settings.Program;
import dev.tributary.core.settings.Setting;
import dev.tributary.core.settings.Settings;
import dev.tributary.core.settings.SettingsGroup;
import dev.tributary.phase2.backfill.ReplayRequest;
import dev.tributary.streaming.DriverSettings;
import java.time.Duration;
import java.util.List;

/** The settings of a replay. */
public final class ReplaySettings {
  static final Setting<String> DATASET =
      Setting.text("dataset", "The dataset whose quarantined records are taken up again.")
          .required();

  static final Setting<List<String>> CODE =
      Setting.text(
              "code", "Only records that were set aside for this reason, such as missing-column.")
          .repeated();

  static final Setting<List<String>> STEP =
      Setting.text("step", "Only records that this step refused, such as decode.").repeated();

  static final Setting<Boolean> DRY_RUN =
      Setting.flag(
          "dry-run",
          "Does everything but the commits and prints what would come of it: how many records would"
              + " be resolved, and which would be set aside again.");

  static final Setting<Boolean> JSON = Setting.flag("json", "Prints the report as JSON.");

  static final Setting<Long> CHUNK_RECORDS =
      Setting.wholeNumber(
          "chunk.records",
          "About how many records one plan takes up, at most 200,000; whole manifest entries, at"
              + " least one. Without it the dataset's maxRecordsPerBatch.",
          1,
          200_000);

  static final Setting<Duration> CHUNK_PAUSE =
      Setting.duration(
              "chunk.pause",
              "How long the table is left to live batches after each plan. A live driver that waits"
                  + " puts its next plan within half a second.")
          .withDefault("1s");

  /** The program with all its settings, for the generated reference too. */
  public static final Program PROGRAM =
      Program.of(
          "tributary quarantine replay",
          "Takes up quarantined records again with the dataset's current version, between the live"
              + " batches.",
          SettingsGroup.of("What to take up", DATASET, CODE, STEP),
          Phase2Settings.singleUnit(DRY_RUN, JSON, CHUNK_RECORDS, CHUNK_PAUSE),
          MetastoreSettings.GROUP,
          DriverSettings.STORE);

  private ReplaySettings() {}

  /** What the settings ask for. */
  static ReplayRequest request(Settings settings) {
    return new ReplayRequest(
        settings.get(DATASET),
        settings.get(CODE),
        settings.get(STEP),
        settings.find(CHUNK_RECORDS).stream().mapToLong(Long::longValue).findFirst(),
        settings.get(CHUNK_PAUSE));
  }
}
