package dev.tributary.phase2;

import dev.tributary.core.settings.SettingsReference;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

final class ReferenceTest {
  @Test
  void theReferenceOfSettingsIsWhatTheDeclarationsSay() {
    SettingsReference.requireCurrent(
        Path.of(System.getProperty("tributary.home"), "docs", "configuration.md"),
        Phase2Settings.PROGRAM);
  }
}
