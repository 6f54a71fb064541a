package dev.tributary.phase2;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.metastore.MetastoreSettings;
import dev.tributary.core.settings.Program;
import dev.tributary.core.settings.Setting;
import dev.tributary.core.settings.Settings;
import dev.tributary.core.settings.SettingsGroup;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.phase2.maintain.MaintenanceRequest;
import dev.tributary.phase2.maintain.MaintenanceRequest.Task;
import dev.tributary.streaming.DriverSettings;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/** The settings of a maintenance run. */
public final class MaintainSettings {
  static final Setting<Boolean> OPTIMIZE =
      Setting.flag(
          "optimize",
          "Makes few files of the many small ones of a partition, in the table, its quarantine and"
              + " its tombstones.");

  static final Setting<Boolean> PURGE =
      Setting.flag(
          "purge-deletion-vectors",
          "Writes files that have deletion vectors (merge-on-read) anew, without the rows that"
              + " these leave out.");

  static final Setting<Boolean> VACUUM =
      Setting.flag(
          "vacuum", "Removes the files that no version of the table within the retention needs.");

  static final Setting<Integer> RETAIN_HOURS =
      Setting.integer(
          "retain-hours",
          "How long a vacuum leaves what was replaced. Without it as long as the dataset's"
              + " maintenance (168), or the table's delta.deletedFileRetentionDuration, says,"
              + " whichever is more.",
          1,
          1_000_000);

  static final Setting<Boolean> SHORT_RETENTION =
      Setting.flag(
          "short-retention",
          "Accepts a --retain-hours below Delta's 168, or below what the table says. Such a vacuum"
              + " is refused below 168 while a plan is open or another maintenance run is there.");

  static final Setting<Boolean> DRY_RUN =
      Setting.flag("dry-run", "Shows what would be done, and changes nothing.");

  static final Setting<Boolean> JSON =
      Setting.flag("json", "Prints the report as JSON, one object a table.");

  static final Setting<Long> FILE_SIZE =
      Setting.bytes(
          "file-size",
          "About how great compacted files become; without it as the dataset's maintenance says"
              + " (256m). Files of half of it or more are left alone, unless many of their rows are"
              + " deleted (merge-on-read).");

  static final Setting<Integer> MIN_FILES =
      Setting.integer(
          "min-files",
          "How many small files a partition must have for a compaction to be worth its cost;"
              + " without it as the dataset's maintenance says (8).",
          2,
          1_000_000);

  static final Setting<Duration> PLAN_WAIT =
      Setting.duration(
              "plan-wait",
              "How long a vacuum with a short retention waits for a plan that is under way before"
                  + " it is refused.")
          .withDefault("5m");

  /** The program with all its settings, for the generated reference too. */
  public static final Program PROGRAM =
      Program.of(
          "tributary maintain",
          "Keeps Delta tables in order, beside their writers.",
          DriverSettings.SELECTION,
          SettingsGroup.of(
              "What to do, if not what the maintenance of each dataset says",
              OPTIMIZE,
              PURGE,
              VACUUM,
              RETAIN_HOURS,
              SHORT_RETENTION,
              DRY_RUN,
              JSON,
              FILE_SIZE,
              MIN_FILES,
              PLAN_WAIT),
          Phase2Settings.singleUnit(),
          MetastoreSettings.GROUP,
          DriverSettings.STORE);

  private MaintainSettings() {}

  /** Refuses with SETTING_INVALID a retention without a vacuum, or one that is not accepted. */
  static void check(Settings settings) {
    Set<Task> tasks = tasks(settings);
    Optional<Integer> hours = settings.find(RETAIN_HOURS);
    if (hours.isPresent() && !tasks.isEmpty() && !tasks.contains(Task.VACUUM)) {
      throw new TributaryException(
          ErrorCode.SETTING_INVALID,
          "--retain-hours %d is a vacuum's. Give --vacuum too, or leave it out."
              .formatted(hours.get()));
    }
    if (hours.isPresent()
        && hours.get() < MaintenanceRequest.LEAST_RETENTION
        && !settings.get(SHORT_RETENTION)) {
      throw new TributaryException(
          ErrorCode.SETTING_INVALID,
          "--retain-hours %d is below Delta's %d: who reads an older version, or restores one, would miss files. Give at least %d, or accept it with --short-retention."
              .formatted(
                  hours.get(),
                  MaintenanceRequest.LEAST_RETENTION,
                  MaintenanceRequest.LEAST_RETENTION));
    }
  }

  /** What the settings ask for, and the datasets of one table where the settings say nothing. */
  static MaintenanceRequest request(Settings settings, List<DatasetSpec> datasets) {
    MaintenanceRequest own =
        MaintenanceRequest.of(datasets.stream().map(DatasetSpec::maintenance).toList());
    Set<Task> tasks = tasks(settings);
    return new MaintenanceRequest(
        tasks.isEmpty() ? own.tasks() : tasks,
        settings.get(DRY_RUN),
        settings.find(FILE_SIZE).orElse(own.fileBytes()),
        settings.find(MIN_FILES).orElse(own.leastFiles()),
        settings.find(RETAIN_HOURS).map(OptionalInt::of).orElseGet(OptionalInt::empty),
        own.datasetHours(),
        settings.get(SHORT_RETENTION),
        settings.get(PLAN_WAIT));
  }

  private static Set<Task> tasks(Settings settings) {
    Set<Task> tasks = EnumSet.noneOf(Task.class);
    if (settings.get(OPTIMIZE)) {
      tasks.add(Task.OPTIMIZE);
    }
    if (settings.get(PURGE)) {
      tasks.add(Task.PURGE);
    }
    if (settings.get(VACUUM)) {
      tasks.add(Task.VACUUM);
    }
    return tasks;
  }
}
