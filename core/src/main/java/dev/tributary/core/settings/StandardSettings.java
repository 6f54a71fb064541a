package dev.tributary.core.settings;

import java.nio.file.Path;
import java.util.Locale;

/** The settings that every program has. */
public final class StandardSettings {
  /** How log lines look. */
  public enum LogFormat {
    /** For people. */
    TEXT,
    /** One JSON object a line. */
    JSON
  }

  /** How much is logged. */
  public enum LogLevel {
    /** What went wrong. */
    ERROR,
    /** And what may go wrong. */
    WARN,
    /** And what happens. */
    INFO,
    /** And why. */
    DEBUG,
    /** Everything. */
    TRACE
  }

  /** The YAML file with settings. */
  public static final Setting<Path> SETTINGS_FILE =
      Setting.path("settings", "A YAML file with settings; dots in a key are nested groups.");

  /** The file with environment variables. */
  public static final Setting<Path> ENV_FILE =
      Setting.path(
          "env-file",
          "A file of NAME=value lines that stand for environment variables; without it, .env of the"
              + " working directory where there is one.");

  /** Prints where each value came from. */
  public static final Setting<Boolean> SHOW_CONFIG =
      Setting.flag(
          "show-config", "Prints each value and where it came from, secrets masked, and leaves.");

  /** Prints the help. */
  public static final Setting<Boolean> HELP = Setting.flag("help", "Prints this and leaves.");

  /** How much is logged. */
  public static final Setting<LogLevel> LOG_LEVEL =
      Setting.oneOf("log.level", "How much Tributary's own classes log.", LogLevel.class)
          .withDefault("info");

  /** How log lines look. */
  public static final Setting<LogFormat> LOG_FORMAT =
      Setting.oneOf(
              "log.format", "Log lines for people, or one JSON object a line.", LogFormat.class)
          .withDefault("text");

  static final SettingsGroup GROUP =
      SettingsGroup.of(
          "Every program", SETTINGS_FILE, ENV_FILE, SHOW_CONFIG, HELP, LOG_LEVEL, LOG_FORMAT);

  private StandardSettings() {}

  /**
   * Hands the log settings to the logging configuration by the system properties {@code
   * tributary.log.level} and {@code tributary.log.format}, which a program's log4j2 file reads.
   * Must run before the first logger is made.
   */
  static void applyLogging(Settings settings) {
    System.setProperty(
        "tributary.log.level", settings.get(LOG_LEVEL).name().toLowerCase(Locale.ROOT));
    System.setProperty(
        "tributary.log.format", settings.get(LOG_FORMAT).name().toLowerCase(Locale.ROOT));
  }
}
