package dev.tributary.phase2.execute;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * Makes the pass over a plan's records, and settles for all runs of the plan which of them are bad:
 * the first run to say so decides, and a run that finds it decided leaves out exactly those. Two
 * runs that see different records fail, because a key file or a service changed between them, can
 * then never write different halves of the same plan.
 */
final class Settlement {
  private final PlanWork work;

  Settlement(PlanWork work) {
    this.work = work;
  }

  /**
   * A pass.
   *
   * @param result what it yielded
   * @param diverted what it took out of its rows
   * @param aside the records that the plan sets aside
   * @param late late rows that stand already, of records that were not read
   * @param excluded those that it left out from its beginning
   */
  record Settled<T>(
      T result,
      Diverted diverted,
      GoneRecords.Split aside,
      GoneRecords.Late late,
      List<BadRecord> excluded) {
    /** Of records that were all read. */
    Settled(T result, Diverted diverted, List<BadRecord> bad, List<BadRecord> excluded) {
      this(result, diverted, GoneRecords.Split.held(bad), GoneRecords.Late.NONE, excluded);
    }

    /** How many records count that were not read, since the archive does not hold them any more. */
    long unread() {
      return aside.unread() + late.records();
    }

    /** Rows that the steps made besides the first of each record. */
    long made() {
      return diverted.made() + late.rows() - late.records();
    }

    /** Rows that go to the late table, or stand there. */
    long routed() {
      return diverted.routed() + late.rows();
    }

    /** Every record that the plan sets aside. */
    List<BadRecord> bad() {
      return aside.counted();
    }

    static Map<String, Long> byStep(List<BadRecord> records) {
      Map<String, Long> byStep = new HashMap<>();
      records.forEach(record -> byStep.merge(record.step(), 1L, Long::sum));
      return byStep;
    }
  }

  /**
   * Settles the plan.
   *
   * @param pass over the records without those that it is given
   * @param tried the rows of a pass, which Spark can try on a few of the records
   * @throws TributaryException PLAN_NOT_ADMITTED, PLAN_NOT_REPEATABLE, TRANSFORM_FAILED
   */
  <T> Settled<T> settle(BiFunction<List<RecordId>, Diversion, T> pass, StepIsolation.Rows tried) {
    Optional<List<BadRecord>> decided = work.decided();
    if (decided.isEmpty()) {
      Settled<T> own = first(pass, tried);
      if (work.decide(own.bad())) {
        return own;
      }
      decided = work.decided();
      if (ids(own.bad()).equals(ids(decided.orElseThrow()))) {
        Set<RecordId> excluded = ids(own.excluded());
        return new Settled<>(
            own.result(),
            own.diverted(),
            decided.get(),
            decided.get().stream().filter(bad -> excluded.contains(bad.id())).toList());
      }
    }
    return again(decided.orElseThrow(), pass, tried);
  }

  /** Of a plan that has no record to read, and may have had some when it was done before. */
  <T> Settled<T> nothing(T result) {
    if (work.marksAll()) {
      // No other run says afterwards that it sets aside what is not there any more.
      work.decide(List.of());
    }
    List<BadRecord> decided =
        work.input().asOf().mayLack(work.plan()) ? work.decided().orElse(List.of()) : List.of();
    return settled(result, work.diversion().value(), decided);
  }

  /** Makes the pass, and lets it decide nothing. */
  <T> Settled<T> tried(BiFunction<List<RecordId>, Diversion, T> pass, StepIsolation.Rows tried) {
    return first(pass, tried);
  }

  private <T> Settled<T> first(
      BiFunction<List<RecordId>, Diversion, T> pass, StepIsolation.Rows tried) {
    List<BadRecord> thrown = new ArrayList<>();
    while (true) {
      Diversion diversion = work.diversion();
      try {
        T result = pass.apply(thrown.stream().map(BadRecord::id).toList(), diversion);
        Diverted diverted = diversion.value();
        requireOnce(diverted);
        Combined.requireGood(work, diverted.bad());
        WholeRecords found = WholeRecords.of(work.dataset().steps(), diverted);
        List<BadRecord> bad = new ArrayList<>(thrown);
        bad.addAll(found.bad());
        work.admit(bad, thrown.size() + found.count());
        StepPolicies.admit(work, bad);
        new Expectations(work.spec()).admit(work, diverted, bad);
        if (!found.mayHaveOthers()) {
          return new Settled<>(result, diverted, bad, thrown);
        }
        // Rows of these records have gone on; the pass is made once more without them.
        thrown.addAll(found.bad());
      } catch (Exception e) {
        List<BadRecord> found = new StepIsolation(work, tried).culprits(e, thrown);
        if (found.isEmpty()) {
          throw e;
        }
        StepPolicies.admit(work, found);
        thrown.addAll(found);
      }
    }
  }

  private <T> Settled<T> again(
      List<BadRecord> decided,
      BiFunction<List<RecordId>, Diversion, T> pass,
      StepIsolation.Rows tried) {
    Diversion diversion = work.diversion();
    T result;
    try {
      result = pass.apply(decided.stream().map(BadRecord::id).toList(), diversion);
    } catch (Exception e) {
      List<BadRecord> thrown = new StepIsolation(work, tried).culprits(e, decided);
      if (thrown.isEmpty()) {
        throw e;
      }
      throw notRepeatable(thrown.get(0));
    }
    Diverted diverted = diversion.value();
    requireOnce(diverted);
    if (diverted.badCount() > 0) {
      throw notRepeatable(diverted.bad().get(0));
    }
    Settled<T> settled = settled(result, diverted, decided);
    new Expectations(work.spec()).admit(work, diverted, settled.bad());
    return settled;
  }

  /** After another attempt, which has decided which are bad. */
  private <T> Settled<T> settled(T result, Diverted diverted, List<BadRecord> decided) {
    GoneRecords gone = new GoneRecords(work);
    GoneRecords.Split aside = gone.of(decided);
    return new Settled<>(result, diverted, aside, gone.late(), aside.counted());
  }

  /** Rows that came twice would be written twice, whatever the counts say. */
  private void requireOnce(Diverted diverted) {
    diverted.doubled().entrySet().stream()
        .findFirst()
        .ifPresent(
            step -> {
              throw new TributaryException(
                  ErrorCode.TRANSFORM_INVALID,
                  "The transform '%s' of dataset '%s' makes several rows of one, or not one after the other, of the record %s. Declare it as explode and have it make them of the row where it stands, or make one row of each; nothing was written."
                      .formatted(step.getKey(), work.spec().name(), step.getValue()));
            });
  }

  private TributaryException notRepeatable(BadRecord first) {
    return new TributaryException(
        ErrorCode.PLAN_NOT_REPEATABLE,
        "Plan %d of dataset '%s' sets aside a record that its first attempt could use: %s (%s). Make the transforms deterministic, then rule on the plan."
            .formatted(work.plan().plan(), work.spec().name(), first.id(), first.message()));
  }

  private static Set<RecordId> ids(List<BadRecord> records) {
    Set<RecordId> ids = new HashSet<>();
    records.forEach(record -> ids.add(record.id()));
    return ids;
  }

  /** Rows that are thrown away; only whether they can be computed matters. */
  static void compute(Dataset<Row> rows) {
    rows.write().format("noop").mode("overwrite").save();
  }
}
