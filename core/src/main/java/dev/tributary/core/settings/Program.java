package dev.tributary.core.settings;

import dev.tributary.core.error.ErrorCategory;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.LoggerFactory;

/**
 * A program and all the settings that it knows. Besides its own groups every program has {@link
 * StandardSettings}.
 *
 * @param name the command, as a person types it
 * @param purpose one sentence
 * @param groups its settings; keys are unique over all groups
 */
public record Program(String name, String purpose, List<SettingsGroup> groups) {
  /** Adds the standard settings and refuses a key that is declared twice. */
  public Program {
    groups = Stream.concat(groups.stream(), Stream.of(StandardSettings.GROUP)).distinct().toList();
    Map<String, Setting<?>> byVariable = new HashMap<>();
    for (Setting<?> setting :
        groups.stream().flatMap(group -> group.settings().stream()).toList()) {
      Setting<?> other = byVariable.put(setting.environmentVariable(), setting);
      if (other != null) {
        throw new IllegalArgumentException(
            "The settings %s and %s of %s share a name.".formatted(other, setting, name));
      }
    }
  }

  /** A program of the given groups. */
  public static Program of(String name, String purpose, SettingsGroup... groups) {
    return new Program(name, purpose, List.of(groups));
  }

  /** All settings, in the order of the groups. */
  public List<Setting<?>> settings() {
    return groups.stream().<Setting<?>>flatMap(group -> group.settings().stream()).toList();
  }

  /** What {@link #run} does with resolved settings; returns the exit code. */
  @FunctionalInterface
  public interface Body {
    /** Runs the program. */
    int run(Settings settings) throws Exception;
  }

  /**
   * The whole of a {@code main}: answers {@code --help} and {@code --show-config}, sets up logging,
   * runs the body, and turns an error into one line on standard error and its exit code. Stack
   * traces go to the log alone.
   *
   * @return the exit code, for {@code System.exit}
   */
  public int run(String[] arguments, Body body) {
    return run(arguments, body, System.out, System.err);
  }

  int run(String[] arguments, Body body, PrintStream out, PrintStream err) {
    ErrorLine line = ErrorLine.text(name);
    try {
      Optional<Settings> settings = start(arguments, out, err);
      if (settings.isEmpty()) {
        return 0;
      }
      line = ErrorLine.of(name, settings.get());
      return body.run(settings.get());
    } catch (TributaryException e) {
      LoggerFactory.getLogger(Program.class).debug("{} failed", name, e);
      err.println(line.error(e.code().code(), e.getMessage()));
      return e.code().category().exitCode();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      err.println(line.error("interrupted", "It was told to stop."));
      return ErrorCategory.UNAVAILABLE.exitCode();
    } catch (Exception e) {
      LoggerFactory.getLogger(Program.class).error("{} failed", name, e);
      err.println(
          line.error(
              ErrorCode.INTERNAL_ERROR.code(),
              "%s. This is a defect: please report it.".formatted(e)));
      return ErrorCategory.INTERNAL.exitCode();
    }
  }

  /** Empty: help or the configuration was asked for and printed. */
  private Optional<Settings> start(String[] arguments, PrintStream out, PrintStream err) {
    List<String> list = List.of(arguments);
    if (list.contains("--" + StandardSettings.HELP.key()) || list.contains("-h")) {
      out.print(HelpText.of(this));
      return Optional.empty();
    }
    Settings settings = resolve(list);
    if (settings.get(StandardSettings.SHOW_CONFIG)) {
      out.print(settings.describe());
      return Optional.empty();
    }
    StandardSettings.applyLogging(settings);
    ErrorLine line = ErrorLine.of(name, settings);
    settings.warnings().forEach(warning -> err.println(line.warning(warning)));
    return Optional.of(settings);
  }

  /**
   * Resolves against this process's environment and working directory.
   *
   * @throws TributaryException SETTING_INVALID that names every problem at once
   */
  public Settings resolve(List<String> arguments) {
    return resolve(arguments, System.getenv(), Path.of(""));
  }

  /**
   * As {@link #resolve(List)}, against a given environment and working directory.
   *
   * @throws TributaryException SETTING_INVALID that names every problem at once
   */
  public Settings resolve(
      List<String> arguments, Map<String, String> environment, Path workingDirectory) {
    return new SettingsResolver(this, environment, workingDirectory).resolve(arguments);
  }
}
