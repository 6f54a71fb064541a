package dev.tributary.core.metastore;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Map;
import java.util.Optional;

/**
 * What became of a dataset version in its table.
 *
 * @param dataset its name
 * @param version the version
 * @param outcome whether it is in force
 * @param sequences by topic, the first manifest entry that is written under it
 * @param deltaVersion the Delta version whose commit put it in force
 * @param run the run that reports it
 * @param reason why it was rejected
 */
@JsonInclude(JsonInclude.Include.NON_ABSENT)
public record Activation(
    String dataset,
    long version,
    Outcome outcome,
    Map<String, Long> sequences,
    Optional<Long> deltaVersion,
    String run,
    Optional<String> reason) {
  /** Whether a version is in force. */
  public enum Outcome {
    /** From the position that is reported. */
    @JsonProperty("active")
    ACTIVE,
    /** It cannot be, and the version before goes on. */
    @JsonProperty("rejected")
    REJECTED
  }

  /** Copies the map. */
  public Activation {
    RequiredField.check("dataset", dataset);
    RequiredField.check("outcome", outcome);
    RequiredField.check("run", run);
    sequences = RequiredField.numbers("sequences", sequences);
    sequences.values().forEach(sequence -> RequiredField.notNegative("sequences", sequence));
    deltaVersion = deltaVersion == null ? Optional.empty() : deltaVersion;
    deltaVersion.ifPresent(number -> RequiredField.notNegative("deltaVersion", number));
    reason = reason == null ? Optional.empty() : reason;
  }

  /** A version that is in force from the given position. */
  public static Activation active(
      String dataset, long version, Map<String, Long> sequences, long deltaVersion, String run) {
    return new Activation(
        dataset, version, Outcome.ACTIVE, sequences, Optional.of(deltaVersion), run, null);
  }

  /** A version that the table refuses. */
  public static Activation rejected(String dataset, long version, String reason, String run) {
    return new Activation(dataset, version, Outcome.REJECTED, null, null, run, Optional.of(reason));
  }
}
