package dev.tributary.phase2.execute;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.phase2.plan.BadRecords;
import dev.tributary.phase2.plan.BesideVersions;
import dev.tributary.phase2.plan.Plan;
import dev.tributary.phase2.plan.PlanKind;
import dev.tributary.phase2.plan.PlanLog;
import dev.tributary.phase2.plan.RebuildFolders;
import dev.tributary.phase2.plan.TableFolders;
import dev.tributary.phase2.step.DatasetSession;
import dev.tributary.phase2.table.DeltaTransactions;
import dev.tributary.phase2.table.PlanMark;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * A plan that reads records, with all that writing it needs.
 *
 * @param plan the plan
 * @param spec the dataset as the plan pins it
 * @param dataset its session and steps
 * @param log the plan log that it stands in
 * @param run who does it
 * @param mark what its commits bear
 * @param input the records that it works on
 * @param limitsLifted whether an operator has accepted it
 * @param since the table's version before it
 * @param beside what the tables beside it have reached at least
 * @param rebuilt whether the table is one that is being made anew
 */
record PlanWork(
    Plan plan,
    DatasetSpec spec,
    DatasetSession dataset,
    PlanLog log,
    String run,
    PlanMark mark,
    PlanInput input,
    boolean limitsLifted,
    long since,
    BesideVersions beside,
    boolean rebuilt) {
  /** Of the Hadoop configuration, given to Spark with the driver's memory, which it goes with. */
  static final String MOST_BAD = "tributary.quarantine.mostRecords";

  SparkSession session() {
    return dataset.session();
  }

  Configuration configuration() {
    return session().sessionState().newHadoopConf();
  }

  TableFolders folders() {
    return log.folders();
  }

  DeltaTransactions transactions() {
    return new DeltaTransactions(session());
  }

  Quarantine quarantine() {
    return new Quarantine(session(), folders().quarantine(), beside.quarantine());
  }

  TombstoneTable tombstones() {
    return new TombstoneTable(session(), folders().tombstones(), beside.tombstones());
  }

  /** How much it works on. */
  SourceSize size() {
    return input.size();
  }

  /**
   * How many records count as those of its range: those that it leaves alone, and those that count
   * though they were erased, included.
   */
  long read(Settlement.Settled<?> settled) {
    return entered(settled) + input.held();
  }

  /** As above, without those that it leaves alone. */
  long entered(Settlement.Settled<?> settled) {
    return input.size().records() + settled.unread();
  }

  ArchiveRows rows() {
    return new ArchiveRows(dataset, spec, new ArchiveReader(input.scope(), input.asOf()));
  }

  Diversion diversion() {
    Diversion diversion = new Diversion(mostBad());
    session().sparkContext().register(diversion);
    return diversion;
  }

  /** Which records are set aside, once a run has said so. */
  Optional<List<BadRecord>> decided() {
    return log.badRecords(plan.plan())
        .map(decided -> decided.records().stream().map(BadRecord::of).toList());
  }

  /**
   * Writes the quarantine, unless the plan that this one does again has done so: a RESTORE of the
   * table leaves it as it is.
   *
   * @return the version that bears the plan
   */
  Optional<Long> setAside(Settlement.Settled<?> settled) {
    requireAsBegun();
    Optional<Long> version = setAside(settled.bad());
    new GoneRecords(this).requireLetGo(settled.aside());
    return version;
  }

  /**
   * Whether what lies beside the table is to bear the plan also where that writes nothing there. An
   * erasure is a plan like others, so that all attempts at one read the same; but that of the live
   * table rewrites the archive also while a plan of the table that is to come after it is open. An
   * attempt that has read more could put rows of the records there after this one has gone on.
   */
  boolean marksAll() {
    return rebuilt && input.asOf().erased(plan.source());
  }

  /**
   * Refuses to go on with a plan of a table that is made anew where records of it were erased since
   * the work on it began, or the table is not made any more: another run may have done the plan
   * without them, and nobody removes what is written there later. Comes before each write, and the
   * table's commit, so that an attempt that was held up does nothing.
   *
   * @throws TributaryException TABLE_UNAVAILABLE
   */
  void requireAsBegun() {
    if (!rebuilt) {
      return;
    }
    if (!RebuildFolders.isUnderWay(folders().table(), log.store())) {
      throw new TributaryException(
          ErrorCode.TABLE_UNAVAILABLE,
          "The new table %s is not made any more: it was put in the dataset's place, or given up, while this run was at its plan %d. Nothing more is written for it."
              .formatted(folders().table(), plan.plan()));
    }
    if (input.asOf().erasedSince(plan.source(), size().records(), configuration())) {
      throw new TributaryException(
          ErrorCode.TABLE_UNAVAILABLE,
          "Records of plan %d were erased from the archive while it was done for the new table %s. It is done again without them."
              .formatted(plan.plan(), folders().table()));
    }
  }

  /**
   * Writes what the tombstones are to remember, if that is anything.
   *
   * @param deleted the rows; empty: there are none
   * @return the version of the tombstones that bears the plan
   */
  Optional<Long> remember(KeyedLayout layout, Optional<Dataset<Row>> deleted) {
    requireAsBegun();
    if (deleted.isPresent()) {
      return tombstones().write(plan, mark, layout, deleted.get());
    }
    return marksAll() ? tombstones().close(plan, mark, layout) : Optional.empty();
  }

  private Optional<Long> setAside(List<BadRecord> bad) {
    if (bad.isEmpty()) {
      return marksAll() ? quarantine().close(plan, mark) : Optional.empty();
    }
    boolean before =
        plan.again().isPresent()
            && (log.doneBefore(plan.plan()).isPresent() || quarantine().heldBefore(plan));
    return before
        ? Optional.empty()
        : quarantine()
            .write(
                plan,
                mark,
                bad,
                new RecordValues(session(), plan.source(), input.asOf(), input.size()));
  }

  LateTable lateTable() {
    return new LateTable(session(), log, spec, beside.lateOf(spec.name()));
  }

  /**
   * Writes the rows that come too late for the table, if there are any. The records are read once
   * more for it.
   *
   * @return the version of the late table that bears the plan
   * @throws TributaryException UNACCOUNTED where another attempt has written more or fewer,
   *     TABLE_UNAVAILABLE where it did so meanwhile
   */
  Optional<Long> writeLate(Settlement.Settled<?> settled) {
    requireAsBegun();
    if (!spec.checks().routesLate()) {
      return Optional.empty();
    }
    List<RecordId> without = settled.bad().stream().map(BadRecord::id).toList();
    return lateTable()
        .write(
            plan,
            mark,
            () -> rows().late(plan.source(), without, diversion()),
            settled,
            new GoneRecords(this),
            marksAll());
  }

  /**
   * What a plan comes to that has no record to read. It may have had some when it was begun, of
   * which some were set aside already, or stand in the late table.
   */
  Prepared nothingToRead() {
    Settlement.Settled<?> nothing = new Settlement(this).nothing("");
    Optional<Long> tombstones =
        spec.write().mode().keyed()
            ? remember(new KeyedLayout(spec), Optional.empty())
            : Optional.empty();
    Optional<Long> quarantine = setAside(nothing);
    Optional<Long> late = writeLate(nothing);
    return Prepared.nothingNew(this, nothing).committed(quarantine, tombstones, late);
  }

  /** Refuses to go on where a RESTORE came while the plan was done. */
  void requireNotRestored() {
    new RestoreCheck(log, transactions()).require(since, Optional.empty());
  }

  /** Says which records are set aside; false if another run was faster. */
  boolean decide(List<BadRecord> bad) {
    requireAsBegun();
    return log.put(
        new BadRecords(
            Plan.FORMAT,
            plan.plan(),
            plan.id(),
            run,
            bad.stream().map(BadRecord::logged).toList(),
            input.replayed().logged()));
  }

  /** Whether the table bears the plan. */
  boolean committed() {
    return transactions().find(folders().table(), mark, since).isPresent();
  }

  /** How many records it may set aside: the driver holds them in memory. */
  private int mostBad() {
    String text =
        session().sessionState().newHadoopConf().get(MOST_BAD, Integer.toString(Diversion.KEPT));
    try {
      int most = Integer.parseInt(text);
      if (most > 0) {
        return most;
      }
    } catch (NumberFormatException e) {
      // Refused below.
    }
    throw TributaryException.of(
        ErrorCode.SETTING_INVALID,
        "spark.hadoop.%s is '%s', which is no number of records.".formatted(MOST_BAD, text),
        "Give a whole number from 1 on.");
  }

  /** Whether the breaker looks at it. What a replay sets aside again was set aside before. */
  boolean mayBreak() {
    return !limitsLifted
        && plan.kind() != PlanKind.REPLAY
        && size().records() >= spec.breaker().minRecords();
  }

  /**
   * Refuses what a pass has shown to be too bad.
   *
   * @param bad as many of the bad records as were kept
   * @param count how many there are
   */
  void admit(List<BadRecord> bad, long count) {
    int most = mostBad();
    if (count > bad.size() || count > most) {
      throw new TributaryException(
          ErrorCode.PLAN_NOT_ADMITTED,
          "Plan %d of dataset '%s' has %d bad records, more than one plan can set aside (%d); the first: %s at %s. Where the dataset is to blame, void the plan and correct it. Else start the driver with --conf spark.hadoop.%s=%d and about 1 KB of driver memory for each of them; the source's batch.maxRecords keeps entries to come smaller."
              .formatted(
                  plan.plan(),
                  spec.name(),
                  count,
                  most,
                  bad.get(0).message(),
                  bad.get(0).id(),
                  MOST_BAD,
                  count));
    }
    double share = size().records() == 0 ? 0 : (double) count / size().records();
    if (mayBreak() && share > spec.breaker().share()) {
      BadRecord first = bad.get(0);
      throw new TributaryException(
          ErrorCode.PLAN_NOT_ADMITTED,
          "Plan %d of dataset '%s' would set aside %d of %d records, more than the breaker's share of %s; the first: %s at %s. Correct the dataset or the data, then accept or void the plan."
              .formatted(
                  plan.plan(),
                  spec.name(),
                  count,
                  size().records(),
                  spec.breaker().share(),
                  first.message(),
                  first.id()));
    }
  }
}
