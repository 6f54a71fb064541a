package dev.tributary.streaming;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A pipeline's metrics at one moment: the flat object of {@code GET /metrics/{pipeline}}.
 *
 * @param pipeline the name of the source (phase 1) or the dataset (phase 2)
 * @param phase {@code phase1} or {@code phase2}
 * @param timestamp when it was taken, ISO 8601
 * @param recordsIngested records committed since the driver began
 * @param lagSeconds phase 2: the age, by Kafka's timestamp, of the oldest archived record that is
 *     not in the table yet; phase 1: an upper bound of how long the oldest record that is not
 *     committed has been in Kafka; 0 when nothing waits
 * @param lastCommit when the last batch was committed, ISO 8601
 * @param lagRecords records that are not yet committed, as last seen
 * @param heldUntil by when at the latest, ISO 8601, they will be taken, where their spec lets them
 *     wait for that; absent where nothing waits or nothing lets it
 * @param eventTimeMax the watermark: the greatest event time of the rows that were ever written,
 *     ISO 8601; absent where the dataset names no event time
 * @param recordsPerSecond committed records a second over the last minute
 * @param commitLatencySeconds the last batch, from its beginning to its commit
 * @param errors failures since the driver began
 * @param quarantined records set aside since the driver began
 * @param bytes bytes committed since the driver began
 * @param commits batches committed since the driver began
 * @param state starting, running, retrying, failed or stopped
 * @param errorCode why it is retrying or failed
 * @param error the same in words
 * @param unmet by expectation, the records for which it did not hold since the driver began; each
 *     is a member {@code expectation_failed_NAME} of the object
 */
public record PipelineSnapshot(
    String pipeline,
    String phase,
    String timestamp,
    @JsonProperty("records_ingested") long recordsIngested,
    @JsonProperty("lag_seconds") double lagSeconds,
    @JsonProperty("last_commit") Optional<String> lastCommit,
    @JsonProperty("lag_records") long lagRecords,
    @JsonProperty("held_until") Optional<String> heldUntil,
    @JsonProperty("event_time_max") Optional<String> eventTimeMax,
    @JsonProperty("records_per_second") double recordsPerSecond,
    @JsonProperty("commit_latency_seconds") double commitLatencySeconds,
    long errors,
    long quarantined,
    long bytes,
    long commits,
    String state,
    @JsonProperty("error_code") Optional<String> errorCode,
    Optional<String> error,
    @JsonIgnore Map<String, Long> unmet) {
  private static final String EXPECTATION = "expectation_failed_";

  /** The members that only some pipelines have. */
  @JsonAnyGetter
  Map<String, Long> members() {
    Map<String, Long> members = new TreeMap<>();
    unmet.forEach((expectation, records) -> members.put(EXPECTATION + expectation, records));
    return members;
  }
}
