package dev.tributary.cli;

import dev.tributary.core.settings.Program;
import dev.tributary.core.settings.SettingsReference;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReferenceTest {
  @Test
  void theReferenceOfSettingsIsWhatTheDeclarationsSay() {
    Path document = Path.of(System.getProperty("tributary.home"), "docs", "configuration.md");
    List<Program> programs = new ArrayList<>(DatasetChanges.PROGRAMS);
    programs.addAll(
        List.of(
            ApplyCommand.PROGRAM,
            RecoverCommand.PROGRAM,
            TransformCommand.REGISTER,
            TransformCommand.UPLOAD,
            TransformCommand.DESCRIBE,
            TransformCommand.LIST,
            DatasetHistory.PROGRAM,
            SourceCommand.LIST,
            SourceCommand.SHOW,
            SourceCommand.HISTORY,
            SourceCommand.APPLY,
            SourceCommand.RETIRE,
            AuditCommand.PROGRAM,
            ProposeCommand.PROGRAM,
            ReconcileCommand.PROGRAM,
            StatusCommand.PROGRAM,
            DatasetCommand.LIST,
            DatasetShow.PROGRAM,
            DatasetCommand.APPLY,
            PlanCommand.LIST,
            PlanCommand.ACCEPT,
            PlanCommand.VOID,
            QuarantineCommand.LIST,
            QuarantineCommand.SHOW,
            DriftCommand.PROGRAM,
            TableCommand.LIST,
            TableCommand.SHOW,
            SweepCommand.PROGRAM,
            CompactCommand.PROGRAM,
            RetainCommand.PROGRAM));
    for (Program program : programs) {
      SettingsReference.requireCurrent(document, program);
    }
  }
}
