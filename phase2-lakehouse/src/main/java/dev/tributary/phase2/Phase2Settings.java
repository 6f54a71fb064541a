package dev.tributary.phase2;

import dev.tributary.core.metastore.MetastoreSettings;
import dev.tributary.core.settings.Program;
import dev.tributary.core.settings.Setting;
import dev.tributary.core.settings.SettingsGroup;
import dev.tributary.streaming.DriverSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The settings of phase 2. */
public final class Phase2Settings {
  static final Setting<Duration> ALIVE_INTERVAL =
      Setting.duration(
              "alive.interval",
              "How often a run that works on a plan shows other runs that it is alive.")
          .withDefault("2s");

  static final Setting<Duration> ALIVE_TIMEOUT =
      Setting.duration(
              "alive.timeout",
              "How long another run may show no sign of life before its plan is finished here. A"
                  + " process of the same host that is gone is known to be dead at once.")
          .withDefault("30s");

  static final Setting<Duration> TABLE_REPORT_INTERVAL =
      Setting.duration(
              "table-report-interval",
              "How often the metastore is told at most what archive, table, quarantine and"
                  + " tombstones of a dataset hold, after plans were done, and no more often than"
                  + " each look takes a twentieth of the time; a run up to now that did a plan tells"
                  + " it once more when it ends. 0 tells it nothing.")
          .withDefault("5m");

  /** The program with all its settings, for the generated reference too. */
  public static final Program PROGRAM =
      Program.of(
          "tributary phase2",
          "Reads the raw archive and writes Delta tables.",
          DriverSettings.SELECTION,
          DriverSettings.RUN,
          SettingsGroup.of("Phase 2", ALIVE_INTERVAL, ALIVE_TIMEOUT, TABLE_REPORT_INTERVAL),
          MetastoreSettings.GROUP,
          DriverSettings.STORE);

  private Phase2Settings() {}

  /** How a job is run that does one thing and leaves, with the settings that it alone has first. */
  static SettingsGroup singleUnit(Setting<?>... own) {
    List<Setting<?>> settings = new ArrayList<>(List.of(own));
    settings.addAll(
        List.of(
            DriverSettings.MAX_DURATION,
            DriverSettings.STOP_TIMEOUT,
            DriverSettings.RESULT,
            DriverSettings.RUN_ID,
            DriverSettings.REPORT_INTERVAL,
            DriverSettings.METRICS_HOST,
            DriverSettings.METRICS_PORT,
            DriverSettings.RETRY_ATTEMPTS,
            DriverSettings.RETRY_BASE,
            DriverSettings.RETRY_CAP,
            ALIVE_INTERVAL,
            ALIVE_TIMEOUT));
    return new SettingsGroup("How to run it", settings);
  }
}
