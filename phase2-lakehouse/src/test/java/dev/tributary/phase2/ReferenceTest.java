package dev.tributary.phase2;

import dev.tributary.core.settings.SettingsReference;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

final class ReferenceTest {
  @Test
  void theReferenceOfSettingsIsWhatTheDeclarationsSay() {
    Path document = Path.of(System.getProperty("tributary.home"), "docs", "configuration.md");
    SettingsReference.requireCurrent(document, Phase2Settings.PROGRAM);
    SettingsReference.requireCurrent(document, BackfillSettings.PROGRAM);
    SettingsReference.requireCurrent(document, ReplaySettings.PROGRAM);
    SettingsReference.requireCurrent(document, MaintainSettings.PROGRAM);
    SettingsReference.requireCurrent(document, EraseSettings.PROGRAM);
    SettingsReference.requireCurrent(document, RebuildSettings.PROGRAM);
  }
}
