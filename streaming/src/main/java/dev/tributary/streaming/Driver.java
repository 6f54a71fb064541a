package dev.tributary.streaming;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.metastore.HttpMetastore;
import dev.tributary.core.metastore.MetastoreConnection;
import dev.tributary.core.settings.ErrorLine;
import dev.tributary.core.settings.Settings;
import dev.tributary.core.settings.StandardSettings;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.apache.spark.sql.SparkSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The frame of a job's main: logging, session, metrics server, reports to the metastore, run loop,
 * clean stop on SIGTERM, the result file and the exit code.
 */
public final class Driver {
  private static final Logger LOG = LoggerFactory.getLogger(Driver.class);

  private final String application;
  private final Map<String, String> sparkSettings;
  private final Units units;

  /** Makes a driver's units out of what the frame provides. */
  @FunctionalInterface
  public interface Units {
    /** Called once, with the session up. */
    UnitSource of(Context context);

    /** Whether the driver goes on with the last known specs because the metastore is away. */
    default boolean metastoreAway() {
      return false;
    }

    /**
     * Called once before the session is made: throws what is wrong with the settings of this job.
     */
    default void check(Settings settings) {}

    /** What starts a batch; of a job that has no such setting, once and up to its end. */
    default TriggerSpec trigger(Settings settings) {
      return settings.get(DriverSettings.TRIGGER);
    }
  }

  /**
   * What the frame provides.
   *
   * @param settings of the run
   * @param spark the session
   * @param pipelines where units register their pipelines
   * @param runId the run's id
   * @param clock of the run
   */
  public record Context(
      Settings settings, SparkSession spark, Pipelines pipelines, String runId, Clock clock) {}

  /**
   * A driver.
   *
   * @param application its name in Spark's UI, logs and results
   * @param sparkSettings what its session needs beyond {@link SparkSessions}
   */
  public Driver(String application, Map<String, String> sparkSettings, Units units) {
    this.application = application;
    this.sparkSettings = Map.copyOf(sparkSettings);
    this.units = units;
  }

  /** Runs to the end and returns the exit code. */
  public int run(Settings settings) throws InterruptedException {
    Clock clock = Clock.systemUTC();
    Instant startedAt = clock.instant();
    String runId =
        settings.find(DriverSettings.RUN_ID).orElseGet(() -> UUID.randomUUID().toString());
    configureLogging(settings, runId);
    Pipelines pipelines = new Pipelines();
    CleanStop cleanStop = CleanStop.install(settings.get(DriverSettings.STOP_TIMEOUT));
    RunReporter reporter =
        RunReporter.start(
            pipelines,
            HttpMetastore.of(onceOnly(settings)),
            runId,
            settings.get(DriverSettings.REPORT_INTERVAL),
            clock);
    RunOutcome outcome;
    try (MetricsServer server =
        MetricsServer.start(
            pipelines,
            units::metastoreAway,
            runId,
            settings.get(DriverSettings.METRICS_HOST),
            settings.get(DriverSettings.METRICS_PORT))) {
      units.check(settings);
      LOG.info("{} run {} begins; metrics at {}", application, runId, server.address());
      outcome = loop(settings, pipelines, runId, clock, cleanStop);
    } catch (RuntimeException | Error e) {
      TributaryException error = Failures.coded(e);
      outcome = new RunOutcome(RunOutcome.Ending.FAILED, Optional.of(error));
      logFailure(runId, error, e);
    }
    RunResult result =
        RunResult.of(runId, application, startedAt, clock.instant(), outcome, pipelines);
    settings.find(DriverSettings.RESULT).ifPresent(result::write);
    reporter.finish(outcome);
    LOG.info(
        "{} run {} {}: {} records, {} set aside, exit code {}",
        application,
        runId,
        result.outcome(),
        result.processed(),
        result.failed(),
        result.exitCode());
    outcome.error().ifPresent(error -> tell(settings, error));
    cleanStop.done(outcome.exitCode());
    return outcome.exitCode();
  }

  private RunOutcome loop(
      Settings settings, Pipelines pipelines, String runId, Clock clock, CleanStop cleanStop)
      throws InterruptedException {
    SparkSession spark = SparkSessions.create(application, settings, sparkSettings);
    // Under spark-submit a new context puts Spark's own configuration back.
    configureLogging(settings, runId);
    try {
      RunLoop loop =
          new RunLoop(
              units.of(new Context(settings, spark, pipelines, runId, clock)),
              new RetryPolicy(
                  settings.get(DriverSettings.RETRY_ATTEMPTS),
                  settings.get(DriverSettings.RETRY_BASE),
                  settings.get(DriverSettings.RETRY_CAP)),
              limits(settings));
      cleanStop.onStop(loop::stop);
      return loop.run();
    } finally {
      spark.stop();
    }
  }

  /** A report that fails is made again later anyway. */
  private static MetastoreConnection onceOnly(Settings settings) {
    MetastoreConnection connection = MetastoreConnection.of(settings);
    return new MetastoreConnection(
        connection.url(), connection.token(), connection.timeout(), 1, connection.ca());
  }

  private static void configureLogging(Settings settings, String runId) {
    DriverLogging.configure(
        text(settings.get(StandardSettings.LOG_LEVEL)),
        text(settings.get(StandardSettings.LOG_FORMAT)),
        runId);
  }

  /** A trace helps where nobody foresaw the failure; else the message says what to do. */
  private void logFailure(String runId, TributaryException error, Throwable failure) {
    if (error.code() == ErrorCode.INTERNAL_ERROR) {
      LOG.error("{} run {} failed", application, runId, failure);
      return;
    }
    LOG.error("{} run {} failed: {}", application, runId, error.code().code());
    LOG.debug("{} run {} failed", application, runId, failure);
  }

  private RunLimits limits(Settings settings) {
    boolean once = units.trigger(settings) instanceof TriggerSpec.AvailableNow;
    return new RunLimits(
        settings.find(DriverSettings.MAX_DURATION).orElse(Duration.ZERO),
        settings.get(DriverSettings.STOP_TIMEOUT),
        once ? Duration.ZERO : settings.get(DriverSettings.DISCOVERY_INTERVAL));
  }

  /** One line for the person or the scheduler that reads standard error, whatever the log level. */
  private void tell(Settings settings, TributaryException error) {
    System.err.println(
        ErrorLine.of(application, settings).error(error.code().code(), error.getMessage()));
  }

  private static String text(Enum<?> choice) {
    return choice.name().toLowerCase(Locale.ROOT);
  }
}
