package dev.tributary.core.settings;

import java.util.List;

/**
 * Settings that belong together, under one title in help and reference.
 *
 * @param title for people
 * @param settings in the order in which they are shown
 */
public record SettingsGroup(String title, List<Setting<?>> settings) {
  /** Copies the list. */
  public SettingsGroup {
    settings = List.copyOf(settings);
  }

  /** A group of the given settings. */
  public static SettingsGroup of(String title, Setting<?>... settings) {
    return new SettingsGroup(title, List.of(settings));
  }
}
