package dev.tributary.streaming;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
final class RunLoopTest {
  private static final RetryPolicy QUICK =
      new RetryPolicy(3, Duration.ofMillis(1), Duration.ofMillis(5));
  private static final RunLimits ONCE =
      new RunLimits(Duration.ZERO, Duration.ofSeconds(5), Duration.ZERO);
  private static final RunLimits FOR_EVER =
      new RunLimits(Duration.ZERO, Duration.ofSeconds(5), Duration.ofMillis(20));

  private final ExecutorService threads = Executors.newCachedThreadPool();

  private interface Work {
    void run(PipelineMetrics metrics, int attempt, StopSignal stop) throws Exception;
  }

  private static class TestUnit implements RunUnit {
    private final String name;
    private final String fingerprint;
    private final Work work;
    private final Set<String> claims;
    private final PipelineMetrics metrics;
    private final AtomicInteger attempts = new AtomicInteger();
    private OptionalInt attemptsOfItsOwn = OptionalInt.empty();

    TestUnit(String name, Work work) {
      this(name, "", work);
    }

    TestUnit(String name, String fingerprint, Work work) {
      this(name, fingerprint, Set.of(), work);
    }

    TestUnit(String name, String fingerprint, Set<String> claims, Work work) {
      this.name = name;
      this.fingerprint = fingerprint;
      this.claims = claims;
      this.work = work;
      this.metrics = new PipelineMetrics(name, "phase1", Clock.systemUTC());
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public String fingerprint() {
      return fingerprint;
    }

    @Override
    public Set<String> claims() {
      return claims;
    }

    @Override
    public RetryPolicy retries(RetryPolicy driver) {
      return driver.with(attemptsOfItsOwn, Optional.empty(), Optional.empty());
    }

    @Override
    public List<PipelineMetrics> pipelines() {
      return List.of(metrics);
    }

    @Override
    public void run(StopSignal stop) throws Exception {
      work.run(metrics, attempts.incrementAndGet(), stop);
    }
  }

  private static void untilStopped(PipelineMetrics metrics, int attempt, StopSignal stop)
      throws InterruptedException {
    stop.await(Duration.ofMinutes(1));
  }

  private static void waitFor(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static TributaryException away() {
    return new TributaryException(ErrorCode.KAFKA_UNAVAILABLE, "The brokers are away.");
  }

  private static TributaryException refused() {
    return new TributaryException(ErrorCode.STORE_REFUSED, "The key is not known.");
  }

  private static TributaryException lost() {
    return new TributaryException(ErrorCode.KAFKA_RETENTION_LOSS, "Offsets are gone.");
  }

  @AfterEach
  void stopThreads() {
    threads.shutdownNow();
  }

  @Test
  void aFailureThatMayPassIsTriedAgainUntilItHasPassed() throws Exception {
    TestUnit unit =
        new TestUnit(
            "orders",
            (metrics, attempt, stop) -> {
              if (attempt < 3) {
                throw away();
              }
            });

    RunOutcome outcome = new RunLoop(() -> List.of(unit), QUICK, ONCE).run();

    assertThat(unit.attempts).hasValue(3);
    assertThat(outcome.ending()).isEqualTo(RunOutcome.Ending.FINISHED);
    assertThat(outcome.exitCode()).isZero();
    assertThat(unit.metrics.state()).isEqualTo(PipelineState.STOPPED);
  }

  @Test
  void aFailureThatDoesNotPassIsGivenUpAfterTheAllowedAttempts() throws Exception {
    TestUnit unit =
        new TestUnit(
            "orders",
            (metrics, attempt, stop) -> {
              throw away();
            });

    RunOutcome outcome = new RunLoop(() -> List.of(unit), QUICK, ONCE).run();

    assertThat(unit.attempts).hasValue(3);
    assertThat(outcome.exitCode()).isEqualTo(75);
    assertThat(unit.metrics.state()).isEqualTo(PipelineState.FAILED);
    assertThat(unit.metrics.error()).map(Throwable::getMessage).contains("The brokers are away.");
  }

  @Test
  void aUnitThatSaysHowOftenIsTriedAsOftenAndTheOthersAsTheDriverIsTold() throws Exception {
    Work fails =
        (metrics, attempt, stop) -> {
          throw away();
        };
    TestUnit patient = new TestUnit("patient", fails);
    patient.attemptsOfItsOwn = OptionalInt.of(6);
    TestUnit other = new TestUnit("other", fails);

    new RunLoop(() -> List.of(patient, other), QUICK, ONCE).run();

    assertThat(patient.attempts).hasValue(6);
    assertThat(other.attempts).hasValue(3);
  }

  @Test
  void aWaitThatIsGivenAloneIsKeptWhateverTheOtherIs() {
    RetryPolicy driver = new RetryPolicy(10, Duration.ofSeconds(1), Duration.ofMinutes(1));
    Optional<Duration> hour = Optional.of(Duration.ofHours(1));
    Optional<Duration> instant = Optional.of(Duration.ofMillis(5));
    assertThat(driver.with(OptionalInt.empty(), Optional.empty(), Optional.empty()))
        .isEqualTo(driver);
    assertThat(driver.with(OptionalInt.of(2), hour, Optional.empty()))
        .isEqualTo(new RetryPolicy(2, hour.get(), hour.get()));
    assertThat(driver.with(OptionalInt.empty(), Optional.empty(), instant))
        .isEqualTo(new RetryPolicy(10, instant.get(), instant.get()));
    assertThat(driver.with(OptionalInt.empty(), instant, hour))
        .isEqualTo(new RetryPolicy(10, instant.get(), hour.get()));
  }

  @Test
  void whatFailedAndIsNoLongerWantedDoesNotTroubleTheHealth() throws Exception {
    TestUnit failing =
        new TestUnit(
            "orders",
            (metrics, attempt, stop) -> {
              throw lost();
            });
    TestUnit healthy = new TestUnit("clicks", RunLoopTest::untilStopped);
    List<RunUnit> wanted = new CopyOnWriteArrayList<>(List.of(failing, healthy));
    Pipelines pipelines = new Pipelines();
    pipelines.register("orders", () -> failing.metrics);
    pipelines.register("clicks", () -> healthy.metrics);
    RunLoop loop = new RunLoop(() -> List.copyOf(wanted), QUICK, FOR_EVER);
    Future<RunOutcome> running = threads.submit(loop::run);
    await().until(() -> pipelines.health() == Health.DEGRADED);

    wanted.remove(failing);

    await().until(() -> pipelines.health() == Health.OK);
    loop.stop();
    running.get(5, TimeUnit.SECONDS);
  }

  @Test
  void progressBetweenFailuresStartsTheCountAnew() throws Exception {
    TestUnit unit =
        new TestUnit(
            "orders",
            (metrics, attempt, stop) -> {
              if (attempt < 8) {
                metrics.committed(new Commit(1, 1, 0, Duration.ZERO));
                throw away();
              }
            });

    assertThat(new RunLoop(() -> List.of(unit), QUICK, ONCE).run().exitCode()).isZero();
  }

  @Test
  void aLookThatFoundNothingToDoIsProgressToo() throws Exception {
    TestUnit unit =
        new TestUnit(
            "orders",
            (metrics, attempt, stop) -> {
              if (attempt < 8) {
                metrics.caughtUp();
                throw away();
              }
            });

    assertThat(new RunLoop(() -> List.of(unit), QUICK, ONCE).run().exitCode()).isZero();
  }

  @Test
  void aFailureThatARetryCannotHelpIsGivenUpAtOnceAndTheOthersGoOn() throws Exception {
    TestUnit bad =
        new TestUnit(
            "bad",
            (metrics, attempt, stop) -> {
              throw new IllegalStateException("wrapped", lost());
            });
    TestUnit good = new TestUnit("good", RunLoopTest::untilStopped);
    RunLoop loop = new RunLoop(() -> List.of(bad, good), QUICK, FOR_EVER);

    Future<RunOutcome> run = threads.submit(loop::run);
    await().until(() -> bad.metrics.state() == PipelineState.FAILED);
    await().until(() -> good.metrics.state() == PipelineState.RUNNING);
    assertThat(bad.attempts).hasValue(1);
    loop.stop();

    RunOutcome outcome = run.get(5, TimeUnit.SECONDS);
    assertThat(outcome.exitCode()).isEqualTo(3);
    assertThat(outcome.error())
        .map(TributaryException::code)
        .contains(ErrorCode.KAFKA_RETENTION_LOSS);
    assertThat(good.metrics.state()).isEqualTo(PipelineState.STOPPED);
  }

  @Test
  void aRefusalOfWhatWasAllowedBeforeIsTriedAgainAndAnyOtherIsNot() throws Exception {
    TestUnit rotated =
        new TestUnit(
            "rotated",
            (metrics, attempt, stop) -> {
              if (attempt == 1) {
                metrics.committed(new Commit(1, 1, 0, Duration.ZERO));
              }
              if (attempt < 3) {
                throw refused();
              }
            });
    TestUnit never =
        new TestUnit(
            "never",
            (metrics, attempt, stop) -> {
              throw refused();
            });

    assertThat(new RunLoop(() -> List.of(rotated), QUICK, ONCE).run().exitCode()).isZero();
    assertThat(rotated.attempts).hasValue(3);
    assertThat(new RunLoop(() -> List.of(never), QUICK, ONCE).run().exitCode()).isEqualTo(2);
    assertThat(never.attempts).hasValue(1);
  }

  @Test
  void aPipelineThatFailedInsideAUnitThatGoesOnDecidesTheExitCode() throws Exception {
    TestUnit unit = new TestUnit("shared", (metrics, attempt, stop) -> metrics.failed(lost()));

    RunOutcome outcome = new RunLoop(() -> List.of(unit), QUICK, ONCE).run();

    assertThat(outcome.exitCode()).isEqualTo(3);
    assertThat(unit.metrics.state()).isEqualTo(PipelineState.FAILED);
  }

  @Test
  void aStopLetsUnitsFinishTheirBatch() throws Exception {
    List<String> done = new CopyOnWriteArrayList<>();
    TestUnit unit =
        new TestUnit(
            "orders",
            (metrics, attempt, stop) -> {
              stop.await(Duration.ofMinutes(1));
              done.add("batch");
            });
    RunLoop loop = new RunLoop(() -> List.of(unit), QUICK, FOR_EVER);

    Future<RunOutcome> run = threads.submit(loop::run);
    await().until(() -> unit.attempts.get() == 1);
    loop.stop();

    assertThat(run.get(5, TimeUnit.SECONDS).ending()).isEqualTo(RunOutcome.Ending.STOPPED);
    assertThat(done).containsExactly("batch");
  }

  @Test
  void aBatchThatNeverEndsIsGivenUpAfterTheStopTimeout() throws Exception {
    TestUnit unit =
        new TestUnit(
            "orders", (metrics, attempt, stop) -> threads.awaitTermination(1, TimeUnit.HOURS));
    RunLoop loop =
        new RunLoop(
            () -> List.of(unit),
            QUICK,
            new RunLimits(Duration.ofMillis(50), Duration.ofMillis(50), Duration.ofMinutes(1)));

    RunOutcome outcome = loop.run();

    assertThat(outcome.ending()).isEqualTo(RunOutcome.Ending.FAILED);
    assertThat(outcome.exitCode()).as("no clean stop; the next run goes on").isEqualTo(75);
    assertThat(outcome.error().orElseThrow())
        .hasMessageContaining("orders did not finish its batch within PT0.05S")
        .hasMessageContaining("--stop-timeout");
    assertThat(outcome.error().orElseThrow().code()).isEqualTo(ErrorCode.STOP_TIMED_OUT);
    assertThat(unit.metrics.state()).isEqualTo(PipelineState.STOPPED);
    assertThat(unit.metrics.error()).isEqualTo(outcome.error());
  }

  @Test
  void theRunEndsWithExitCodeZeroWhenItsTimeIsUp() throws Exception {
    TestUnit unit = new TestUnit("orders", RunLoopTest::untilStopped);

    RunOutcome outcome =
        new RunLoop(
                () -> List.of(unit),
                QUICK,
                new RunLimits(Duration.ofMillis(200), Duration.ofSeconds(5), Duration.ofMinutes(1)))
            .run();

    assertThat(outcome.ending()).isEqualTo(RunOutcome.Ending.STOPPED);
    assertThat(outcome.exitCode()).isZero();
  }

  @Test
  void unitsThatAreDiscoveredStartAndThoseThatVanishStop() throws Exception {
    TestUnit first = new TestUnit("first", RunLoopTest::untilStopped);
    TestUnit second = new TestUnit("second", RunLoopTest::untilStopped);
    List<RunUnit> wanted = new CopyOnWriteArrayList<>(List.of(first));
    RunLoop loop = new RunLoop(() -> List.copyOf(wanted), QUICK, FOR_EVER);

    Future<RunOutcome> run = threads.submit(loop::run);
    await().until(() -> first.metrics.state() == PipelineState.RUNNING);
    wanted.add(second);
    await().until(() -> second.metrics.state() == PipelineState.RUNNING);
    wanted.remove(first);
    await().until(() -> first.metrics.state() == PipelineState.STOPPED);
    assertThat(second.metrics.state()).isEqualTo(PipelineState.RUNNING);
    loop.stop();

    assertThat(run.get(5, TimeUnit.SECONDS).exitCode()).isZero();
  }

  @Test
  void aUnitWithAnotherFingerprintTakesThePlaceOfTheOneThatFailed() throws Exception {
    TestUnit broken =
        new TestUnit(
            "orders",
            "1",
            (metrics, attempt, stop) -> {
              throw lost();
            });
    TestUnit mended = new TestUnit("orders", "2", RunLoopTest::untilStopped);
    TestUnit other = new TestUnit("other", RunLoopTest::untilStopped);
    List<RunUnit> wanted = new CopyOnWriteArrayList<>(List.of(broken, other));
    RunLoop loop = new RunLoop(() -> List.copyOf(wanted), QUICK, FOR_EVER);

    Future<RunOutcome> run = threads.submit(loop::run);
    await().until(() -> broken.metrics.state() == PipelineState.FAILED);
    wanted.set(0, mended);
    await().until(() -> mended.metrics.state() == PipelineState.RUNNING);
    loop.stop();

    assertThat(run.get(5, TimeUnit.SECONDS).exitCode()).isZero();
  }

  @Test
  void workThatWasLeftToAnotherDriverIsTakenUpAgainAndAnyOtherFailureIsNot() throws Exception {
    TestUnit contested =
        new TestUnit(
            "orders",
            (metrics, attempt, stop) -> {
              if (attempt < 3) {
                throw new TributaryException(ErrorCode.PLAN_CONFLICT, "Another run writes it.");
              }
              metrics.running();
              untilStopped(metrics, attempt, stop);
            });
    TestUnit lost =
        new TestUnit(
            "lost",
            (metrics, attempt, stop) -> {
              throw lost();
            });
    TestUnit other = new TestUnit("other", RunLoopTest::untilStopped);
    Duration giveWay = Duration.ofMillis(300);
    RunLoop loop = new RunLoop(() -> List.of(contested, lost, other), QUICK, FOR_EVER, giveWay);

    long began = System.nanoTime();
    Future<RunOutcome> run = threads.submit(loop::run);
    await().until(() -> contested.metrics.state() == PipelineState.FAILED);
    await().until(() -> contested.metrics.state() == PipelineState.RUNNING);
    assertThat(Duration.ofNanos(System.nanoTime() - began)).isGreaterThan(giveWay.multipliedBy(2));
    assertThat(contested.attempts).hasValue(3);
    assertThat(lost.attempts).hasValue(1);
    loop.stop();
    assertThat(run.get(5, TimeUnit.SECONDS).exitCode())
        .as("what failed for good, and not what goes on")
        .isEqualTo(3);
  }

  @Test
  void anErrorOfTheRuntimeIsAFailureAndNoEnd() throws Exception {
    TestUnit unit =
        new TestUnit(
            "orders",
            (metrics, attempt, stop) -> {
              throw attempt == 1
                  ? new StackOverflowError()
                  : new AssertionError("assertion failed");
            });

    RunOutcome outcome = new RunLoop(() -> List.of(unit), QUICK, ONCE).run();

    assertThat(unit.attempts).hasValue(3);
    assertThat(unit.metrics.state()).isEqualTo(PipelineState.FAILED);
    assertThat(outcome.error()).map(TributaryException::code).contains(ErrorCode.INTERNAL_ERROR);
    assertThat(outcome.exitCode()).isNotZero();
  }

  @Test
  void aUnitOfWhichNothingCanBeFoundOutHoldsUpNeitherTheOthersNorAStop() throws Exception {
    TestUnit broken =
        new TestUnit(
            "broken",
            (metrics, attempt, stop) -> {
              throw lost();
            }) {
          @Override
          public String fingerprint() {
            throw new TributaryException(ErrorCode.STORE_REFUSED, "There is no such bucket.");
          }
        };
    TestUnit other = new TestUnit("other", RunLoopTest::untilStopped);
    TestUnit good = new TestUnit("good", RunLoopTest::untilStopped);
    CountDownLatch never = new CountDownLatch(1);
    CountDownLatch asked = new CountDownLatch(1);
    AtomicBoolean silent = new AtomicBoolean();
    List<RunUnit> wanted = new CopyOnWriteArrayList<>(List.of(broken, other));
    RunLoop loop =
        new RunLoop(
            () -> {
              if (silent.get()) {
                asked.countDown();
                waitFor(never);
              }
              return List.copyOf(wanted);
            },
            QUICK,
            FOR_EVER);

    Future<RunOutcome> run = threads.submit(loop::run);
    await().until(() -> broken.metrics.state() == PipelineState.FAILED);
    wanted.add(good);
    await().until(() -> good.metrics.state() == PipelineState.RUNNING);
    silent.set(true);
    waitFor(asked);
    loop.stop();

    assertThat(run.get(5, TimeUnit.SECONDS).exitCode()).isEqualTo(3);
    assertThat(good.metrics.state()).isEqualTo(PipelineState.STOPPED);
  }

  @Test
  void theOnlyUnitIsReplacedWithoutTheRunEnding() throws Exception {
    TestUnit before = new TestUnit("orders", "1", RunLoopTest::untilStopped);
    TestUnit after = new TestUnit("orders", "2", RunLoopTest::untilStopped);
    List<RunUnit> wanted = new CopyOnWriteArrayList<>(List.of(before));
    RunLoop loop =
        new RunLoop(
            () -> List.copyOf(wanted),
            QUICK,
            new RunLimits(Duration.ZERO, Duration.ofSeconds(5), Duration.ofMillis(400)));

    Future<RunOutcome> run = threads.submit(loop::run);
    await().until(() -> before.metrics.state() == PipelineState.RUNNING);
    wanted.set(0, after);
    await().until(() -> after.metrics.state() == PipelineState.RUNNING);
    assertThat(run.isDone()).isFalse();
    loop.stop();

    assertThat(run.get(5, TimeUnit.SECONDS).exitCode()).isZero();
  }

  @Test
  void aUnitWaitsForWhatAnotherOneStillWorksOnAndThenStartsAtOnce() throws Exception {
    CountDownLatch batch = new CountDownLatch(1);
    TestUnit before =
        new TestUnit(
            "by these brokers",
            "",
            Set.of("orders"),
            (metrics, attempt, stop) -> {
              stop.await(Duration.ofMinutes(1));
              batch.await();
            });
    TestUnit after =
        new TestUnit("by those brokers", "", Set.of("orders"), RunLoopTest::untilStopped);
    TestUnit apart = new TestUnit("apart", "", Set.of("flights"), RunLoopTest::untilStopped);
    CountDownLatch never = new CountDownLatch(1);
    AtomicInteger asked = new AtomicInteger();
    RunLoop loop =
        new RunLoop(
            () ->
                switch (asked.incrementAndGet()) {
                  case 1 -> List.of(before);
                  case 2 -> List.of(after, apart);
                  default -> {
                    // What was asked for once is enough to go by.
                    waitFor(never);
                    yield List.of(after, apart);
                  }
                },
            QUICK,
            FOR_EVER);

    Future<RunOutcome> run = threads.submit(loop::run);
    await().until(() -> apart.metrics.state() == PipelineState.RUNNING);
    await().until(() -> asked.get() == 3);
    assertThat(before.metrics.state()).isEqualTo(PipelineState.RUNNING);
    assertThat(after.attempts).hasValue(0);
    batch.countDown();
    await().until(() -> after.metrics.state() == PipelineState.RUNNING);
    assertThat(before.metrics.state()).isEqualTo(PipelineState.STOPPED);
    loop.stop();

    assertThat(run.get(5, TimeUnit.SECONDS).exitCode()).isZero();
  }

  @Test
  void aLastBatchThatFailsIsNoCleanStop() throws Exception {
    TestUnit unit =
        new TestUnit(
            "orders",
            (metrics, attempt, stop) -> {
              stop.await(Duration.ofMinutes(1));
              throw away();
            });
    RunLoop loop = new RunLoop(() -> List.of(unit), QUICK, FOR_EVER);

    Future<RunOutcome> run = threads.submit(loop::run);
    await().until(() -> unit.attempts.get() == 1);
    loop.stop();

    RunOutcome outcome = run.get(5, TimeUnit.SECONDS);
    assertThat(outcome.ending()).isEqualTo(RunOutcome.Ending.FAILED);
    assertThat(outcome.error()).map(TributaryException::code).contains(ErrorCode.KAFKA_UNAVAILABLE);
    assertThat(outcome.exitCode()).isEqualTo(75);
    assertThat(unit.attempts).hasValue(1);
  }

  @Test
  void aStopBeforeAPipelinesNextAttemptIsNoCleanOne() throws Exception {
    TestUnit unit =
        new TestUnit(
            "orders",
            (metrics, attempt, stop) -> {
              metrics.retrying(away());
              untilStopped(metrics, attempt, stop);
            });
    RunLoop loop = new RunLoop(() -> List.of(unit), QUICK, FOR_EVER);
    Future<RunOutcome> run = threads.submit(loop::run);
    await().until(() -> unit.metrics.state() == PipelineState.RETRYING);
    loop.stop();

    RunOutcome outcome = run.get(5, TimeUnit.SECONDS);
    assertThat(outcome.error()).map(TributaryException::code).contains(ErrorCode.KAFKA_UNAVAILABLE);
    assertThat(outcome.exitCode()).isEqualTo(75);
    assertThat(unit.metrics.state()).isEqualTo(PipelineState.STOPPED);
  }

  @Test
  void whatToRunIsAskedAgainWhileTheMetastoreIsAway() throws Exception {
    AtomicInteger asked = new AtomicInteger();
    TestUnit unit = new TestUnit("orders", (metrics, attempt, stop) -> {});

    RunOutcome outcome =
        new RunLoop(
                () -> {
                  if (asked.incrementAndGet() < 3) {
                    throw new TributaryException(ErrorCode.METASTORE_UNAVAILABLE, "Away.");
                  }
                  return List.of(unit);
                },
                QUICK,
                ONCE)
            .run();

    assertThat(outcome.exitCode()).isZero();
    assertThat(unit.attempts).hasValue(1);
  }

  @Test
  void aRunWhoseTimeIsUpBeforeItKnowsWhatToRunEndsWithWhatKeptItFromThat() {
    RunLoop loop =
        new RunLoop(
            () -> {
              throw new TributaryException(ErrorCode.METASTORE_UNAVAILABLE, "Away.");
            },
            new RetryPolicy(10, Duration.ofMinutes(10), Duration.ofMinutes(10)),
            new RunLimits(Duration.ofSeconds(5), Duration.ofSeconds(5), Duration.ZERO));

    assertThatThrownBy(loop::run).hasMessage("Away.");
  }

  @Test
  void aSelectionThatCannotWorkEndsTheRunAtOnce() {
    RunLoop loop =
        new RunLoop(
            () -> {
              throw new TributaryException(ErrorCode.NOT_FOUND, "There is no source 'x'.");
            },
            QUICK,
            FOR_EVER);

    assertThatThrownBy(loop::run).hasMessage("There is no source 'x'.");
  }

  @Test
  void uncodedFailuresAreUnderstoodByTheirType() {
    assertThat(Failures.coded(new RuntimeException(new IOException("reset"))).code())
        .isEqualTo(ErrorCode.STORE_UNAVAILABLE);
    assertThat(Failures.coded(new NullPointerException()).code())
        .isEqualTo(ErrorCode.INTERNAL_ERROR);
  }
}
