package dev.tributary.cli;

import dev.tributary.core.metastore.MetastoreSettings;
import dev.tributary.core.settings.Setting;
import dev.tributary.core.settings.SettingsGroup;
import dev.tributary.streaming.DriverSettings;
import java.nio.file.Path;
import java.util.List;

/** What the operator's commands can be told. */
final class CommandSettings {
  static final Setting<List<String>> DATASETS =
      Setting.text("dataset", "A dataset. Without it, all that are not retired.").repeated();

  static final Setting<String> DATASET = Setting.text("dataset", "The dataset.").required();

  static final Setting<Boolean> JSON =
      Setting.flag("json", "Prints JSON, one object a dataset, a line each.");

  static final Setting<Boolean> DEEP =
      Setting.flag(
          "deep",
          "Reads the archive, the table and the quarantine and counts every coordinate; without it"
              + " a few reads of the logs do, however long the history is.");

  static final Setting<Path> FILE =
      Setting.path("file", "A YAML or JSON document of a dataset.").required();

  static final Setting<Long> PLAN =
      Setting.wholeNumber("plan", "The plan's number.", 0, Long.MAX_VALUE).required();

  static final Setting<String> BY = Setting.text("by", "Who rules.").required();

  static final Setting<String> REASON = Setting.text("reason", "Why.").required();

  static final Setting<Integer> LIMIT =
      Setting.integer("limit", "How many of the newest plans are listed.", 1, 10_000)
          .withDefault("20");

  static final Setting<Integer> NEWEST =
      Setting.integer("limit", "How many of the newest are listed.", 1, 100_000).withDefault("20");

  static final SettingsGroup METASTORE = MetastoreSettings.GROUP;
  static final SettingsGroup STORE = DriverSettings.STORE;

  private CommandSettings() {}
}
