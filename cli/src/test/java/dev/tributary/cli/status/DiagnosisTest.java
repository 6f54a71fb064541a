package dev.tributary.cli.status;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.core.metastore.RunReport;
import dev.tributary.core.spec.SpecState;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class DiagnosisTest {
  private static final LastRun NONE = new LastRun(Optional.empty(), false);

  @Test
  void aDatasetThatMovesNeedsNobody() {
    Diagnosis diagnosis = diagnose(10, 20, true, run(RunReport.State.RUNNING, ""), NONE);

    assertThat(diagnosis.state()).isEqualTo(DatasetStatus.State.RUNNING);
    assertThat(diagnosis.next()).isEmpty();
  }

  @Test
  void recordsThatNobodyMovesNameTheDriverToStart() {
    assertThat(diagnose(10, 0, false, NONE, NONE).next())
        .contains("./tributary phase1 --source orders_source");
    assertThat(diagnose(0, 10, false, NONE, NONE).next())
        .contains("./tributary phase2 --dataset orders");
    assertThat(diagnose(0, 10, false, NONE, NONE).state()).isEqualTo(DatasetStatus.State.IDLE);
  }

  @Test
  void aPlanThatWasNotAdmittedWantsARuling() {
    Diagnosis diagnosis =
        diagnose(0, 10, false, NONE, run(RunReport.State.FAILED, "plan-not-admitted"));

    assertThat(diagnosis.state()).isEqualTo(DatasetStatus.State.FAILED);
    assertThat(diagnosis.cause()).contains("plan-not-admitted: half of it is broken");
    assertThat(diagnosis.next().orElseThrow())
        .startsWith("./tributary plan accept 17 --dataset orders");
  }

  @Test
  void anyOtherFailureIsTriedAgain() {
    assertThat(
            diagnose(0, 10, false, NONE, run(RunReport.State.FAILED, "table-unavailable")).next())
        .contains("./tributary phase2 --dataset orders");
  }

  @Test
  void whatDoesNotAddUpComesFirst() {
    Diagnosis diagnosis =
        Diagnosis.of(
            new Situation(
                "orders",
                "orders_source",
                SpecState.PAUSED,
                0,
                0,
                OptionalLong.empty(),
                true,
                true,
                NONE,
                run(RunReport.State.FAILED, "table-unavailable"),
                Optional.of("orders/0: 3 offsets are gone.")));

    assertThat(diagnosis.state()).isEqualTo(DatasetStatus.State.UNACCOUNTED);
    assertThat(diagnosis.cause()).contains("unaccounted: orders/0: 3 offsets are gone.");
    assertThat(diagnosis.next()).contains("./tributary reconcile --dataset orders --deep");
  }

  private static Diagnosis diagnose(
      long toArchive, long toWrite, boolean moving, LastRun phase1, LastRun phase2) {
    return Diagnosis.of(
        new Situation(
            "orders",
            "orders_source",
            SpecState.ACTIVE,
            toArchive,
            toWrite,
            toWrite > 0 ? OptionalLong.of(17) : OptionalLong.empty(),
            moving,
            moving,
            phase1,
            phase2,
            Optional.empty()));
  }

  private static LastRun run(RunReport.State state, String code) {
    return new LastRun(
        Optional.of(
            new RunReport(
                "run-1",
                "orders",
                2,
                state,
                0,
                Map.of(),
                code.isEmpty() ? Optional.empty() : Optional.of(code),
                Optional.of("half of it is broken"))),
        true);
  }
}
