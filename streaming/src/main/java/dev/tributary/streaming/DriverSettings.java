package dev.tributary.streaming;

import dev.tributary.core.settings.Setting;
import dev.tributary.core.settings.SettingsGroup;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** The settings that both jobs share. How they reach the metastore is MetastoreSettings. */
public final class DriverSettings {
  /** Which datasets to run. */
  public static final Setting<List<String>> DATASET =
      Setting.text("dataset", "A dataset to run.").repeated();

  /** Which group of datasets to run. */
  public static final Setting<List<String>> GROUP =
      Setting.text("group", "Runs every dataset of this group.").repeated();

  /** Whether everything is run. */
  public static final Setting<Boolean> ALL =
      Setting.flag("all", "Runs everything that the metastore knows.");

  /** What starts a batch. */
  public static final Setting<TriggerSpec> TRIGGER =
      Setting.parsed(
              "trigger",
              "duration | available-now",
              "How far apart batches begin, such as 10s, or available-now: run up to what is there"
                  + " at the start, and leave.",
              TriggerSpec::parse)
          .withDefault("10s");

  /** How long the run lasts. */
  public static final Setting<Duration> MAX_DURATION =
      Setting.duration(
          "max-duration",
          "After this time the run finishes its batch and leaves with exit code 0.");

  /** How long a stop may take. */
  public static final Setting<Duration> STOP_TIMEOUT =
      Setting.duration(
              "stop-timeout",
              "How long a stop waits for the batch in hand before it gives it up, with exit code"
                  + " 75.")
          .withDefault("5m");

  /** Where the result goes. */
  public static final Setting<Path> RESULT =
      Setting.path("result", "Writes what the run did to this file as JSON when it ends.");

  /** The run's id. */
  public static final Setting<String> RUN_ID =
      Setting.parsed(
          "run-id",
          "text",
          "The id of this run in logs, manifests and plans; without it a random one is made.",
          DriverSettings::runId);

  /** Where checkpoints lie. */
  public static final Setting<URI> CHECKPOINT =
      Setting.uri(
          "checkpoint",
          "The folder of phase 1's Spark checkpoints; disposable; without it a temporary one does."
              + " Phase 2 has none.");

  /** Whether the operator vouches for a single driver. */
  public static final Setting<Boolean> SINGLE_DRIVER =
      Setting.flag(
          "single-driver",
          "Accepts a store without conditional writes: the operator promises that no other driver"
              + " works on the same data.");

  /** How often the metastore is asked what to run. */
  public static final Setting<Duration> DISCOVERY_INTERVAL =
      Setting.duration("discovery-interval", "How often the metastore is asked what should run.")
          .withDefault("10s");

  /** How often the metastore is told how the pipelines are. */
  public static final Setting<Duration> REPORT_INTERVAL =
      Setting.duration(
              "report-interval",
              "How often the metastore is told how each pipeline is, besides at once when its state"
                  + " changes; 0 tells it nothing. The status command takes a run that was silent"
                  + " for two minutes for dead.")
          .withDefault("15s");

  /** Where metrics are served. */
  public static final Setting<String> METRICS_HOST =
      Setting.text("metrics.host", "The address on which metrics and health are served.")
          .withDefault("0.0.0.0");

  /** On which port metrics are served. */
  public static final Setting<Integer> METRICS_PORT =
      Setting.port("metrics.port", "The port of metrics and health; 0 is any free one, and logged.")
          .withDefault("0");

  /** How often a failing unit is tried. */
  public static final Setting<Integer> RETRY_ATTEMPTS =
      Setting.integer(
              "retry.attempts",
              "How often something that fails is tried in a row before it counts as failed.",
              1,
              1_000_000)
          .withDefault("10");

  /** The first wait. */
  public static final Setting<Duration> RETRY_BASE =
      Setting.duration("retry.base", "The wait after the first failure; it doubles with each.")
          .withDefault("1s");

  /** The longest wait. */
  public static final Setting<Duration> RETRY_CAP =
      Setting.duration("retry.cap", "The longest wait between two attempts.").withDefault("1m");

  /** The S3 server. */
  public static final Setting<URI> S3_ENDPOINT =
      Setting.uri("s3.endpoint", "The S3 server, where it is not AWS.");

  /** The region. */
  public static final Setting<String> S3_REGION =
      Setting.text("s3.region", "The region of the S3 server.");

  /** Whether bucket names are part of the path. */
  public static final Setting<Boolean> S3_PATH_STYLE =
      Setting.flag("s3.path-style", "Puts bucket names into the path instead of the host name.");

  /** What to run: the part that both jobs share. */
  public static final SettingsGroup SELECTION =
      SettingsGroup.of("What to run", DATASET, GROUP, ALL);

  /** How to run it. */
  public static final SettingsGroup RUN =
      SettingsGroup.of(
          "How to run it",
          TRIGGER,
          MAX_DURATION,
          STOP_TIMEOUT,
          RESULT,
          RUN_ID,
          CHECKPOINT,
          DISCOVERY_INTERVAL,
          REPORT_INTERVAL,
          METRICS_HOST,
          METRICS_PORT,
          RETRY_ATTEMPTS,
          RETRY_BASE,
          RETRY_CAP);

  /** Where the data lies. */
  public static final SettingsGroup STORE =
      SettingsGroup.of("Object store", S3_ENDPOINT, S3_REGION, S3_PATH_STYLE, SINGLE_DRIVER);

  private DriverSettings() {}

  private static String runId(String text) {
    if (!text.matches("[A-Za-z0-9._:+@-]{1,200}")) {
      throw new IllegalArgumentException(
          "Use letters, digits and any of . _ : + @ -, at most 200 of them.");
    }
    return text;
  }
}
