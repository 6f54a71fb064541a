package dev.tributary.delivery;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A driver is killed with -9 at each named point and started again: nothing lost, nothing twice.
 */
class KillPointsIT {
  private static final int KILLED = 137;
  private static Pipeline shared;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "phase1.before-offset-log",
        "phase1.after-offset-log",
        "archive.file.middle",
        "archive.before-manifest",
        "archive.after-manifest",
        "phase1.after-manifest-before-checkpoint"
      })
  void phase1KilledHereGoesOnExactly(String point) {
    Pipeline pipeline = Pipeline.create("kill_one", 3);
    pipeline.produce(500);
    pipeline.order(point, "kill");
    pipeline.phase1("--trigger", "available-now").expectExit(KILLED);
    pipeline.produce(100);
    pipeline.phase1("--trigger", "available-now").expectExit(0);
    pipeline.assertArchiveExact();
  }

  @Test
  void aManifestWhoseAnswerWasLostIsNotWrittenAgain() {
    Pipeline pipeline = Pipeline.create("answer_lost", 3);
    pipeline.produce(500);
    pipeline.order("archive.manifest.landed-answer-lost", "fail");
    pipeline.phase1("--trigger", "available-now").expectExit(0);
    pipeline.assertArchiveExact();
  }

  @Tag("long")
  @ParameterizedTest
  @ValueSource(
      strings = {
        "phase2.plan-put",
        "phase2.before-tombstones",
        "phase2.after-tombstones",
        "phase2.after-quarantine",
        "phase2.after-table",
        "phase2.after-account"
      })
  void phase2KilledHereGoesOnExactly(String point) {
    Pipeline pipeline = archived().another("kill_two");
    pipeline.order(point, "kill");
    pipeline.phase2("--trigger", "available-now").expectExit(KILLED);
    pipeline.phase2("--trigger", "available-now").expectExit(0);
    pipeline.assertTableExact();
  }

  /** An archive that several datasets read. */
  private static synchronized Pipeline archived() {
    if (shared == null) {
      shared = Pipeline.create("kill_two", 3);
      shared.produce(500);
      shared.phase1("--trigger", "available-now").expectExit(0);
    }
    return shared;
  }
}
