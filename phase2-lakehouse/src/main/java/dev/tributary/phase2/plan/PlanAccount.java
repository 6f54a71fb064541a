package dev.tributary.phase2.plan;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The accounts of a plan that is done, as docs/plan-log.md describes them.
 *
 * @param format the format's version
 * @param plan n, the plan's number
 * @param generation the generation of the plan log
 * @param planId the plan's id
 * @param run the run that finished it
 * @param doneAt epoch milliseconds
 * @param outcome how it ended
 * @param dataset the dataset
 * @param datasetVersion the version that the plan was pinned to
 * @param counts what became of its records
 * @param versions the Delta versions that it made
 * @param steps the rows of each step
 * @param positions by dataset and topic: the next manifest sequence that is not in the table; those
 *     of the plan, or of the plan before it where it is void
 * @param inForce by dataset: the version that the next plan is pinned to
 * @param totals cumulative counts by dataset
 * @param reason why it is void
 * @param unbalanced the plans up to this one whose counts do not add up to what they read; empty
 *     unless the product has a defect
 * @param replaced what the plan took out; plans that replace, replays, erasures and cut-overs alone
 * @param backfilled the backfills and replays up to this plan; empty: there was none
 * @param expectations how each expectation of the version fared; empty: it has none, or the plan
 *     wrote no rows
 * @param eventTimes by dataset: the greatest event time of rows up to this plan, in epoch
 *     milliseconds; none of a dataset without one
 * @param cutovers by dataset: the newest plan that cut its table over; what plans before it wrote
 *     is not there any more
 * @param beside how far the tables beside the table had come; empty in accounts of earlier releases
 */
@JsonInclude(JsonInclude.Include.NON_ABSENT)
@JsonIgnoreProperties(ignoreUnknown = true)
public record PlanAccount(
    int format,
    long plan,
    int generation,
    String planId,
    String run,
    long doneAt,
    PlanOutcome outcome,
    String dataset,
    long datasetVersion,
    PlanCounts counts,
    TableVersions versions,
    List<StepLedger> steps,
    Map<String, Map<String, Long>> positions,
    Map<String, Long> inForce,
    Map<String, PlanCounts> totals,
    Optional<String> reason,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) List<Long> unbalanced,
    Optional<Replaced> replaced,
    Optional<Backfilled> backfilled,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) List<ExpectationCount> expectations,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) Map<String, Long> eventTimes,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) Map<String, Long> cutovers,
    Optional<BesideVersions> beside) {
  /** Copies the collections. */
  public PlanAccount {
    requireNonNull(planId, "planId");
    requireNonNull(outcome, "outcome");
    requireNonNull(counts, "counts");
    versions = versions == null ? new TableVersions(null, null, null) : versions;
    steps = steps == null ? List.of() : List.copyOf(steps);
    positions = Plan.copy(positions);
    inForce = ordered(inForce);
    totals = ordered(totals);
    reason = reason == null ? Optional.empty() : reason;
    unbalanced = unbalanced == null ? List.of() : List.copyOf(unbalanced);
    replaced = replaced == null ? Optional.empty() : replaced;
    backfilled = backfilled == null ? Optional.empty() : backfilled;
    expectations = expectations == null ? List.of() : List.copyOf(expectations);
    eventTimes = ordered(eventTimes);
    cutovers = ordered(cutovers);
    beside = beside == null ? Optional.empty() : beside;
  }

  private static <T> Map<String, T> ordered(Map<String, T> map) {
    return map == null ? Map.of() : Collections.unmodifiableMap(new TreeMap<>(map));
  }

  /** An account that says no more than every account does. */
  public PlanAccount(
      int format,
      long plan,
      int generation,
      String planId,
      String run,
      long doneAt,
      PlanOutcome outcome,
      String dataset,
      long datasetVersion,
      PlanCounts counts,
      TableVersions versions,
      List<StepLedger> steps,
      Map<String, Map<String, Long>> positions,
      Map<String, Long> inForce,
      Map<String, PlanCounts> totals,
      Optional<String> reason,
      List<Long> unbalanced) {
    this(
        format,
        plan,
        generation,
        planId,
        run,
        doneAt,
        outcome,
        dataset,
        datasetVersion,
        counts,
        versions,
        steps,
        positions,
        inForce,
        totals,
        reason,
        unbalanced,
        Optional.empty(),
        Optional.empty(),
        List.of(),
        Map.of(),
        Map.of(),
        Optional.empty());
  }

  /** The next manifest sequence of a dataset's topic; 0 where nothing was written yet. */
  public long position(String ofDataset, String topic) {
    return positionsOf(ofDataset).getOrDefault(topic, 0L);
  }

  /** The next manifest sequences of a dataset, by topic. */
  public Map<String, Long> positionsOf(String ofDataset) {
    return positions.getOrDefault(ofDataset, Map.of());
  }
}
