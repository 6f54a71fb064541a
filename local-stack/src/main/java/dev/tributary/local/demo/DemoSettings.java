package dev.tributary.local.demo;

import dev.tributary.core.settings.Setting;
import dev.tributary.core.settings.SettingsGroup;
import dev.tributary.local.LocalSettings;
import java.nio.file.Path;

/** What the demo can be told. */
public final class DemoSettings {
  /** The demo's folder. */
  public static final Setting<Path> DATA =
      Setting.path("data", "The demo's own folder; what an earlier demo left there is deleted.")
          .withDefault(".tributary/demo");

  /** Whether the servers stay up. */
  public static final Setting<Boolean> KEEP =
      Setting.flag("keep", "Leaves the servers up and says how to go on by hand.");

  static final Setting<Long> EVENTS =
      Setting.wholeNumber(
              "events",
              "How many messages are sent in all; beyond the real records they are derived from"
                  + " them.",
              1_000,
              100_000_000)
          .withDefault("40000");

  static final SettingsGroup DEMO = SettingsGroup.of("Demo", EVENTS, KEEP, DATA);
  static final SettingsGroup SERVERS = LocalSettings.SERVERS;

  private DemoSettings() {}
}
