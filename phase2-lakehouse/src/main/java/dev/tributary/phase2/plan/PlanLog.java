package dev.tributary.phase2.plan;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.json.Json;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.storage.DenseLog;
import dev.tributary.storage.ObjectStore;
import dev.tributary.storage.ObjectStores;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.OptionalLong;
import org.apache.hadoop.conf.Configuration;

/**
 * The plan log of one table. Plans are dense from 0 and put if absent; plan n has its account
 * before n+1 is put. Thread-safe.
 */
public final class PlanLog {
  private static final String DONE = "done";
  private static final String RULING = "ruling";
  private static final String BAD = "bad";

  private final ObjectStore store;
  private final TableFolders folders;
  private final int generation;
  private final DenseLog log;

  private PlanLog(ObjectStore store, TableFolders folders, int generation) {
    this.store = store;
    this.folders = folders;
    this.generation = generation;
    this.log = new DenseLog(store, folders.generation(generation));
  }

  /**
   * The newest generation of a table's plan log, which may be empty.
   *
   * @param table the table's folder as a URI
   */
  public static PlanLog open(String table, Configuration configuration) {
    TableFolders folders = TableFolders.of(table);
    ObjectStore store = ObjectStores.forPath(folders.plans(), configuration);
    return new PlanLog(store, folders, 0);
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
    return generation;
  }

  /** What every Delta commit of this log is marked with, as {@code txnAppId}. */
  public String application() {
    return "tributary:%s:%d".formatted(folders.name(), generation);
  }

  /** The number of the newest plan; empty for a log without plans. */
  public OptionalLong head() {
    return log.head();
  }

  /** Plan n, or empty if there is none yet. */
  public Optional<Plan> plan(long n) {
    return log.read(n).map(content -> checked(parse(content, Plan.class, n), n));
  }

  /**
   * Puts a plan if its number is free; the plan before it must be done.
   *
   * @return false if another plan has this number
   */
  public boolean put(Plan plan) {
    return log.append(plan.plan(), write(plan));
  }

  /** The accounts of plan n, or empty while it is not done. */
  public Optional<PlanAccount> account(long n) {
    return log.readCompanion(n, DONE).map(content -> parse(content, PlanAccount.class, n));
  }

  /**
   * Puts a plan's accounts.
   *
   * @return false if somebody else finished the plan first; theirs count
   */
  public boolean put(PlanAccount account) {
    return log.createCompanion(account.plan(), DONE, write(account));
  }

  /**
   * The newest accounts: those of the head, or of the plan before it while the head is not done.
   */
  public Optional<PlanAccount> latestAccount() {
    OptionalLong head = head();
    if (head.isEmpty()) {
      return Optional.empty();
    }
    Optional<PlanAccount> account = account(head.getAsLong());
    return account.isPresent() || head.getAsLong() == 0 ? account : account(head.getAsLong() - 1);
  }

  /** Which records of plan n are set aside, or empty while no run has said so. */
  public Optional<BadRecords> badRecords(long n) {
    return log.readCompanion(n, BAD).map(content -> parse(content, BadRecords.class, n));
  }

  /**
   * Says which records of a plan are set aside.
   *
   * @return false if another run said so first; what it said counts
   */
  public boolean put(BadRecords bad) {
    return log.createCompanion(bad.plan(), BAD, write(bad));
  }

  /** The word of an operator on plan n. */
  public Optional<Ruling> ruling(long n) {
    return log.readCompanion(n, RULING).map(content -> parse(content, Ruling.class, n));
  }

  /**
   * Puts a ruling.
   *
   * @return false if there is one already
   */
  public boolean put(Ruling ruling) {
    return log.createCompanion(ruling.plan(), RULING, write(ruling));
  }

  /** Puts a dataset's spec beside the plans, so that they can be done without the metastore. */
  public void putSpec(long version, DatasetSpec spec) {
    store.createIfAbsent(folders.spec(spec.name(), version), write(spec));
  }

  /** A spec that plans name. */
  public Optional<DatasetSpec> spec(String dataset, long version) {
    return store
        .read(folders.spec(dataset, version))
        .map(content -> parse(content, DatasetSpec.class, -1));
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

  private Plan checked(Plan plan, long n) {
    if (plan.format() > Plan.FORMAT) {
      throw new TributaryException(
          ErrorCode.FORMAT_UNKNOWN,
          "Plan %d of %s has format %d; this release knows %d. Use the release that wrote it, or a later one."
              .formatted(n, folders.table(), plan.format(), Plan.FORMAT));
    }
    if (plan.plan() != n || plan.generation() != generation) {
      throw new TributaryException(
          ErrorCode.LOG_CORRUPT,
          "The object of plan %d of %s holds plan %d of generation %d. Restore it from a copy."
              .formatted(n, folders.table(), plan.plan(), plan.generation()));
    }
    return plan;
  }

  private <T> T parse(byte[] content, Class<T> type, long n) {
    try {
      return Json.mapper().readValue(content, type);
    } catch (IOException e) {
      if (e.getCause() instanceof TributaryException known) {
        throw known;
      }
      throw new TributaryException(
          ErrorCode.LOG_CORRUPT,
          "The %s %d beside %s cannot be read: '%s'. Restore it from a copy."
              .formatted(type.getSimpleName(), n, folders.table(), start(content)),
          e);
    }
  }

  private static String start(byte[] content) {
    return new String(content, 0, Math.min(content.length, 100), StandardCharsets.UTF_8);
  }

  private static byte[] write(Object value) {
    try {
      return Json.mapper().writeValueAsBytes(value);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
