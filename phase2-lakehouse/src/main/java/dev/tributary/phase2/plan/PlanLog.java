package dev.tributary.phase2.plan;

import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.storage.DenseLog;
import dev.tributary.storage.ObjectStore;
import dev.tributary.storage.ObjectStores;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Predicate;
import org.apache.hadoop.conf.Configuration;

/**
 * The plan log of one table. Plans are dense from 0 and put if absent; plan n has its account
 * before n+1 is put. A RESTORE of the table begins a new generation of it, in which the numbers go
 * on from the state that the table was brought back to. Thread-safe.
 */
public final class PlanLog {
  private final ObjectStore store;
  private final TableFolders folders;
  private final PlanObjects objects;
  private volatile PlanGeneration current;

  private PlanLog(ObjectStore store, TableFolders folders) {
    this.store = store;
    this.folders = folders;
    this.objects = new PlanObjects(folders);
    this.current = new PlanGeneration(objects, new DenseLog(store, folders.generation(0)));
  }

  /**
   * The newest generation of a table's plan log, which may be empty.
   *
   * @param table the table's folder as a URI
   */
  public static PlanLog open(String table, Configuration configuration) {
    TableFolders folders = TableFolders.of(table);
    PlanLog log = new PlanLog(ObjectStores.forPath(folders.plans(), configuration), folders);
    log.advance();
    return log;
  }

  /**
   * Goes over to the newest generation.
   *
   * @return false if it was that already
   */
  public boolean advance() {
    boolean moved = false;
    Optional<Succession> next = succession(current.number() + 1);
    while (next.isPresent()) {
      current = succeeding(next.get(), current);
      moved = true;
      next = succession(current.number() + 1);
    }
    return moved;
  }

  private PlanGeneration succeeding(Succession succession, PlanGeneration before) {
    return new PlanGeneration(
        succession,
        before,
        new DenseLog(store, folders.generation(succession.generation()), succession.state() + 1));
  }

  private Optional<Succession> succession(int generation) {
    return store
        .read(folders.succession(generation))
        .map(content -> objects.succession(content, generation));
  }

  /**
   * Begins the generation after this one, whose last plan is of the kind {@code restore}.
   *
   * @return false if somebody else has begun it
   */
  public boolean put(Succession succession) {
    return store.createIfAbsent(
        folders.succession(succession.generation()), PlanObjects.write(succession));
  }

  /** Where the table and what belongs to it lie. */
  public TableFolders folders() {
    return folders;
  }

  /** The store that the log lies in. */
  public ObjectStore store() {
    return store;
  }

  /** The generation; one more each time the table was restored. */
  public int generation() {
    return current.number();
  }

  /** How the generation came after the one before; empty for the first. */
  public Optional<Succession> succession() {
    return current.succession();
  }

  /** What every Delta commit of this generation is marked with, as {@code txnAppId}. */
  public String application() {
    return application(current.number());
  }

  /** As above, of any generation. */
  public String application(int generation) {
    return "tributary:%s:%d".formatted(folders.name(), generation);
  }

  /** The number of the newest plan; empty for a log without plans. */
  public OptionalLong head() {
    return current.head();
  }

  /**
   * The number of the newest plan that must be done: beyond the head where plans are done again.
   */
  public OptionalLong last() {
    return current.last();
  }

  /** Plan n, or empty if there is none yet. */
  public Optional<Plan> plan(long n) {
    return current.plan(n);
  }

  /** The plan of an earlier generation that plan n does again; empty: n is no such plan. */
  public Optional<Plan> toDoAgain(long n) {
    return current.toDoAgain(n);
  }

  /**
   * The accounts of the plan that plan n does again; empty: n is no such plan, or that one was
   * never done.
   */
  public Optional<PlanAccount> doneBefore(long n) {
    return current.doneBefore(n);
  }

  /** Plan n, or the one that it does again while it is not put itself. */
  public Optional<Plan> planned(long n) {
    return current.planned(n);
  }

  /** The accounts of plan n, or of the plan that it does again while it is not done itself. */
  public Optional<PlanAccount> everDone(long n) {
    return current.everDone(n);
  }

  /**
   * Puts a plan if its number is free; the plan before it must be done.
   *
   * @return false if another plan has this number, or the plan is of an earlier generation
   */
  public boolean put(Plan plan) {
    PlanGeneration now = current;
    return plan.generation() == now.number()
        && now.log().append(plan.plan(), PlanObjects.write(plan));
  }

  /** The accounts of plan n, or empty while it is not done. */
  public Optional<PlanAccount> account(long n) {
    return current.account(n);
  }

  /**
   * Puts a plan's accounts.
   *
   * @return false if somebody else finished the plan first; theirs count
   */
  public boolean put(PlanAccount account) {
    return current.put(account);
  }

  /**
   * The newest accounts: those of the head, or of the plan before it while the head is not done. A
   * plan that ends a generation comes after one that may not be done either.
   */
  public Optional<PlanAccount> latestAccount() {
    OptionalLong head = head();
    Optional<PlanAccount> account = Optional.empty();
    for (long back = 0; back <= 2 && account.isEmpty(); back++) {
      if (head.isEmpty() || head.getAsLong() < back) {
        return Optional.empty();
      }
      account = account(head.getAsLong() - back);
    }
    return account;
  }

  /**
   * The table's version from which on commits are those of plans after the account's, or others'.
   * -1: from its first on.
   */
  public long since(Optional<PlanAccount> account) {
    return current.since(account);
  }

  /** What the table held as of one of its versions. */
  public HeldState heldAt(long tableVersion) {
    return current.heldAt(tableVersion);
  }

  /** The newest plan that this generation has in common with an earlier one. */
  public long common(int generation) {
    return current.common(generation);
  }

  /** Which records of plan n are set aside, or empty while no run has said so. */
  public Optional<BadRecords> badRecords(long n) {
    return current.badRecords(n);
  }

  /** Which records the plan has set aside that plan n does again. */
  public Optional<BadRecords> badRecordsBefore(long n) {
    return current.badRecordsBefore(n);
  }

  /**
   * Says which records of a plan are set aside.
   *
   * @return false if another run said so first; what it said counts
   */
  public boolean put(BadRecords bad) {
    return current.put(bad);
  }

  /**
   * Takes what some records held, their keys and the messages about them, out of what was said of
   * plan n, in whichever generation. It is the one object of the log that is ever written over.
   */
  public void forget(long n, Predicate<BadRecords.Bad> which) {
    current.forget(n, which);
  }

  /** The word of an operator on plan n, or on the plan which it does again. */
  public Optional<Ruling> ruling(long n) {
    return current.ruling(n);
  }

  /**
   * Puts a ruling.
   *
   * @return false if there is one already
   */
  public boolean put(Ruling ruling) {
    return current.put(ruling);
  }

  /** Puts a dataset's spec beside the plans, so that they can be done without the metastore. */
  public void putSpec(long version, DatasetSpec spec) {
    store.createIfAbsent(folders.spec(spec.name(), version), PlanObjects.write(spec));
  }

  /** A spec that plans name. */
  public Optional<DatasetSpec> spec(String dataset, long version) {
    return store
        .read(folders.spec(dataset, version))
        .map(content -> objects.parse(content, DatasetSpec.class, version));
  }

  /** Puts a transform's JAR beside the plans, by its content. */
  public void putJar(String sha256, byte[] content) {
    store.createIfAbsent(folders.jar(sha256), content);
  }

  /** A JAR that plans name. */
  public Optional<byte[]> jar(String sha256) {
    return store.read(folders.jar(sha256));
  }

  /** Whether a JAR is beside the plans. */
  public boolean holdsJar(String sha256) {
    return store.readRange(folders.jar(sha256), 0, 1).isPresent();
  }
}
