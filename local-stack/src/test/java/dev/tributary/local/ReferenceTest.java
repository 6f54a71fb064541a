package dev.tributary.local;

import dev.tributary.core.settings.Program;
import dev.tributary.core.settings.SettingsReference;
import dev.tributary.local.demo.Demo;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReferenceTest {
  @Test
  void theReferenceOfSettingsIsWhatTheDeclarationsSay() {
    Path document = Path.of(System.getProperty("tributary.home"), "docs", "configuration.md");
    for (Program program :
        List.of(
            Demo.PROGRAM, LocalMain.UP, LocalMain.DOWN, LocalMain.STATUS, LocalProduce.PROGRAM)) {
      SettingsReference.requireCurrent(document, program);
    }
  }
}
