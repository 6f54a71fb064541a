package dev.tributary.phase2.table;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.streaming.Failures;
import java.io.FileNotFoundException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.catalog.CatalogTable;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.Literal$;
import org.apache.spark.sql.catalyst.parser.ParseException;
import org.apache.spark.sql.catalyst.plans.logical.DeleteFromTable;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.delta.CheckpointInstance;
import org.apache.spark.sql.delta.ConcurrentTransactionException;
import org.apache.spark.sql.delta.DeltaConcurrentModificationException;
import org.apache.spark.sql.delta.DeltaLog;
import org.apache.spark.sql.delta.DeltaOperations;
import org.apache.spark.sql.delta.OptimisticTransaction;
import org.apache.spark.sql.delta.Snapshot;
import org.apache.spark.sql.delta.actions.Action;
import org.apache.spark.sql.delta.actions.AddFile;
import org.apache.spark.sql.delta.actions.FileAction;
import org.apache.spark.sql.delta.actions.SetTransaction;
import org.apache.spark.sql.delta.commands.DeleteCommand;
import org.apache.spark.sql.delta.commands.DeleteMetric;
import org.apache.spark.sql.execution.datasources.LogicalRelation$;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructField;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import scala.Option;
import scala.Some;
import scala.Tuple2;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Everything that plans need of Delta's internal API, and nothing else: files that are written
 * first and become visible by a later commit, the marks of plans, changes of metadata with a mark,
 * and empty commits; how metadata change is in {@link MetadataChange}. {@code DeltaTransactionsIT}
 * is the contract that a new version of Delta has to keep. Used by one thread at a time; the
 * session must be the thread's active one.
 */
public final class DeltaTransactions {
  private static final Logger LOG = LoggerFactory.getLogger(DeltaTransactions.class);

  private final SparkSession session;

  /** Transactions of a session. */
  public DeltaTransactions(SparkSession session) {
    this.session = session;
  }

  /** The table as it is now, or empty if there is none. */
  public Optional<TableState> state(Path table) {
    return snapshot(table).map(DeltaTransactions::state);
  }

  private static TableState state(Snapshot snapshot) {
    return new TableState(
        snapshot.version(),
        snapshot.metadata().schema(),
        CollectionConverters.asJava(snapshot.metadata().partitionColumns()),
        CollectionConverters.asJava(snapshot.metadata().configuration()));
  }

  /** Whether Delta can widen a column of one type to another. */
  public static boolean widens(DataType from, DataType to) {
    return MetadataChange.widens(from, to);
  }

  /** Forgets what is known of a table whose folder is removed. */
  public void forget(Path table) {
    DeltaLog.invalidateCache(session, table);
  }

  /** Whether columns of the table have physical names of their own. */
  public boolean mapsColumns(Path table) {
    return snapshot(table).filter(each -> MetadataChange.maps(each.metadata())).isPresent();
  }

  /** Whether there is a table. Costs a listing of its newest commits. */
  public boolean exists(Path table) {
    return snapshot(table).isPresent();
  }

  /** Whether the table holds no file, as far as its newest commit says so; false if it does not. */
  public boolean knownEmpty(Path table) {
    Option<Object> files = log(table).unsafeVolatileSnapshot().numOfFilesIfKnown();
    return !files.isEmpty() && (Long) files.get() == 0;
  }

  /** The greatest plan of an application that the table bears. */
  public OptionalLong marked(Path table, String application) {
    Optional<Snapshot> snapshot = snapshot(table);
    if (snapshot.isEmpty()) {
      return OptionalLong.empty();
    }
    Option<Object> version = snapshot.get().transactions().get(application);
    return version.isEmpty() ? OptionalLong.empty() : OptionalLong.of((Long) version.get());
  }

  /** Whether the table bears the plan, or a later one. */
  public boolean bears(Path table, PlanMark mark) {
    OptionalLong marked = marked(table, mark.application());
    return marked.isPresent() && marked.getAsLong() >= mark.plan();
  }

  /**
   * Begins a transaction that conflicts with every other one of the same application, so that of
   * two runs of a plan one commits.
   */
  public Pending begin(Path table, PlanMark mark) {
    OptimisticTransaction transaction = log(table).startTransaction(Option.empty(), Option.empty());
    return new Pending(table, mark, transaction, transaction.txnVersion(mark.application()));
  }

  /** A transaction that is not committed. */
  public final class Pending {
    private final Path table;
    private final PlanMark mark;
    private final OptimisticTransaction transaction;
    private final long marked;
    private final List<Action> actions = new ArrayList<>();
    private boolean removes;
    private Optional<List<String>> partitionedAnew = Optional.empty();

    private Pending(Path table, PlanMark mark, OptimisticTransaction transaction, long marked) {
      this.table = table;
      this.mark = mark;
      this.transaction = transaction;
      this.marked = marked;
    }

    /** The table as it was when the transaction began; empty if there was none. */
    public Optional<TableState> state() {
      return transaction.readVersion() < 0
          ? Optional.empty()
          : Optional.of(DeltaTransactions.state(transaction.snapshot()));
    }

    /** Whether the table bore the plan when the transaction began. */
    public boolean borne() {
      return marked >= mark.plan();
    }

    /**
     * Whether the table holds no row. The commit conflicts with those that others have added since.
     */
    public boolean empty() {
      return transaction.filterFiles().isEmpty();
    }

    /**
     * Writes the rows to files that nobody sees before the commit.
     *
     * @return how many rows
     */
    public long write(Dataset<Row> rows) {
      long records = 0;
      for (FileAction file : CollectionConverters.asJava(transaction.writeFiles(rows))) {
        actions.add(file);
        if (file instanceof AddFile added) {
          records += (Long) added.numLogicalRecords().get();
        }
      }
      return records;
    }

    /**
     * Takes rows out by the same commit that adds what is written. Rows that were not there when
     * the transaction began are not among them; a commit that another writer has come before with
     * such rows is refused.
     *
     * @param condition SQL on the table's columns
     * @return how many rows
     */
    public long remove(String condition) {
      if (transaction.readVersion() < 0) {
        return 0;
      }
      DeltaLog log = transaction.deltaLog();
      LogicalPlan table =
          LogicalRelation$.MODULE$.apply(
              log.createRelation(
                  CollectionConverters.asScala(List.<Expression>of()).toSeq(),
                  Some.apply(transaction.snapshot()),
                  transaction.catalogTable(),
                  false),
              false);
      org.apache.spark.sql.classic.SparkSession classic =
          (org.apache.spark.sql.classic.SparkSession) session;
      LogicalPlan delete =
          classic
              .sessionState()
              .analyzer()
              .execute(new DeleteFromTable(table, parsed(classic, condition)));
      classic.sessionState().analyzer().checkAnalysis(delete);
      Tuple2<scala.collection.immutable.Seq<Action>, DeleteMetric> deleted =
          ((DeleteCommand) delete).performDelete(classic, log, transaction);
      actions.addAll(CollectionConverters.asJava(deleted._1()));
      removes |= !deleted._1().isEmpty();
      Option<Object> rows = deleted._2().numDeletedRows();
      return rows.isEmpty() ? 0 : (Long) rows.get();
    }

    private static Expression parsed(
        org.apache.spark.sql.classic.SparkSession session, String condition) {
      try {
        return session.sessionState().sqlParser().parseExpression(condition);
      } catch (ParseException e) {
        throw new IllegalArgumentException("No condition: " + condition, e);
      }
    }

    /**
     * Commits the files and the mark.
     *
     * @param userMetadata a text that the commit carries
     * @return the version; empty if another run has committed the plan meanwhile
     */
    public OptionalLong commit(String userMetadata) {
      if (borne()) {
        return OptionalLong.empty();
      }
      DeltaOperations.Operation operation =
          new DeltaOperations.Write(
              removes ? SaveMode.Overwrite : SaveMode.Append,
              partitionedAnew.isEmpty()
                  ? Option.empty()
                  : Option.apply(CollectionConverters.asScala(partitionedAnew.get()).toSeq()),
              Option.empty(),
              Some.apply(userMetadata),
              Option.empty(),
              partitionedAnew.isEmpty() ? Option.empty() : Option.apply((Object) true),
              Option.empty(),
              Option.empty(),
              Option.empty());
      actions.add(
          new SetTransaction(
              mark.application(), mark.plan(), Option.apply((Object) System.currentTimeMillis())));
      try {
        return OptionalLong.of(
            transaction.commit(CollectionConverters.asScala(actions).toSeq(), operation));
      } catch (ConcurrentTransactionException e) {
        if (bears(table, mark)) {
          return OptionalLong.empty();
        }
        throw conflict(table, e);
      } catch (DeltaConcurrentModificationException e) {
        // Of two that create or change the table at once, one may meet the change before the mark.
        if (bears(table, mark)) {
          return OptionalLong.empty();
        }
        throw conflict(table, e);
      }
    }

    /**
     * Lets the commit put all files of another table in the place of those that are there, with
     * that table's columns and partitions. The other one lies in this one's folder, so that nothing
     * is copied.
     *
     * @param other the other table's folder
     * @param version of the other table
     * @param definition the properties and clustering that the table gets; its columns and
     *     partitions are the other one's
     * @throws TributaryException CHANGE_REFUSED if the other table, or files of it, are not there
     */
    public TakenOver takeOver(Path other, long version, TableDefinition definition) {
      Snapshot taken = snapshotAt(other, version);
      TableTakeover takeover = new TableTakeover(table, other, taken);
      takeover.requireFiles(session.sessionState().newHadoopConf());
      long removed = 0;
      scala.collection.immutable.Seq<Expression> all =
          CollectionConverters.asScala(List.<Expression>of(Literal$.MODULE$.TrueLiteral())).toSeq();
      for (AddFile file : CollectionConverters.asJava(transaction.filterFiles(all, true))) {
        removed += TableTakeover.rows(file);
        actions.add(file.removeWithTimestamp(System.currentTimeMillis(), true));
      }
      boolean clusters =
          !definition.clusterBy().isEmpty() || Clustering.clustered(transaction.snapshot());
      transaction.updateMetadata(
          new MetadataChange(transaction.metadata(), transaction.protocol(), false)
              .takingOver(taken.metadata(), definition),
          false);
      if (clusters) {
        actions.addAll(Clustering.actions(transaction, definition.clusterBy()));
      }
      long added = 0;
      for (AddFile file : takeover.files()) {
        added += TableTakeover.rows(file);
        actions.add(file);
      }
      removes = true;
      partitionedAnew =
          Optional.of(CollectionConverters.asJava(taken.metadata().partitionColumns()));
      return new TakenOver(removed, added);
    }

    private Snapshot snapshotAt(Path other, long version) {
      try {
        if (snapshot(other).filter(newest -> newest.version() >= version).isPresent()) {
          return log(other)
              .getSnapshotAt(
                  version, Option.<CheckpointInstance>empty(), Option.<CatalogTable>empty(), false);
        }
      } catch (Exception e) {
        // Checked ones too, which Scala's signatures do not say.
        if (Failures.cause(e, FileNotFoundException.class).isEmpty()) {
          throw e;
        }
        LOG.warn("Commits of {} cannot be read", other, e);
      }
      throw TableTakeover.gone(other, table);
    }

    /**
     * Has Delta check the definition as it would before a commit. The transaction must not be
     * committed afterwards.
     *
     * @throws Exception Delta's reason; also checked ones
     */
    public void examine(TableDefinition definition) throws Exception {
      define(definition);
    }

    /** Lets the commit create the table if there is none. Comes before {@link #write}. */
    public void createIfAbsent(TableDefinition definition) {
      if (transaction.readVersion() < 0) {
        define(definition);
      }
    }

    /**
     * Lets the commit add a column to the table that is there, if it has none of that name. Comes
     * before {@link #write}.
     */
    public void addIfAbsent(StructField column) {
      if (transaction.readVersion() < 0) {
        return;
      }
      List<StructField> there = List.of(transaction.metadata().schema().fields());
      if (there.stream().anyMatch(field -> field.name().equalsIgnoreCase(column.name()))) {
        return;
      }
      List<TableColumn> columns = new ArrayList<>(there.stream().map(TableColumn::same).toList());
      columns.add(new TableColumn(column, Optional.empty()));
      define(new TableDefinition(columns, List.of(), Map.of(), Set.of()));
    }

    /**
     * Commits the definition and the mark: makes the table what it is defined to be, creating it if
     * there is none.
     *
     * @return the version; empty if another run has committed the plan meanwhile
     */
    public OptionalLong commit(TableDefinition definition, String userMetadata) {
      if (borne()) {
        return OptionalLong.empty();
      }
      define(definition);
      return commit(userMetadata);
    }

    /** Makes the table what it is defined to be, by the commit. Comes before {@link #write}. */
    public void define(TableDefinition definition) {
      boolean clusters = !definition.clusterBy().isEmpty();
      boolean created = transaction.readVersion() < 0;
      if (clusters && !created) {
        Clustering.require(transaction.snapshot(), definition);
      }
      update(definition);
      if (clusters && created) {
        actions.addAll(Clustering.actions(transaction, definition.clusterBy()));
      }
    }

    private void update(TableDefinition definition) {
      transaction.updateMetadata(
          new MetadataChange(
                  transaction.metadata(), transaction.protocol(), transaction.readVersion() < 0)
              .to(definition),
          false);
    }
  }

  /**
   * The version that bears a plan, looked for from the newest one back: the plan is one of the
   * last.
   */
  public Optional<Long> versionOf(Path table, PlanMark mark) {
    Optional<Snapshot> snapshot = snapshot(table);
    if (snapshot.isEmpty()) {
      return Optional.empty();
    }
    CommitFiles commits = commits(table);
    for (long version = snapshot.get().version(); version >= 0; version--) {
      Optional<CommitFile> commit = commits.read(version, mark);
      if (commit.isEmpty()) {
        return Optional.empty();
      }
      if (commit.get().marked()) {
        return Optional.of(version);
      }
    }
    return Optional.empty();
  }

  /**
   * The commit that bears a plan.
   *
   * @param after a version of the table from before the plan, where the search begins
   */
  public Optional<MarkedCommit> find(Path table, PlanMark mark, long after) {
    Optional<Snapshot> snapshot = snapshot(table);
    if (snapshot.isEmpty()) {
      return Optional.empty();
    }
    CommitFiles commits = commits(table);
    for (long version = after + 1; version <= snapshot.get().version(); version++) {
      Optional<CommitFile> commit = commits.read(version, mark);
      if (commit.isPresent() && commit.get().marked()) {
        return Optional.of(
            new MarkedCommit(version, commit.get().userMetadata(), commit.get().metrics()));
      }
    }
    return Optional.empty();
  }

  /**
   * The RESTORE that took rows away which the table held as of a version, if there was one and no
   * other RESTORE brought them back.
   */
  public OptionalLong restoredSince(Path table, long version) {
    Optional<Snapshot> snapshot = snapshot(table);
    return snapshot.isEmpty()
        ? OptionalLong.empty()
        : Restores.since(
            table, version, snapshot.get().version(), session.sessionState().newHadoopConf());
  }

  /** As above, as far as another version that is not greater than the newest. */
  public OptionalLong restoredSince(Path table, long version, long until) {
    return Restores.since(table, version, until, session.sessionState().newHadoopConf());
  }

  private CommitFiles commits(Path table) {
    return new CommitFiles(table, session.sessionState().newHadoopConf());
  }

  private Optional<Snapshot> snapshot(Path table) {
    Snapshot snapshot = log(table).update(false, Option.empty(), Option.empty());
    return snapshot.version() < 0 ? Optional.empty() : Optional.of(snapshot);
  }

  private DeltaLog log(Path table) {
    return DeltaLog.forTable(session, table);
  }

  private static TributaryException conflict(Path table, Exception cause) {
    return new TributaryException(
        ErrorCode.TABLE_UNAVAILABLE,
        "Another writer changed %s while a plan was committed to it. The plan is done again."
            .formatted(table),
        cause);
  }
}
