package dev.tributary.cli;

import dev.tributary.core.settings.Program;
import dev.tributary.core.settings.SettingsReference;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReferenceTest {
  @Test
  void theReferenceOfSettingsIsWhatTheDeclarationsSay() {
    Path document = Path.of(System.getProperty("tributary.home"), "docs", "configuration.md");
    for (Program program :
        List.of(
            ReconcileCommand.PROGRAM,
            StatusCommand.PROGRAM,
            DatasetCommand.LIST,
            DatasetCommand.SHOW,
            DatasetCommand.APPLY,
            PlanCommand.LIST,
            PlanCommand.ACCEPT,
            PlanCommand.VOID,
            SweepCommand.PROGRAM)) {
      SettingsReference.requireCurrent(document, program);
    }
  }
}
