package dev.tributary.streaming;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.metastore.Activation;
import dev.tributary.core.metastore.Metastore;
import dev.tributary.core.metastore.RunReport;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.SourceSpec;
import dev.tributary.core.spec.Versioned;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

final class RunReporterTest {
  private static final RunOutcome FINISHED =
      new RunOutcome(RunOutcome.Ending.FINISHED, Optional.empty());
  private static final TributaryException NOT_ADMITTED =
      new TributaryException(ErrorCode.PLAN_NOT_ADMITTED, "Too many bad records.");

  private final Pipelines pipelines = new Pipelines();
  private final RememberedReports metastore = new RememberedReports();
  private final PipelineMetrics orders =
      pipelines.register(
          "orders", () -> new PipelineMetrics("orders", "phase2", Clock.systemUTC()));

  @Test
  void aPipelineThatWorksIsReportedAgainAndAgain() {
    orders.running();
    orders.committed(new Commit(30, 900, 2, Duration.ZERO));
    RunReporter reporter = start(Duration.ofMillis(10));
    await().until(() -> metastore.reports.size() >= 3);
    reporter.finish(FINISHED);

    RunReport report = metastore.reports.get(0);
    assertThat(report.run()).isEqualTo("run-1");
    assertThat(report.pipeline()).isEqualTo("orders");
    assertThat(report.phase()).isEqualTo(2);
    assertThat(report.state()).isEqualTo(RunReport.State.RUNNING);
    assertThat(report.progress())
        .containsEntry("records_ingested", 30L)
        .containsEntry("quarantined", 2L)
        .containsEntry("commits", 1L)
        .containsKey("last_commit");
  }

  @Test
  void anErrorIsReportedWithItsCodeBeforeTheIntervalIsOver() {
    orders.running();
    RunReporter reporter = start(Duration.ofHours(1));
    await().until(() -> metastore.reports.size() == 1);
    orders.failed(NOT_ADMITTED);
    await().until(() -> metastore.reports.size() == 2);
    reporter.finish(FINISHED);

    assertThat(metastore.reports).hasSize(2);
    assertThat(metastore.reports.get(1).state()).isEqualTo(RunReport.State.FAILED);
    assertThat(metastore.reports.get(1).errorCode()).contains("plan-not-admitted");
    assertThat(metastore.reports.get(1).error()).contains("Too many bad records.");
  }

  @Test
  void whatHasEndedIsNotReportedAgainForALaterRunMayBeAtWork() {
    PipelineMetrics flights =
        pipelines.register(
            "flights", () -> new PipelineMetrics("flights", "phase2", Clock.systemUTC()));
    orders.failed(NOT_ADMITTED);
    flights.running();
    RunReporter reporter = start(Duration.ofMillis(10));
    await().until(() -> metastore.of("flights").size() >= 5);
    reporter.finish(FINISHED);

    assertThat(metastore.of("orders")).hasSize(1);
  }

  @Test
  void theLastReportSaysThatARunThatWorkedHasStopped() {
    orders.running();
    RunReporter reporter = start(Duration.ofHours(1));
    reporter.finish(FINISHED);

    assertThat(metastore.last().state()).isEqualTo(RunReport.State.STOPPED);
  }

  @Test
  void theLastReportOfARunThatFailedSaysWhy() {
    orders.running();
    RunReporter reporter = start(Duration.ofHours(1));
    reporter.finish(new RunOutcome(RunOutcome.Ending.FAILED, Optional.of(NOT_ADMITTED)));

    assertThat(metastore.last().state()).isEqualTo(RunReport.State.FAILED);
    assertThat(metastore.last().errorCode()).contains("plan-not-admitted");
  }

  @Test
  void aMetastoreThatIsAwayHarmsNothingAndIsToldOnceItIsBack() {
    metastore.away = true;
    orders.running();
    RunReporter reporter = start(Duration.ofMillis(10));
    await().until(() -> metastore.refused >= 3);
    metastore.away = false;
    await().until(() -> !metastore.reports.isEmpty());
    metastore.away = true;
    reporter.finish(FINISHED);

    assertThat(metastore.reports).isNotEmpty();
  }

  @Test
  void aReportThatIsRefusedSilencesNoOther() {
    PipelineMetrics flights =
        pipelines.register(
            "flights", () -> new PipelineMetrics("flights", "phase2", Clock.systemUTC()));
    pipelines.register("zones", () -> new PipelineMetrics("zones", "phase2", Clock.systemUTC()));
    metastore.refuses = "orders";
    orders.running();
    flights.running();
    RunReporter reporter = start(Duration.ofHours(1));
    await().until(() -> metastore.of("flights").size() == 1 && metastore.of("zones").size() == 1);
    metastore.refuses = "";
    orders.failed(NOT_ADMITTED);
    await().until(() -> metastore.of("orders").size() == 1);
    reporter.finish(FINISHED);
    assertThat(metastore.of("flights")).hasSize(2);
  }

  @Test
  void withAnIntervalOfZeroNothingIsReported() {
    orders.running();
    RunReporter reporter = start(Duration.ZERO);
    reporter.finish(FINISHED);

    assertThat(metastore.reports).isEmpty();
  }

  private RunReporter start(Duration interval) {
    return RunReporter.start(pipelines, metastore, "run-1", interval, Clock.systemUTC());
  }

  /** A service that keeps what it is told, or does not answer. */
  private static final class RememberedReports implements Metastore {
    private final List<RunReport> reports = new CopyOnWriteArrayList<>();
    private volatile boolean away;
    private volatile String refuses = "";
    private volatile int refused;

    List<RunReport> of(String pipeline) {
      return reports.stream().filter(report -> report.pipeline().equals(pipeline)).toList();
    }

    RunReport last() {
      return reports.get(reports.size() - 1);
    }

    @Override
    public void reportRun(RunReport report) {
      if (away) {
        refused += 1;
        throw new TributaryException(ErrorCode.METASTORE_UNAVAILABLE, "It is away.");
      }
      if (report.pipeline().equals(refuses)) {
        throw new TributaryException(ErrorCode.METASTORE_REFUSED, "It is refused.");
      }
      reports.add(report);
    }

    @Override
    public List<Versioned<SourceSpec>> sources() {
      throw new UnsupportedOperationException();
    }

    @Override
    public List<Versioned<DatasetSpec>> datasets() {
      throw new UnsupportedOperationException();
    }

    @Override
    public Optional<Versioned<SourceSpec>> source(String name) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Optional<Versioned<DatasetSpec>> dataset(String name) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Optional<Versioned<DatasetSpec>> dataset(String name, long version) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Optional<byte[]> jar(String sha256) {
      return Optional.empty();
    }

    @Override
    public List<String> foundTopics(String source, List<String> topics) {
      return List.of();
    }

    @Override
    public void reportActivation(Activation activation) {
      throw new UnsupportedOperationException();
    }
  }
}
