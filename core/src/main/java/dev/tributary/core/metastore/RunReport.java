package dev.tributary.core.metastore;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import java.util.Map;
import java.util.Optional;

/**
 * A sign of life of one run of one pipeline.
 *
 * @param run the run's id
 * @param pipeline the source (phase 1) or dataset (phase 2)
 * @param phase 1 or 2
 * @param state how it is
 * @param at when this was true, epoch milliseconds
 * @param progress numbers by name, for people: records_ingested, lag_seconds …
 * @param errorCode the stable code of the error that it waits or ended with
 * @param error that error's message
 */
@JsonInclude(JsonInclude.Include.NON_ABSENT)
public record RunReport(
    String run,
    String pipeline,
    int phase,
    State state,
    long at,
    Map<String, Long> progress,
    Optional<String> errorCode,
    Optional<String> error) {
  /** How a run is. */
  public enum State {
    /** It works. */
    @JsonProperty("running")
    RUNNING,
    /** It waits before it tries again. */
    @JsonProperty("retrying")
    RETRYING,
    /** It gave up. */
    @JsonProperty("failed")
    FAILED,
    /** It ended as it should. */
    @JsonProperty("stopped")
    STOPPED
  }

  /** Copies the map. */
  public RunReport {
    RequiredField.check("run", run);
    RequiredField.check("pipeline", pipeline);
    RequiredField.check("state", state);
    if (phase != 1 && phase != 2) {
      throw TributaryException.of(
              ErrorCode.SPEC_INVALID, "The field phase is %d.".formatted(phase), "Use 1 or 2.")
          .at("/phase");
    }
    progress = RequiredField.numbers("progress", progress);
    errorCode = errorCode == null ? Optional.empty() : errorCode;
    error = error == null ? Optional.empty() : error;
  }
}
