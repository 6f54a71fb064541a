package dev.tributary.phase2.live;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.json.Json;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.Versioned;
import dev.tributary.phase2.execute.PlanExecutor;
import dev.tributary.phase2.execute.SharedTable;
import dev.tributary.phase2.plan.PlanLog;
import dev.tributary.streaming.Failures;
import java.time.Clock;
import java.util.Optional;
import org.apache.spark.SparkThrowable;
import org.apache.spark.sql.AnalysisException;

/**
 * Whether a version of a dataset can take the place of the one in force: by what it changes, by
 * what else is written into the table, and tried on the table itself. Nothing is written.
 */
final class VersionCheck {
  private final String dataset;
  private final PlanLog log;
  private final PlanExecutor executor;
  private final TransformJars jars;
  private final Clock clock;

  VersionCheck(
      String dataset, PlanLog log, PlanExecutor executor, TransformJars jars, Clock clock) {
    this.dataset = dataset;
    this.log = log;
    this.executor = executor;
    this.jars = jars;
    this.clock = clock;
  }

  /**
   * Plans go by the spec that stands beside them, which nobody can replace: why it is another one
   * than the metastore's, if it is.
   */
  Optional<TributaryException> otherSpec(Versioned<DatasetSpec> next) {
    return log.spec(dataset, next.version())
        .filter(there -> !document(there).equals(document(next.spec())))
        .map(
            there ->
                new TributaryException(
                    ErrorCode.VERSION_CONFLICT,
                    "Version %d of dataset '%s' stands beside the plans of %s as another spec than the metastore's: the metastore was restored from an older backup, or another one gave that version out. Run ./tributary recover, and register the dataset anew."
                        .formatted(next.version(), dataset, log.folders().table())));
  }

  /** A spec as it is written, by which two are compared. */
  static JsonNode document(DatasetSpec spec) {
    return Json.mapper().valueToTree(spec);
  }

  /**
   * Why the version cannot be in force, if there is a reason.
   *
   * @param inForce the version that it would follow, 0 for none
   * @throws TributaryException retryable, or an internal error: it could not be found out
   */
  Optional<TributaryException> refusal(
      PlanTurns.Standing standing, long inForce, DatasetSpec next) {
    Optional<DatasetSpec> before =
        inForce == 0 ? Optional.empty() : Optional.of(log.spec(dataset, inForce).orElseThrow());
    SharedTable shared = SharedTable.of(log, standing.account(), dataset);
    Optional<String> reason =
        before
            .flatMap(earlier -> new VersionChange(earlier, next, shared.others()).refusal())
            .or(() -> shared.refusal(before, next));
    if (reason.isPresent()) {
      return Optional.of(new TributaryException(ErrorCode.SCHEMA_REFUSED, reason.get()));
    }
    try {
      if (inForce == 0) {
        NextEntries.requirePast(next.archiveStart(), clock.millis());
      }
      jars.bring(next);
      executor.check(before, next);
      return Optional.empty();
    } catch (Exception | LinkageError | StackOverflowError e) {
      // Spark's analysis errors are checked, which its signatures do not say.
      TributaryException coded = Failures.coded(e);
      if (Thread.currentThread().isInterrupted()
          || Failures.cause(e, InterruptedException.class).isPresent()) {
        throw e;
      }
      if (coded.code().retryable()) {
        throw coded;
      }
      if (coded.code() != ErrorCode.INTERNAL_ERROR) {
        return Optional.of(coded);
      }
      if (!faultOfTheVersion(e)) {
        throw coded;
      }
      return Optional.of(unfit(next, e));
    }
  }

  /** Whether it lies in the version, or in the data that it meets, and not in the cluster. */
  private static boolean faultOfTheVersion(Throwable failure) {
    for (Throwable each = failure; each != null; each = each.getCause()) {
      if (each instanceof LinkageError
          || each instanceof StackOverflowError
          || each instanceof AnalysisException
          || each instanceof SparkThrowable said && isUsers(said.getSqlState())) {
        return true;
      }
    }
    return false;
  }

  /** Data that an expression cannot take (22), or an expression that cannot be (42). */
  private static boolean isUsers(String state) {
    return state != null && (state.startsWith("22") || state.startsWith("42"));
  }

  private static TributaryException unfit(DatasetSpec spec, Throwable failure) {
    return TributaryException.of(
        ErrorCode.SPEC_INVALID,
        "The dataset '%s' as it is now described cannot be run: %s."
            .formatted(spec.name(), Failures.reason(failure)),
        "Correct what that names, and register another version.",
        failure);
  }
}
