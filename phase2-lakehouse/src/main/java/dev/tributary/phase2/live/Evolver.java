package dev.tributary.phase2.live;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.metastore.DdlOperation;
import dev.tributary.core.metastore.Metastore;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.Versioned;
import dev.tributary.phase2.execute.FieldDrift;
import dev.tributary.phase2.plan.PlanSource;
import dev.tributary.streaming.Failures;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has the metastore give a dataset the columns that its next batch needs. The version comes into
 * force by a plan of its own, as any other does, and the batch is planned under it. Where that
 * cannot be, the batch goes on under the version that there is, and what its columns do not take is
 * rescued or set aside. Not thread-safe.
 */
final class Evolver {
  private static final Logger LOG = LoggerFactory.getLogger(Evolver.class);

  /** How many columns a batch may bring. */
  private static final int MOST_NEW = 50;

  /** A column that was widened may let a record through which has one more for the next time. */
  private static final int MOST_ROUNDS = 5;

  /** A metastore that is away, or refuses, must not hold up every batch. */
  private static final Duration PAUSE = Duration.ofMinutes(1);

  private static final String OPERATIONS = "/operations";

  private final Metastore metastore;
  private final String run;
  private final LongSupplier nanoTime;
  private final Set<String> refused = new HashSet<>();
  private OptionalLong refusedAt = OptionalLong.empty();
  private long conflict;
  private Map<String, Long> batch = Map.of();
  private int rounds;
  private int added;

  Evolver(Metastore metastore, String run, LongSupplier nanoTime) {
    this.metastore = metastore;
    this.run = run;
    this.nanoTime = nanoTime;
  }

  /**
   * Whether there may be a version by now that has to come into force before the batch is planned.
   *
   * @param pinned the version in force, which is the one that should be
   * @param source what the batch is to read
   * @param drift looks at those records
   * @param refusal why a version cannot come after it
   */
  boolean evolved(
      Versioned<DatasetSpec> pinned,
      PlanSource source,
      Supplier<FieldDrift> drift,
      Function<DatasetSpec, Optional<TributaryException>> refusal) {
    SchemaEvolution evolution = new SchemaEvolution(pinned.spec());
    begin(source);
    if (!evolution.possible() || rounds >= MOST_ROUNDS || quiet()) {
      return false;
    }
    FieldDrift found = drift.get();
    while (true) {
      List<DdlOperation> changes =
          evolution.changes(
              found, MOST_NEW - added, change -> !refused.contains(key(pinned, change)));
      if (changes.isEmpty()) {
        return false;
      }
      Optional<TributaryException> problem = refusal(evolution, changes, refusal);
      if (problem.isPresent()) {
        leaveOut(pinned, blamed(evolution, changes, problem.get(), refusal));
        continue;
      }
      Answer answer = ask(pinned, changes);
      if (answer != Answer.WITHOUT_SOME) {
        return answer == Answer.VERSION;
      }
    }
  }

  private boolean quiet() {
    return refusedAt.isPresent() && nanoTime.getAsLong() - refusedAt.getAsLong() < PAUSE.toNanos();
  }

  /** What asking the metastore came to. */
  private enum Answer {
    /** There may be a version. */
    VERSION,
    /** Some changes are not taken; the rest may be. */
    WITHOUT_SOME,
    /** Nothing now. */
    NOTHING
  }

  /** A batch that is looked at again may have grown, but begins where it began. */
  private void begin(PlanSource source) {
    Map<String, Long> begins = new TreeMap<>();
    source.ranges().forEach(range -> begins.put(range.topic(), range.from()));
    if (!batch.equals(begins)) {
      batch = begins;
      rounds = 0;
      added = 0;
    }
  }

  /** What checks throw that nobody foresaw must not stop the batches either. */
  private static Optional<TributaryException> refusal(
      SchemaEvolution evolution,
      List<DdlOperation> changes,
      Function<DatasetSpec, Optional<TributaryException>> refusal) {
    try {
      return refusal.apply(evolution.after(changes));
    } catch (Exception e) {
      // Spark's analysis errors are checked, which its signatures do not say.
      TributaryException coded = Failures.coded(e);
      if (coded.code().retryable()) {
        throw e;
      }
      return Optional.of(coded);
    }
  }

  /** Which of the changes are to blame, with why; all of them where none is by itself. */
  private static Map<DdlOperation, TributaryException> blamed(
      SchemaEvolution evolution,
      List<DdlOperation> changes,
      TributaryException problem,
      Function<DatasetSpec, Optional<TributaryException>> refusal) {
    if (changes.size() > 1) {
      Map<DdlOperation, TributaryException> alone =
          changes.stream()
              .flatMap(
                  change ->
                      refusal(evolution, List.of(change), refusal)
                          .map(reason -> Map.entry(change, reason))
                          .stream())
              .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
      if (!alone.isEmpty()) {
        return alone;
      }
    }
    return changes.stream().collect(Collectors.toMap(change -> change, change -> problem));
  }

  private void leaveOut(
      Versioned<DatasetSpec> pinned, Map<DdlOperation, TributaryException> blamed) {
    blamed.forEach(
        (change, reason) -> {
          refused.add(key(pinned, change));
          LOG.warn(
              "Dataset {} does not evolve by {}: {}",
              pinned.spec().name(),
              change,
              reason.getMessage());
        });
  }

  /** What came to nothing under a version is not tried with each of its batches again. */
  private static String key(Versioned<DatasetSpec> pinned, DdlOperation change) {
    return pinned.version() + " " + change;
  }

  private Answer ask(Versioned<DatasetSpec> pinned, List<DdlOperation> changes) {
    String name = pinned.spec().name();
    try {
      metastore.foundColumns(
          name,
          pinned.version(),
          changes,
          "unknownFields evolve: records have fields or numbers that version %d has no room for (run %s)"
              .formatted(pinned.version(), run));
    } catch (TributaryException e) {
      return refused(pinned, changes, e);
    }
    // Should this version be in force again, then that one was rejected.
    changes.forEach(change -> refused.add(key(pinned, change)));
    rounds++;
    added += (int) changes.stream().filter(DdlOperation.AddColumn.class::isInstance).count();
    LOG.info("Dataset {} evolves after version {}: {}", name, pinned.version(), changes);
    return Answer.VERSION;
  }

  private Answer refused(
      Versioned<DatasetSpec> pinned, List<DdlOperation> changes, TributaryException reason) {
    if (reason.code() == ErrorCode.VERSION_CONFLICT && conflict != pinned.version()) {
      // Somebody made a version, or this run did and lost the answer: it comes first.
      conflict = pinned.version();
      return Answer.VERSION;
    }
    List<DdlOperation> named = named(changes, reason.pointer().orElse(""));
    if (reason.code() == ErrorCode.METASTORE_REFUSED && !named.isEmpty()) {
      leaveOut(pinned, named.stream().collect(Collectors.toMap(each -> each, each -> reason)));
      return Answer.WITHOUT_SOME;
    }
    refusedAt = OptionalLong.of(nanoTime.getAsLong());
    LOG.warn(
        "Dataset {} does not evolve now, and its unknown fields are rescued: {}",
        pinned.spec().name(),
        reason.getMessage());
    return Answer.NOTHING;
  }

  /** The changes that a JSON pointer into the request means; none where it means no change. */
  private static List<DdlOperation> named(List<DdlOperation> changes, String pointer) {
    if (pointer.equals(OPERATIONS)) {
      return changes;
    }
    for (int i = 0; i < changes.size(); i++) {
      if ((pointer + "/").startsWith("%s/%d/".formatted(OPERATIONS, i))) {
        return List.of(changes.get(i));
      }
    }
    return List.of();
  }
}
