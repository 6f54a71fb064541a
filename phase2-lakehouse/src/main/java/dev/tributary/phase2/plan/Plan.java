package dev.tributary.phase2.plan;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import dev.tributary.core.spec.DatasetSpec;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * One change of a table, as docs/plan-log.md describes it. Never changed once it is put.
 *
 * @param format the format's version
 * @param plan n, its number
 * @param generation the generation of the plan log
 * @param id random; how a run knows its own plan again
 * @param kind what it does
 * @param dataset the dataset that it writes for
 * @param datasetVersion the version of the dataset that it is pinned to
 * @param run the run that planned it
 * @param plannedAt epoch milliseconds
 * @param source what it reads
 * @param jars SHA-256 of the JARs that its transforms come from
 * @param positions by dataset and topic: the next manifest sequence after this plan
 * @param ddl kind {@code ddl}: the change
 * @param backfill kind {@code backfill}: which part of which backfill it is
 * @param replay kind {@code replay}: which records of its entries it takes up again
 * @param erasure kind {@code erase}: which records it takes out
 * @param again the plan that it does again, since a RESTORE took its rows away; empty: none
 */
@JsonInclude(JsonInclude.Include.NON_ABSENT)
@JsonIgnoreProperties(ignoreUnknown = true)
public record Plan(
    int format,
    long plan,
    int generation,
    String id,
    PlanKind kind,
    String dataset,
    long datasetVersion,
    String run,
    long plannedAt,
    PlanSource source,
    List<String> jars,
    Map<String, Map<String, Long>> positions,
    Optional<DdlChange> ddl,
    Optional<BackfillChunk> backfill,
    Optional<ReplaySelection> replay,
    Optional<Erasure> erasure,
    Optional<Again> again) {
  /** The format of plans, and of all else that this release writes. */
  public static final int FORMAT = 1;

  /**
   * The format of a plan whose dataset has a late table or forgets deletes, and of all plans after
   * it: a release that knows of neither would leave in the one what is replaced, erased or taken
   * back, and bring back keys whose deletes are forgotten.
   */
  public static final int SECOND_FORMAT = 2;

  /** The newest format that this release reads. */
  static final int NEWEST_FORMAT = SECOND_FORMAT;

  /**
   * The format of the next plan.
   *
   * @param before the accounts of the plan before it
   * @param spec the dataset as the plan pins it
   */
  public static int format(Optional<PlanAccount> before, DatasetSpec spec) {
    boolean second = before.map(PlanAccount::format).orElse(FORMAT) >= SECOND_FORMAT;
    return second || spec.checks().routesLate() || spec.forgetsDeletes() ? SECOND_FORMAT : FORMAT;
  }

  /** Copies the collections. */
  public Plan {
    requireNonNull(id, "id");
    requireNonNull(kind, "kind");
    requireNonNull(dataset, "dataset");
    requireNonNull(run, "run");
    requireNonNull(source, "source");
    jars = jars == null ? List.of() : List.copyOf(jars);
    positions = copy(positions);
    ddl = ddl == null ? Optional.empty() : ddl;
    backfill = backfill == null ? Optional.empty() : backfill;
    replay = replay == null ? Optional.empty() : replay;
    erasure = erasure == null ? Optional.empty() : erasure;
    again = again == null ? Optional.empty() : again;
  }

  /** A plan that is done for the first time. */
  public Plan(
      int format,
      long plan,
      int generation,
      String id,
      PlanKind kind,
      String dataset,
      long datasetVersion,
      String run,
      long plannedAt,
      PlanSource source,
      List<String> jars,
      Map<String, Map<String, Long>> positions,
      Optional<DdlChange> ddl,
      Optional<BackfillChunk> backfill,
      Optional<ReplaySelection> replay) {
    this(
        format,
        plan,
        generation,
        id,
        kind,
        dataset,
        datasetVersion,
        run,
        plannedAt,
        source,
        jars,
        positions,
        ddl,
        backfill,
        replay,
        Optional.empty(),
        Optional.empty());
  }

  /** A plan that replays nothing. */
  public Plan(
      int format,
      long plan,
      int generation,
      String id,
      PlanKind kind,
      String dataset,
      long datasetVersion,
      String run,
      long plannedAt,
      PlanSource source,
      List<String> jars,
      Map<String, Map<String, Long>> positions,
      Optional<DdlChange> ddl,
      Optional<BackfillChunk> backfill) {
    this(
        format,
        plan,
        generation,
        id,
        kind,
        dataset,
        datasetVersion,
        run,
        plannedAt,
        source,
        jars,
        positions,
        ddl,
        backfill,
        Optional.empty());
  }

  /** A plan that is no part of a backfill. */
  public Plan(
      int format,
      long plan,
      int generation,
      String id,
      PlanKind kind,
      String dataset,
      long datasetVersion,
      String run,
      long plannedAt,
      PlanSource source,
      List<String> jars,
      Map<String, Map<String, Long>> positions,
      Optional<DdlChange> ddl) {
    this(
        format,
        plan,
        generation,
        id,
        kind,
        dataset,
        datasetVersion,
        run,
        plannedAt,
        source,
        jars,
        positions,
        ddl,
        Optional.empty());
  }

  /**
   * The same once more, exactly as it was planned, in a later generation.
   *
   * @param random its own id
   * @param byRun who puts it
   */
  public Plan again(int inGeneration, String random, String byRun, long at) {
    return new Plan(
        format,
        plan,
        inGeneration,
        random,
        kind,
        dataset,
        datasetVersion,
        byRun,
        at,
        source,
        jars,
        positions,
        ddl,
        backfill,
        replay,
        erasure,
        Optional.of(new Again(generation, id)));
  }

  /** The same with records that it takes out. */
  public Plan erasing(Erasure records) {
    return new Plan(
        format,
        plan,
        generation,
        id,
        kind,
        dataset,
        datasetVersion,
        run,
        plannedAt,
        source,
        jars,
        positions,
        ddl,
        backfill,
        replay,
        Optional.of(records),
        again);
  }

  /** Whether it takes out what was made of its records before. */
  public boolean replaces() {
    return backfill.map(BackfillChunk::mode).filter(BackfillMode.REPLACE::equals).isPresent();
  }

  /** Whether it takes records out of the quarantine once its table's commit is there. */
  public boolean releases() {
    return replaces() || kind == PlanKind.REPLAY || kind == PlanKind.ERASE;
  }

  static Map<String, Map<String, Long>> copy(Map<String, Map<String, Long>> positions) {
    Map<String, Map<String, Long>> copied = new TreeMap<>();
    if (positions != null) {
      positions.forEach(
          (dataset, topics) ->
              copied.put(dataset, java.util.Collections.unmodifiableMap(new TreeMap<>(topics))));
    }
    return java.util.Collections.unmodifiableMap(copied);
  }
}
