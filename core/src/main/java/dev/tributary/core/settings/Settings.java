package dev.tributary.core.settings;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The settings of one run of a program, resolved and checked. Immutable and thread-safe. */
public final class Settings {
  /** A value, how it was written and where it came from. */
  record Resolved(Object value, String text, String origin) {}

  private final Program program;
  private final Map<Setting<?>, Resolved> values;
  private final List<String> warnings;

  Settings(Program program, Map<Setting<?>, Resolved> values, List<String> warnings) {
    this.program = program;
    this.values = Map.copyOf(values);
    this.warnings = List.copyOf(warnings);
  }

  /**
   * The value of a setting that has a default, is required or is repeatable; use {@link #find} for
   * any other.
   */
  public <T> T get(Setting<T> setting) {
    return find(setting)
        .orElseThrow(
            () ->
                new IllegalStateException(
                    "The setting %s has no default and may be absent: read it with find."
                        .formatted(setting.key())));
  }

  /** The value of a setting; empty where none was given and there is no default. */
  @SuppressWarnings("unchecked") // resolved by this very setting's parser
  public <T> Optional<T> find(Setting<T> setting) {
    if (!program.settings().contains(setting)) {
      throw new IllegalArgumentException(
          "The program %s does not declare the setting %s.".formatted(program.name(), setting));
    }
    return Optional.ofNullable(values.get(setting)).map(resolved -> (T) resolved.value());
  }

  /** Where a value came from, for people; empty where there is none. */
  public Optional<String> origin(Setting<?> setting) {
    return Optional.ofNullable(values.get(setting)).map(Resolved::origin);
  }

  /** What a person should know although the program can run. */
  public List<String> warnings() {
    return warnings;
  }

  /** Each value and where it came from, a line each, secrets masked. */
  public String describe() {
    StringBuilder text = new StringBuilder();
    for (SettingsGroup group : program.groups()) {
      text.append("# ").append(group.title()).append('\n');
      for (Setting<?> setting : group.settings()) {
        Resolved resolved = values.get(setting);
        if (resolved == null) {
          text.append("%s is not set%n".formatted(setting.key()));
        } else {
          text.append(
              "%s = %s  (%s)%n"
                  .formatted(setting.key(), masked(setting, resolved.text()), resolved.origin()));
        }
      }
    }
    return text.toString();
  }

  static String masked(Setting<?> setting, String text) {
    return setting.isSecret() ? "***" : text;
  }
}
