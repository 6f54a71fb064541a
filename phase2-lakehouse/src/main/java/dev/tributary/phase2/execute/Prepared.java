package dev.tributary.phase2.execute;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.json.Json;
import dev.tributary.phase2.plan.ExpectationCount;
import dev.tributary.phase2.plan.Replaced;
import dev.tributary.phase2.plan.StepLedger;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/**
 * What a plan knows before its table's commit; it rides in that commit's user metadata, so that
 * whoever meets the commit can write the accounts.
 *
 * @param plan n
 * @param planId the plan's id
 * @param outcome {@code committed} or {@code void}
 * @param read records in the plan's entries
 * @param appended rows of an append, and those that an upsert added to an empty table
 * @param keys keys that an upsert writes for, each the outcome of one record
 * @param filtered as in the accounts
 * @param quarantined as in the accounts
 * @param superseded as in the accounts
 * @param unmatched as in the accounts
 * @param softDeleted rows that an upsert marks as deleted, which Delta counts as updates
 * @param held as in the accounts
 * @param removed rows that a plan that replaces takes out in the same commit
 * @param released records that it takes out of the quarantine after it
 * @param quarantine the quarantine's version
 * @param tombstones the tombstones' version
 * @param steps the rows of each step
 * @param expectations how each expectation fared
 * @param history what became of the events, where the table is a history
 * @param made as in the accounts
 * @param combined as in the accounts
 * @param eventTime the greatest of the plan's rows, in epoch milliseconds
 * @param late what it does to the late table; empty: nothing
 */
@JsonInclude(JsonInclude.Include.NON_ABSENT)
@JsonIgnoreProperties(ignoreUnknown = true)
record Prepared(
    long plan,
    String planId,
    String outcome,
    long read,
    long appended,
    long keys,
    long filtered,
    long quarantined,
    long superseded,
    long unmatched,
    long softDeleted,
    @JsonInclude(JsonInclude.Include.NON_DEFAULT) long held,
    @JsonInclude(JsonInclude.Include.NON_DEFAULT) long removed,
    @JsonInclude(JsonInclude.Include.NON_DEFAULT) long released,
    Optional<Long> quarantine,
    Optional<Long> tombstones,
    List<StepLedger> steps,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) List<ExpectationCount> expectations,
    Optional<HistoryCounts> history,
    @JsonInclude(JsonInclude.Include.NON_DEFAULT) long made,
    @JsonInclude(JsonInclude.Include.NON_DEFAULT) long combined,
    Optional<Long> eventTime,
    Optional<LateOutcome> late) {
  static final String COMMITTED = "committed";
  static final String VOID = "void";

  Prepared {
    late = late == null ? Optional.empty() : late;
    quarantine = quarantine == null ? Optional.empty() : quarantine;
    tombstones = tombstones == null ? Optional.empty() : tombstones;
    steps = steps == null ? List.of() : List.copyOf(steps);
    expectations = expectations == null ? List.of() : List.copyOf(expectations);
    history = history == null ? Optional.empty() : history;
    eventTime = eventTime == null ? Optional.empty() : eventTime;
  }

  /** Of records that become one row each. */
  Prepared(
      long plan,
      String planId,
      String outcome,
      long read,
      long appended,
      long keys,
      long filtered,
      long quarantined,
      long superseded,
      long unmatched,
      long softDeleted,
      long held,
      long removed,
      long released,
      Optional<Long> quarantine,
      Optional<Long> tombstones,
      List<StepLedger> steps,
      List<ExpectationCount> expectations,
      Optional<HistoryCounts> history) {
    this(
        plan,
        planId,
        outcome,
        read,
        appended,
        keys,
        filtered,
        quarantined,
        superseded,
        unmatched,
        softDeleted,
        held,
        removed,
        released,
        quarantine,
        tombstones,
        steps,
        expectations,
        history,
        0,
        0,
        Optional.empty(),
        Optional.empty());
  }

  /** Of a table that is no history. */
  Prepared(
      long plan,
      String planId,
      String outcome,
      long read,
      long appended,
      long keys,
      long filtered,
      long quarantined,
      long superseded,
      long unmatched,
      long softDeleted,
      long held,
      long removed,
      long released,
      Optional<Long> quarantine,
      Optional<Long> tombstones,
      List<StepLedger> steps,
      List<ExpectationCount> expectations) {
    this(
        plan,
        planId,
        outcome,
        read,
        appended,
        keys,
        filtered,
        quarantined,
        superseded,
        unmatched,
        softDeleted,
        held,
        removed,
        released,
        quarantine,
        tombstones,
        steps,
        expectations,
        Optional.empty());
  }

  /** A plan that writes no row. */
  static Prepared empty(long plan, String planId, String outcome) {
    return new Prepared(
        plan,
        planId,
        outcome,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        Optional.empty(),
        Optional.empty(),
        List.of(),
        List.of());
  }

  /** A plan whose records are all held already, or that has none. */
  static Prepared nothingNew(PlanWork work, Settlement.Settled<?> settled) {
    return new Prepared(
            work.plan().plan(),
            work.plan().id(),
            COMMITTED,
            work.read(settled),
            0,
            0,
            0,
            settled.bad().size(),
            0,
            0,
            0,
            work.input().held(),
            0,
            0,
            Optional.empty(),
            Optional.empty(),
            List.of(),
            new Expectations(work.spec()).unasked())
        .making(settled);
  }

  /**
   * With the rows that steps made and merged, those that come too late, and the greatest event time
   * of all.
   */
  Prepared making(Settlement.Settled<?> settled) {
    return new Prepared(
        plan,
        planId,
        outcome,
        read,
        appended,
        keys,
        filtered,
        quarantined,
        superseded,
        unmatched,
        softDeleted,
        held,
        removed,
        released,
        quarantine,
        tombstones,
        steps,
        expectations,
        history,
        settled.made(),
        settled.diverted().combined(),
        settled.diverted().latest().stream().boxed().findFirst(),
        late(
            settled.routed(),
            late.map(LateOutcome::released).orElse(0L),
            late.flatMap(LateOutcome::version)));
  }

  /** With what it takes out. */
  Prepared replacing(Replaced replaced) {
    return new Prepared(
        plan,
        planId,
        outcome,
        read,
        appended,
        keys,
        filtered,
        quarantined,
        superseded,
        unmatched,
        softDeleted,
        held,
        replaced.rows(),
        replaced.quarantined(),
        quarantine,
        tombstones,
        steps,
        expectations,
        history,
        made,
        combined,
        eventTime,
        late(routed(), replaced.late(), late.flatMap(LateOutcome::version)));
  }

  private static Optional<LateOutcome> late(long rows, long released, Optional<Long> version) {
    return rows == 0 && released == 0
        ? Optional.empty()
        : Optional.of(new LateOutcome(rows, released, version));
  }

  /** How many rows go to the late table. */
  long routed() {
    return late.map(LateOutcome::rows).orElse(0L);
  }

  /** With the versions of the commits that came before the table's. */
  Prepared committed(
      Optional<Long> quarantineVersion,
      Optional<Long> tombstonesVersion,
      Optional<Long> lateVersion) {
    return new Prepared(
        plan,
        planId,
        outcome,
        read,
        appended,
        keys,
        filtered,
        quarantined,
        superseded,
        unmatched,
        softDeleted,
        held,
        removed,
        released,
        quarantineVersion,
        tombstonesVersion,
        steps,
        expectations,
        history,
        made,
        combined,
        eventTime,
        late.map(of -> new LateOutcome(of.rows(), of.released(), lateVersion))
            .or(() -> lateVersion.map(version -> new LateOutcome(0, 0, lateVersion))));
  }

  /** With the rows that were appended. */
  Prepared appended(long rows) {
    return new Prepared(
        plan,
        planId,
        outcome,
        read,
        rows,
        keys,
        filtered,
        quarantined,
        superseded,
        unmatched,
        softDeleted,
        held,
        removed,
        released,
        quarantine,
        tombstones,
        steps,
        expectations,
        history,
        made,
        combined,
        eventTime,
        late);
  }

  static Prepared parse(String json, long plan) {
    try {
      return Json.mapper().readValue(json, Prepared.class);
    } catch (IOException e) {
      throw new TributaryException(
          ErrorCode.LOG_CORRUPT,
          "The commit that bears plan %d carries no accounts but '%s'. Something else than a driver marked the table."
              .formatted(plan, json),
          e);
    }
  }

  String json() {
    try {
      return Json.mapper().writeValueAsString(this);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }
}
