package dev.tributary.phase2.plan;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Which records of a plan are set aside, as docs/plan-log.md describes it. Put if absent before
 * anything of the plan is committed: it decides for every run of the plan, whatever that run finds.
 *
 * @param format the format's version
 * @param plan n, the plan's number
 * @param planId the plan's id
 * @param run the run that found them
 * @param records the records; empty where all are good
 * @param absent records that a replay was to take up again and that the archive does not hold any
 *     more; they stay in the quarantine as they are
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record BadRecords(
    int format,
    long plan,
    String planId,
    String run,
    List<Bad> records,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) List<Absent> absent) {
  /** Copies the records. */
  public BadRecords {
    requireNonNull(planId, "planId");
    requireNonNull(run, "run");
    records = records == null ? List.of() : List.copyOf(records);
    absent = absent == null ? List.of() : List.copyOf(absent);
  }

  /**
   * The same, without what some of the records held: neither their keys nor the messages about
   * them. Which records there are stays, since that decides what a plan leaves out. Empty: there is
   * nothing of that kind.
   */
  public Optional<BadRecords> without(Predicate<Bad> which) {
    List<Bad> kept = records.stream().map(bad -> which.test(bad) ? bad.bare() : bad).toList();
    return kept.equals(records)
        ? Optional.empty()
        : Optional.of(new BadRecords(format, plan, planId, run, kept, absent));
  }

  /**
   * A record that is not there.
   *
   * @param topic its topic
   * @param incarnation the topic's incarnation
   * @param partition its partition
   * @param offset its offset
   */
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record Absent(String topic, int incarnation, int partition, long offset) {
    /** Refuses a record of no topic. */
    public Absent {
      requireNonNull(topic, "topic");
    }
  }

  /**
   * One of them.
   *
   * @param topic its topic
   * @param incarnation the topic's incarnation
   * @param partition its partition
   * @param offset its offset
   * @param timestamp its own time, epoch milliseconds, if it has one
   * @param ingestTime epoch milliseconds
   * @param sequence the manifest entry that holds it
   * @param key the text of its key, if it has one
   * @param step the step that could not use it
   * @param code why
   * @param message why, for people
   * @param expectations those that do not hold for it; empty where it was set aside before
   */
  @JsonInclude(JsonInclude.Include.NON_ABSENT)
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record Bad(
      String topic,
      int incarnation,
      int partition,
      long offset,
      Optional<Long> timestamp,
      long ingestTime,
      long sequence,
      Optional<String> key,
      String step,
      String code,
      Optional<String> message,
      @JsonInclude(JsonInclude.Include.NON_EMPTY) List<String> expectations) {
    /** Fills in what is absent. */
    public Bad {
      requireNonNull(topic, "topic");
      requireNonNull(step, "step");
      requireNonNull(code, "code");
      timestamp = timestamp == null ? Optional.empty() : timestamp;
      key = key == null ? Optional.empty() : key;
      message = message == null ? Optional.empty() : message;
      expectations = expectations == null ? List.of() : List.copyOf(expectations);
    }

    private Bad bare() {
      return new Bad(
          topic,
          incarnation,
          partition,
          offset,
          timestamp,
          ingestTime,
          sequence,
          Optional.empty(),
          step,
          code,
          Optional.empty(),
          expectations);
    }
  }
}
