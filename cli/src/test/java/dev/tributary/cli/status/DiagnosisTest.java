package dev.tributary.cli.status;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.core.metastore.RunReport;
import dev.tributary.core.spec.SpecState;
import java.util.List;
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
        .startsWith("./tributary plan accept 17 --dataset orders")
        .endsWith("then ./tributary phase2 --dataset orders");
  }

  @Test
  void aPlanWithMoreBadRecordsThanMemoryWantsMemoryAndNoRuling() {
    String message =
        "Plan 17 has 3000000 bad records. Else start the driver with --conf"
            + " spark.hadoop.tributary.quarantine.mostRecords=3000000 and about 1 KB.";
    assertThat(
            diagnose(0, 10, false, NONE, run(RunReport.State.FAILED, "plan-not-admitted", message))
                .next())
        .contains(
            "TRIBUTARY_DRIVER_MEMORY=5g SPARK_SUBMIT_OPTIONS='--driver-memory 5g --conf"
                + " spark.hadoop.tributary.quarantine.mostRecords=3000000' ./tributary phase2"
                + " --dataset orders   (or, where the dataset is to blame, plan void)");
  }

  @Test
  void anyOtherFailureIsTriedAgain() {
    assertThat(
            diagnose(0, 10, false, NONE, run(RunReport.State.FAILED, "table-unavailable")).next())
        .contains("./tributary phase2 --dataset orders");
  }

  @Test
  void whatPhase1WantsToBeAcceptedIsAcceptedByTheCommandThatIsGiven() {
    assertThat(
            afterFailure(
                "kafka-truncated",
                "The archive keeps what it has. To go on, start phase 1 with"
                    + " --accept-loss my.orders/0:10-15 --accept-loss my.orders/12:3-4. Records"
                    + " from there on are in both."))
        .contains(
            "./tributary phase1 --source orders_source --accept-loss my.orders/0:10-15"
                + " --accept-loss my.orders/12:3-4 --accepted-by NAME --accept-reason TEXT");
    assertThat(
            afterFailure(
                "kafka-records-unreadable",
                "Restore them in Kafka, or accept the loss by starting phase 1 with"
                    + " --accept-loss orders/0:13-20."))
        .contains(
            "./tributary phase1 --source orders_source --accept-loss orders/0:13-20"
                + " --accepted-by NAME --accept-reason TEXT");
    assertThat(
            afterFailure(
                "kafka-ids-unknown",
                "If it was not created again, start phase 1 with --accept-same-topic"
                    + " orders:kLQ3-_GkZQ1qk2bX0TgZ4-: the archive goes on where it ends. If it"
                    + " was, start it with --accept-incarnation orders:kLQ3-_GkZQ1qk2bX0TgZ4-: the"
                    + " archive goes on from its first offset."))
        .contains(
            "./tributary phase1 --source orders_source"
                + " --accept-same-topic orders:kLQ3-_GkZQ1qk2bX0TgZ4-"
                + " --accepted-by NAME --accept-reason TEXT"
                + "   (or --accept-incarnation orders:kLQ3-_GkZQ1qk2bX0TgZ4-, where it was created"
                + " again)");
    assertThat(
            afterFailure(
                "kafka-ids-unknown",
                "Use brokers of Kafka 2.8 or later, or start phase 1 with --accept-unknown-ids if"
                    + " no topic is ever created again under its name."))
        .contains("./tributary phase1 --source orders_source --accept-unknown-ids");
    assertThat(afterFailure("kafka-unavailable", "Not with --accept-loss orders/0:13-20."))
        .contains("./tributary phase1 --source orders_source");
  }

  private static Optional<String> afterFailure(String code, String message) {
    return diagnose(10, 0, false, run(RunReport.State.FAILED, code, message), NONE).next();
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
                false,
                true,
                true,
                NONE,
                run(RunReport.State.FAILED, "table-unavailable"),
                List.of(),
                Map.of(),
                List.of("orders/0: 3 offsets are gone."),
                List.of()));

    assertThat(diagnosis.state()).isEqualTo(DatasetStatus.State.UNACCOUNTED);
    assertThat(diagnosis.cause()).contains("unaccounted: orders/0: 3 offsets are gone.");
    assertThat(diagnosis.next()).contains("./tributary reconcile --deep --dataset orders");
  }

  @Test
  void whatKafkaLostIsAcceptedByTheCommandThatIsGiven() {
    Diagnosis diagnosis = lost(run(RunReport.State.FAILED, "kafka-retention-loss"));

    assertThat(diagnosis.state()).isEqualTo(DatasetStatus.State.FAILED);
    assertThat(diagnosis.cause()).contains("kafka-retention-loss: half of it is broken");
    assertThat(diagnosis.next())
        .contains(
            "./tributary phase1 --source orders_source --accept-loss orders/0:4-6"
                + " --accepted-by NAME --accept-reason TEXT");
    assertThat(lost(NONE).cause())
        .contains("kafka-retention-loss: Kafka lost orders/0:4-6 before they were archived");
  }

  @Test
  void aTopicThatWasCreatedAgainNeedsAnAcceptanceWhateverElseDoesNotAddUp() {
    List<String> findings = List.of("orders/0: the archive goes to 9, Kafka only to 3.");
    Diagnosis diagnosis =
        unaccounted(
            run(RunReport.State.FAILED, "topic-recreated"),
            List.of(),
            Map.of("orders", "kLQ3mGkZQ1qk2bX0TgZ4lw", "refunds", "b2"),
            findings);

    assertThat(diagnosis.cause()).contains("topic-recreated: half of it is broken");
    assertThat(diagnosis.next())
        .contains(
            "./tributary phase1 --source orders_source"
                + " --accept-incarnation orders:kLQ3mGkZQ1qk2bX0TgZ4lw"
                + " --accept-incarnation refunds:b2 --accepted-by NAME --accept-reason TEXT");
    assertThat(
            unaccounted(
                    run(RunReport.State.FAILED, "topic-recreated"), List.of(), Map.of(), findings)
                .state())
        .as("one that is gone since has no id to accept")
        .isEqualTo(DatasetStatus.State.UNACCOUNTED);
  }

  @Test
  void aTopicThatNobodyHasSeenNeedsSomebodyUnlessPhase1LooksForIt() {
    assertThat(awaiting(NONE).state()).isEqualTo(DatasetStatus.State.IDLE);
    assertThat(awaiting(NONE).cause())
        .contains("topic-not-found: topic 'odrers' is neither in Kafka nor in the archive.");
    assertThat(awaiting(run(RunReport.State.RUNNING, "")).state())
        .isEqualTo(DatasetStatus.State.RUNNING);
    assertThat(awaiting(run(RunReport.State.FAILED, "topic-not-found")).state())
        .isEqualTo(DatasetStatus.State.FAILED);
  }

  private static Diagnosis awaiting(LastRun phase1) {
    return Diagnosis.of(
        new Situation(
            "orders",
            "orders_source",
            SpecState.ACTIVE,
            0,
            0,
            OptionalLong.empty(),
            false,
            false,
            false,
            phase1,
            NONE,
            List.of(),
            Map.of(),
            List.of(),
            List.of("topic 'odrers' is neither in Kafka nor in the archive.")));
  }

  @Test
  void aRunThatFellSilentIsNamed() {
    Diagnosis diagnosis =
        diagnose(10, 0, false, new LastRun(run(RunReport.State.RUNNING, "").report(), false), NONE);

    assertThat(diagnosis.cause())
        .contains(
            "records wait in Kafka and no phase 1 runs; the last run, run-1, was running at"
                + " 1970-01-01T00:00:00Z");
  }

  private static Diagnosis lost(LastRun phase1) {
    return unaccounted(
        phase1, List.of("orders/0:4-6"), Map.of(), List.of("orders/0: 2 offsets are gone."));
  }

  private static Diagnosis unaccounted(
      LastRun phase1, List<String> lost, Map<String, String> recreated, List<String> findings) {
    return Diagnosis.of(
        new Situation(
            "orders",
            "orders_source",
            SpecState.ACTIVE,
            2,
            0,
            OptionalLong.empty(),
            false,
            false,
            false,
            phase1,
            NONE,
            lost,
            recreated,
            findings,
            List.of()));
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
            false,
            moving,
            moving,
            phase1,
            phase2,
            List.of(),
            Map.of(),
            List.of(),
            List.of()));
  }

  private static LastRun run(RunReport.State state, String code) {
    return run(state, code, "half of it is broken");
  }

  private static LastRun run(RunReport.State state, String code, String message) {
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
                Optional.of(message))),
        true);
  }
}
