package dev.tributary.phase2;

import dev.tributary.core.metastore.MetastoreSettings;
import dev.tributary.core.settings.Program;
import dev.tributary.core.settings.Setting;
import dev.tributary.core.settings.Settings;
import dev.tributary.core.settings.SettingsGroup;
import dev.tributary.phase2.rebuild.RebuildRequest;
import dev.tributary.phase2.rebuild.RebuildRequest.Accepted;
import dev.tributary.phase2.rebuild.RebuildRequest.Action;
import dev.tributary.streaming.DriverSettings;
import java.util.List;
import java.util.Set;

/** The settings of a rebuild. */
public final class RebuildSettings {
  static final Setting<String> DATASET =
      Setting.text("dataset", "The dataset whose table is made anew.").required();

  static final Setting<Long> TO_VERSION =
      Setting.wholeNumber(
          "to-version",
          "The dataset version that the new table is made under; without it the newest one that"
              + " waits for a rebuild.",
          1,
          Long.MAX_VALUE);

  static final Setting<List<Accepted>> ACCEPT =
      Setting.oneOf(
              "accept",
              "What is taken as it is: differences between both tables that the change does not"
                  + " explain, or limits (the breaker, steps and expectations of the policy"
                  + " fail) of plans that fill the new one.",
              Accepted.class)
          .repeated();

  static final Setting<Boolean> DRY_RUN =
      Setting.flag(
          "dry-run",
          "Shows what would be rebuilt, how far an earlier run came and what stands in its way;"
              + " changes nothing.");

  static final Setting<Boolean> ABANDON =
      Setting.flag(
          "abandon", "Gives the rebuild up: removes the new table, and rejects its version.");

  static final Setting<Boolean> JSON = Setting.flag("json", "Prints the report as JSON.");

  static final Setting<Long> CHUNK_RECORDS =
      Setting.wholeNumber(
          "chunk.records",
          "About how many records a plan of the new table takes; whole manifest entries, at least"
              + " one. Without it the dataset's maxRecordsPerBatch.",
          1,
          Long.MAX_VALUE);

  /** The program with all its settings, for the generated reference too. */
  public static final Program PROGRAM =
      Program.of(
          "tributary rebuild",
          "Makes a table anew from the raw archive beside its stream, compares both, and puts the"
              + " new one in its place in one commit.",
          SettingsGroup.of("What to rebuild", DATASET, TO_VERSION, ACCEPT),
          Phase2Settings.singleUnit(DRY_RUN, ABANDON, JSON, CHUNK_RECORDS),
          MetastoreSettings.GROUP,
          DriverSettings.STORE);

  private RebuildSettings() {}

  /** What the settings ask for. */
  static RebuildRequest request(Settings settings) {
    Action action = Action.REBUILD;
    if (settings.get(ABANDON)) {
      action = Action.ABANDON;
    }
    if (settings.get(DRY_RUN)) {
      action = Action.SHOW;
    }
    return new RebuildRequest(
        settings.get(DATASET),
        settings.find(TO_VERSION).stream().mapToLong(Long::longValue).findFirst(),
        Set.copyOf(settings.get(ACCEPT)),
        settings.find(CHUNK_RECORDS).stream().mapToLong(Long::longValue).findFirst(),
        action);
  }
}
