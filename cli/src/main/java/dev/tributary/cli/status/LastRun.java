package dev.tributary.cli.status;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.json.Json;
import dev.tributary.core.metastore.RunReport;
import java.time.Clock;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;

/**
 * What the newest run of a pipeline last said of itself.
 *
 * @param report empty: no run ever reported
 * @param fresh whether that was a short while ago
 */
record LastRun(Optional<RunReport> report, boolean fresh) {
  private static final Duration FRESH = Duration.ofMinutes(2);

  /** From the reports of a pipeline, newest first. */
  static LastRun of(JsonNode reports, int phase, Clock clock) {
    for (JsonNode item : reports) {
      RunReport report = Json.read(item, RunReport.class);
      if (report.phase() == phase) {
        return new LastRun(Optional.of(report), clock.millis() - report.at() < FRESH.toMillis());
      }
    }
    return new LastRun(Optional.empty(), false);
  }

  boolean alive() {
    return fresh && (is(RunReport.State.RUNNING) || is(RunReport.State.RETRYING));
  }

  boolean is(RunReport.State state) {
    return report.filter(last -> last.state() == state).isPresent();
  }

  boolean failedWith(ErrorCode code) {
    return is(RunReport.State.FAILED)
        && report.flatMap(RunReport::errorCode).filter(code.code()::equals).isPresent();
  }

  /** {@code running}, {@code failed}, {@code silent} where it said that it works, a while ago. */
  Optional<String> word() {
    return report.map(
        last -> {
          boolean works =
              last.state() == RunReport.State.RUNNING || last.state() == RunReport.State.RETRYING;
          return works && !fresh ? "silent" : last.state().name().toLowerCase(Locale.ROOT);
        });
  }

  /** How old the oldest record is that it has not committed yet; empty where it does not run. */
  Optional<Long> lagSeconds() {
    return alive() ? report.map(last -> last.progress().get("lag_seconds")) : Optional.empty();
  }

  /** {@code code: message}, where it waits or ended with an error. */
  Optional<String> error() {
    return report.flatMap(
        last ->
            last.errorCode()
                .map(code -> code + last.error().map(message -> ": " + message).orElse("")));
  }
}
