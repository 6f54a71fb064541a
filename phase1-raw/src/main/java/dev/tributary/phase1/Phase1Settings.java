package dev.tributary.phase1;

import dev.tributary.archive.Acceptance;
import dev.tributary.core.metastore.MetastoreSettings;
import dev.tributary.core.settings.Program;
import dev.tributary.core.settings.Setting;
import dev.tributary.core.settings.Settings;
import dev.tributary.core.settings.SettingsGroup;
import dev.tributary.streaming.DriverSettings;
import java.time.Duration;
import java.util.List;

/** The settings of phase 1. */
public final class Phase1Settings {
  static final Setting<List<String>> SOURCE = Setting.text("source", "A source to run.").repeated();

  static final Setting<List<Acceptances.Loss>> ACCEPT_LOSS =
      Setting.parsed(
              "accept-loss",
              "topic/partition:from-to",
              "Accepts that Kafka lost these offsets before they were archived, or lost what was"
                  + " archived of them and has other records there, as the error named them.",
              Acceptances.Loss::parse)
          .repeated();

  static final Setting<List<Acceptances.Recreated>> ACCEPT_INCARNATION =
      Setting.parsed(
              "accept-incarnation",
              "topic:topic-id",
              "Accepts that a topic was created again or its cluster moved, as the error named it.",
              Acceptances.Recreated::parse)
          .repeated();

  static final Setting<List<Acceptances.Recreated>> ACCEPT_SAME_TOPIC =
      Setting.parsed(
              "accept-same-topic",
              "topic:topic-id",
              "Promises that a topic is still the one that the archive is of, where its ids cannot"
                  + " tell, as the error named it: the brokers have told them only since, or no"
                  + " longer do.",
              Acceptances.Recreated::parse)
          .repeated();

  static final Setting<Boolean> ACCEPT_UNKNOWN_IDS =
      Setting.flag(
          "accept-unknown-ids",
          "Accepts brokers that tell no topic ids or no cluster id: the operator promises that no"
              + " topic is deleted and created again under its name, and that the brokers stay those"
              + " of one cluster. Whether it happened cannot be noticed; records would be lost.");

  static final Setting<String> ACCEPTED_BY =
      Setting.text("accepted-by", "Who accepts; without it, the user that runs the driver.");

  static final Setting<String> ACCEPT_REASON =
      Setting.text("accept-reason", "Why; stands in the manifest log.")
          .withDefault("accepted on the command line");

  static final Setting<Duration> TOPICS_INTERVAL =
      Setting.duration(
              "topics.interval", "How often it looks for new topics of sources with a pattern.")
          .withDefault("30s");

  static final Setting<Long> TASK_BYTES =
      Setting.bytes(
              "task-bytes",
              "About how many bytes one task reads. A batch of 4 MiB or more has whole rounds of as"
                  + " many tasks as there are cores, though never more tasks than partitions; a"
                  + " smaller one is a single task.")
          .withDefault("256m");

  static final Setting<Duration> STALL_TIMEOUT =
      Setting.duration(
              "stall-timeout",
              "How long a partition that should hold records may deliver none. Its batch is then"
                  + " committed without it and its topic is tried again later, with half of the"
                  + " patience but not less than 8 s.")
          .withDefault("15s");

  /** The program with all its settings, for the generated reference too. */
  public static final Program PROGRAM =
      Program.of(
          "tributary phase1",
          "Reads Kafka topics and writes the raw archive.",
          SettingsGroup.of("Which sources", SOURCE),
          DriverSettings.SELECTION,
          DriverSettings.RUN,
          SettingsGroup.of(
              "Phase 1",
              TASK_BYTES,
              STALL_TIMEOUT,
              TOPICS_INTERVAL,
              ACCEPT_LOSS,
              ACCEPT_INCARNATION,
              ACCEPT_SAME_TOPIC,
              ACCEPT_UNKNOWN_IDS,
              ACCEPTED_BY,
              ACCEPT_REASON),
          MetastoreSettings.GROUP,
          DriverSettings.STORE);

  private Phase1Settings() {}

  static Acceptances acceptances(Settings settings) {
    return new Acceptances(
        settings.get(ACCEPT_LOSS),
        settings.get(ACCEPT_INCARNATION),
        settings.get(ACCEPT_SAME_TOPIC),
        settings.get(ACCEPT_UNKNOWN_IDS),
        new Acceptance(
            settings.find(ACCEPTED_BY).orElseGet(() -> System.getProperty("user.name", "unknown")),
            settings.get(ACCEPT_REASON)));
  }
}
