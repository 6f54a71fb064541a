package dev.tributary.core.settings;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.NearestName;
import dev.tributary.core.error.TributaryException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** Finds each setting's value and collects all problems on the way. */
final class SettingsResolver {
  private static final String PREFIX = "TRIBUTARY_";

  private final Program program;
  private final Map<String, String> environment;
  private final Path workingDirectory;
  private final List<String> problems = new ArrayList<>();
  private final List<String> warnings = new ArrayList<>();

  SettingsResolver(Program program, Map<String, String> environment, Path workingDirectory) {
    this.program = program;
    this.environment = environment;
    this.workingDirectory = workingDirectory;
  }

  Settings resolve(List<String> arguments) {
    Map<String, Setting<?>> known = new TreeMap<>();
    program.settings().forEach(setting -> known.put(setting.key(), setting));
    List<GivenValues> sources = new ArrayList<>();
    sources.add(CommandLine.parse(arguments, known, problems));
    sources.add(fromVariables(environment, "environment variable", known));
    envFile(sources)
        .ifPresent(
            file ->
                sources.add(
                    fromVariables(
                        EnvFile.read(file, problems), "variable in " + file + ":", known)));
    file(StandardSettings.SETTINGS_FILE, sources)
        .ifPresent(file -> sources.add(SettingsFile.read(file, known, problems)));

    Map<Setting<?>, Settings.Resolved> values = new HashMap<>();
    known
        .values()
        .forEach(setting -> value(setting, sources).ifPresent(v -> values.put(setting, v)));
    if (!problems.isEmpty()) {
      throw new TributaryException(ErrorCode.SETTING_INVALID, message());
    }
    return new Settings(program, values, warnings);
  }

  private String message() {
    String head =
        problems.size() == 1
            ? "One setting of %s is wrong:".formatted(program.name())
            : "%d settings of %s are wrong:".formatted(problems.size(), program.name());
    return head + "\n  - " + String.join("\n  - ", problems);
  }

  private Optional<Path> envFile(List<GivenValues> sources) {
    Optional<Path> named = file(StandardSettings.ENV_FILE, sources);
    if (named.isPresent() || first(StandardSettings.ENV_FILE, sources).isPresent()) {
      return named;
    }
    return Optional.of(workingDirectory.resolve(".env")).filter(Files::isRegularFile);
  }

  /** The existing file that a setting names. */
  private Optional<Path> file(Setting<Path> setting, List<GivenValues> sources) {
    Optional<GivenValues.Given> given = first(setting, sources);
    if (given.isEmpty()) {
      return Optional.empty();
    }
    Path path;
    try {
      path = workingDirectory.resolve(setting.parse(given.get().texts()));
    } catch (IllegalArgumentException e) {
      return Optional.empty(); // reported with all others
    }
    if (!Files.isRegularFile(path)) {
      problems.add(
          "%s is '%s' (%s), where there is no file. Give the path of one."
              .formatted(setting.key(), path, given.get().origin()));
      return Optional.empty();
    }
    return Optional.of(path);
  }

  private GivenValues fromVariables(
      Map<String, String> variables, String kind, Map<String, Setting<?>> known) {
    GivenValues values = new GivenValues();
    Set<String> used = new HashSet<>();
    for (Setting<?> setting : known.values()) {
      String name = setting.environmentVariable();
      String text = variables.get(name);
      used.add(name);
      if (text == null || text.isEmpty() || !setting.isFromVariables()) {
        continue; // compose files and charts pass empty variables for absent ones
      }
      List<String> texts = setting.isRepeatable() ? commaSeparated(text) : List.of(text);
      values.put(setting.key(), texts, kind + " " + name);
    }
    // Programs share one environment, so a variable of another program is in order; one that is
    // nearly ours is a slip of the pen.
    variables.keySet().stream()
        .filter(name -> name.startsWith(PREFIX) && !used.contains(name))
        .sorted()
        .forEach(name -> nearlyOurs(name, used).ifPresent(near -> warn(kind, name, near)));
    return values;
  }

  private static Optional<String> nearlyOurs(String name, Set<String> known) {
    return NearestName.of(
            name.substring(PREFIX.length()),
            known.stream().map(each -> each.substring(PREFIX.length())).toList())
        .map(near -> PREFIX + near);
  }

  private void warn(String kind, String name, String near) {
    warnings.add("%s %s names no setting; did you mean %s?".formatted(kind, name, near));
  }

  private static List<String> commaSeparated(String text) {
    return List.of(text.split(",")).stream()
        .map(String::trim)
        .filter(part -> !part.isEmpty())
        .toList();
  }

  private static Optional<GivenValues.Given> first(Setting<?> setting, List<GivenValues> sources) {
    return sources.stream().flatMap(source -> source.get(setting.key()).stream()).findFirst();
  }

  private Optional<Settings.Resolved> value(Setting<?> setting, List<GivenValues> sources) {
    Optional<GivenValues.Given> given = first(setting, sources);
    if (given.isEmpty() && setting.defaultText().isPresent()) {
      given = Optional.of(new GivenValues.Given(List.of(setting.defaultText().get()), "default"));
    }
    if (given.isEmpty() && setting.isRequired()) {
      problems.add(
          "%s is missing. Give --%s, %s or a line in the settings file: %s"
              .formatted(
                  setting.key(), setting.key(), setting.environmentVariable(), setting.doc()));
      return Optional.empty();
    }
    if (given.isEmpty() && setting.isRepeatable()) {
      return Optional.of(new Settings.Resolved(List.of(), "none", "default"));
    }
    return given.flatMap(value -> parse(setting, value));
  }

  private Optional<Settings.Resolved> parse(Setting<?> setting, GivenValues.Given given) {
    String text = String.join(", ", given.texts());
    try {
      return Optional.of(new Settings.Resolved(setting.parse(given.texts()), text, given.origin()));
    } catch (IllegalArgumentException e) {
      problems.add(
          "%s is '%s' (%s), which is not allowed. %s"
              .formatted(
                  setting.key(),
                  Settings.masked(setting, text),
                  given.origin(),
                  remedy(setting, e)));
      return Optional.empty();
    }
  }

  /** A parser's message may repeat the value, which a secret's must not. */
  private static String remedy(Setting<?> setting, IllegalArgumentException e) {
    return setting.isSecret()
        ? "Use a value of type %s.".formatted(setting.type())
        : e.getMessage();
  }
}
