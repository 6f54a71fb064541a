package dev.tributary.phase2;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.metastore.MetastoreSettings;
import dev.tributary.core.settings.Program;
import dev.tributary.core.settings.Setting;
import dev.tributary.core.settings.Settings;
import dev.tributary.core.settings.SettingsGroup;
import dev.tributary.phase2.erase.EraseRequest;
import dev.tributary.phase2.erase.RecordsFile;
import dev.tributary.phase2.maintain.MaintenanceRequest;
import dev.tributary.phase2.plan.Erasure;
import dev.tributary.streaming.DriverSettings;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** The settings of an erasure. */
public final class EraseSettings {
  static final Setting<List<String>> DATASET =
      Setting.text(
              "dataset",
              "The dataset that the records are in, which says what a key is. It must be the only"
                  + " one that is made of them.")
          .repeated();

  static final Setting<String> KEY =
      Setting.text(
              "key",
              "The key: the value of the dataset's key column as text, of several columns a JSON"
                  + " object of them; of a dataset that appends the text of Kafka's key, or with"
                  + " --key-column the value of that column.")
          .secret()
          .notFromVariables();

  static final Setting<Path> KEY_FILE =
      Setting.path(
          "key-file",
          "A file that holds the key, so that no list of processes shows it; - is the standard"
              + " input. A line end at its end is no part of it.");

  static final Setting<String> KEY_COLUMN =
      Setting.text(
          "key-column", "Of a dataset that appends: the column that has the key, not Kafka's key.");

  static final Setting<Path> RECORDS =
      Setting.path(
          "records",
          "Instead of a key a file of coordinates: topic, incarnation, partition and offset a"
              + " line, with commas between.");

  static final Setting<Boolean> WHOLE_RECORDS =
      Setting.flag(
          "whole-records",
          "Accepts that records of which a step makes several rows go whole, whatever keys the"
              + " others have.");

  static final Setting<String> REASON =
      Setting.text(
          "reason",
          "Why. It stands in the plans for good, so it must not name the key. Without it nothing"
              + " is erased, and what would be is shown.");

  static final Setting<Boolean> DRY_RUN =
      Setting.flag("dry-run", "Shows what would be erased, and changes nothing.");

  static final Setting<Boolean> JSON = Setting.flag("json", "Prints the report as JSON.");

  static final Setting<Boolean> VACUUM =
      Setting.flag(
          "vacuum",
          "Writes files with deletion vectors anew afterwards, and removes the files of the tables"
              + " that no version within the retention needs; what was just replaced is left to a"
              + " vacuum after it.");

  /** The program with all its settings, for the generated reference too. */
  public static final Program PROGRAM =
      Program.of(
          "tributary erase",
          "Takes the records of a key out of the archive, the tables, their quarantine and their"
              + " tombstones, beside their writers. Without --reason it shows what that would be.",
          SettingsGroup.of(
              "What to erase", DATASET, KEY, KEY_FILE, KEY_COLUMN, RECORDS, WHOLE_RECORDS, REASON),
          SettingsGroup.of(
              "What becomes of older files",
              VACUUM,
              MaintainSettings.RETAIN_HOURS,
              MaintainSettings.SHORT_RETENTION,
              MaintainSettings.PLAN_WAIT),
          Phase2Settings.singleUnit(DRY_RUN, JSON),
          MetastoreSettings.GROUP,
          DriverSettings.STORE);

  private EraseSettings() {}

  /**
   * What the settings ask for.
   *
   * @throws TributaryException SETTING_INVALID
   */
  static EraseRequest request(Settings settings) {
    if (settings.get(DATASET).isEmpty()) {
      throw invalid("No dataset is named. Give --dataset.");
    }
    long ways =
        List.of(settings.find(KEY), settings.find(KEY_FILE), settings.find(RECORDS)).stream()
            .filter(Optional::isPresent)
            .count();
    if (ways != 1) {
      throw invalid(
          "Which records are meant is said %s. Give one of --key, --key-file and --records."
              .formatted(ways == 0 ? "nowhere" : "twice"));
    }
    Optional<String> key =
        settings.find(KEY).or(() -> settings.find(KEY_FILE).map(EraseSettings::key));
    if (key.filter(String::isEmpty).isPresent()) {
      throw invalid("The key is empty. Give one, or the records by --records.");
    }
    if (key.isEmpty() && settings.find(KEY_COLUMN).isPresent()) {
      throw invalid(
          "--key-column says where a key is, and none is given. Give --key, or leave it out.");
    }
    Optional<String> reason = settings.find(REASON).filter(text -> !settings.get(DRY_RUN));
    if (key.isPresent() && reason.filter(text -> text.contains(key.get())).isPresent()) {
      throw invalid(
          "The reason holds the key, and would stand in the plans for good. Write it without, such as the number of a request.");
    }
    return new EraseRequest(
        settings.get(DATASET),
        key,
        settings.find(KEY_COLUMN),
        settings.find(RECORDS).map(RecordsFile::read).orElse(List.<Erasure.Offsets>of()),
        settings.get(WHOLE_RECORDS),
        reason,
        vacuum(settings));
  }

  private static Optional<EraseRequest.Vacuum> vacuum(Settings settings) {
    Optional<Integer> hours = settings.find(MaintainSettings.RETAIN_HOURS);
    if (!settings.get(VACUUM)) {
      if (hours.isPresent()) {
        throw invalid(
            "--retain-hours %d is a vacuum's. Give --vacuum too, or leave it out."
                .formatted(hours.get()));
      }
      return Optional.empty();
    }
    boolean shorter = settings.get(MaintainSettings.SHORT_RETENTION);
    if (hours.filter(each -> each < MaintenanceRequest.LEAST_RETENTION).isPresent() && !shorter) {
      throw invalid(
          "--retain-hours %d is below Delta's %d: who reads an older version, or restores one, would miss files. Give at least %d, or accept it with --short-retention."
              .formatted(
                  hours.get(),
                  MaintenanceRequest.LEAST_RETENTION,
                  MaintenanceRequest.LEAST_RETENTION));
    }
    return Optional.of(
        new EraseRequest.Vacuum(
            hours.map(OptionalInt::of).orElseGet(OptionalInt::empty),
            shorter,
            settings.get(MaintainSettings.PLAN_WAIT)));
  }

  private static String key(Path file) {
    try {
      byte[] content =
          file.toString().equals("-") ? System.in.readAllBytes() : Files.readAllBytes(file);
      return new String(content, StandardCharsets.UTF_8).replaceFirst("\\r?\\n\\z", "");
    } catch (IOException e) {
      throw new TributaryException(
          ErrorCode.SETTING_INVALID,
          "The file of the key '%s' cannot be read: %s. Name one that can."
              .formatted(file, e.getMessage()),
          e);
    }
  }

  private static TributaryException invalid(String message) {
    return new TributaryException(ErrorCode.SETTING_INVALID, message);
  }
}
