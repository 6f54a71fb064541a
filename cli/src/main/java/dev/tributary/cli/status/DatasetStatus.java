package dev.tributary.cli.status;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.tributary.core.error.TributaryException;
import java.util.Comparator;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * How a dataset is.
 *
 * @param dataset its name
 * @param version its current version
 * @param state in a word
 * @param cause by code, for people; empty where all is well
 * @param phase1 what the newest run of phase 1 last said: running, retrying, failed, stopped;
 *     silent where it has said nothing for two minutes although it should work; empty: none ever
 *     reported
 * @param phase2 the same of phase 2
 * @param toArchive records that Kafka holds and the archive does not
 * @param archivedAgoMillis since the archive's last entry
 * @param toWrite records that the archive holds and the table does not
 * @param writtenAgoMillis since the table's last plan was done
 * @param lagSeconds the age of the oldest record that a phase has not committed, as the drivers
 *     last said; empty where none runs
 * @param retentionLeftMillis how long Kafka surely still keeps what is not archived; empty where
 *     nothing waits, or Kafka keeps everything
 * @param next the command to run next; empty: nothing to do
 */
public record DatasetStatus(
    String dataset,
    long version,
    State state,
    Optional<String> cause,
    Optional<String> phase1,
    Optional<String> phase2,
    long toArchive,
    Optional<Long> archivedAgoMillis,
    long toWrite,
    Optional<Long> writtenAgoMillis,
    Optional<Long> lagSeconds,
    Optional<Long> retentionLeftMillis,
    Optional<String> next) {

  /**
   * A dataset of which something does not answer.
   *
   * @param known what the rest says; its counts are those of nothing
   */
  static DatasetStatus unreachable(
      String dataset, long version, TributaryException error, Known known) {
    return new DatasetStatus(
        dataset,
        version,
        State.UNREACHABLE,
        Optional.of(error.code().code() + ": " + error.getMessage()),
        known.phase1().word(),
        known.phase2().word(),
        0,
        known.archivedAgoMillis(),
        0,
        known.writtenAgoMillis(),
        known.lagSeconds(),
        Optional.empty(),
        Optional.empty());
  }

  /** What each part says of itself, without the others. */
  record Known(
      LastRun phase1,
      LastRun phase2,
      Optional<Long> archivedAgoMillis,
      Optional<Long> writtenAgoMillis) {
    /** As {@link DatasetStatus#lagSeconds}. */
    Optional<Long> lagSeconds() {
      return Stream.of(phase1, phase2)
          .flatMap(run -> run.lagSeconds().stream())
          .max(Comparator.naturalOrder());
    }
  }

  /** How a dataset is, in a word. */
  public enum State {
    /** Records move, or there is nothing to move. */
    @JsonProperty("running")
    RUNNING,
    /** Records wait and nobody moves them. */
    @JsonProperty("idle")
    IDLE,
    /** It waits before it tries again. */
    @JsonProperty("retrying")
    RETRYING,
    /** An operator stopped it. */
    @JsonProperty("paused")
    PAUSED,
    /** It is no more. */
    @JsonProperty("retired")
    RETIRED,
    /** A plan was not admitted and waits for a ruling, or a driver gave up. */
    @JsonProperty("failed")
    FAILED,
    /** Kafka, the store or the table does not answer, so nobody knows. */
    @JsonProperty("unreachable")
    UNREACHABLE,
    /** Kafka or the store has lost something that is not accounted for. */
    @JsonProperty("unaccounted")
    UNACCOUNTED;

    /** Whether it does not mend itself. */
    public boolean needsSomebody() {
      return this == IDLE || this == FAILED || this == UNREACHABLE || this == UNACCOUNTED;
    }
  }
}
