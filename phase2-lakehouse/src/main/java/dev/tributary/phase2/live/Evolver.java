package dev.tributary.phase2.live;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.metastore.DdlOperation;
import dev.tributary.core.metastore.Metastore;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.Versioned;
import dev.tributary.phase2.execute.FieldDrift;
import dev.tributary.phase2.execute.PlanExecutor;
import dev.tributary.phase2.plan.PlanSource;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has the metastore give a dataset the columns that its next batch needs. The version comes into
 * force by a plan of its own, as any other does, and the batch is planned under it. Where that
 * cannot be, the batch goes on under the version that there is, and what its columns do not take is
 * rescued or set aside.
 */
final class Evolver {
  private static final Logger LOG = LoggerFactory.getLogger(Evolver.class);

  /** How many columns a batch may bring. */
  private static final int MOST_NEW = 50;

  /** A column that was widened may let a record through which has one more for the next time. */
  private static final int MOST_ROUNDS = 5;

  private final Metastore metastore;
  private final String run;
  private final Set<String> settled = new HashSet<>();
  private Map<String, Long> batch = Map.of();
  private int rounds;
  private int added;

  Evolver(Metastore metastore, String run) {
    this.metastore = metastore;
    this.run = run;
  }

  /**
   * Whether there may be a version by now that has to come into force before the batch is planned.
   *
   * @param pinned the version in force, which is the one that should be
   * @param source what the batch is to read
   * @param refusal why a version cannot come after it
   */
  boolean evolved(
      PlanExecutor executor,
      Versioned<DatasetSpec> pinned,
      PlanSource source,
      Function<DatasetSpec, Optional<TributaryException>> refusal) {
    Map<String, Long> begins = new TreeMap<>();
    source.ranges().forEach(range -> begins.put(range.topic(), range.from()));
    if (!batch.equals(begins)) {
      batch = begins;
      rounds = 0;
      added = 0;
    }
    if (rounds == MOST_ROUNDS) {
      return false;
    }
    FieldDrift drift = executor.drift(pinned.version(), pinned.spec(), source);
    SchemaEvolution evolution = new SchemaEvolution(pinned.spec());
    List<DdlOperation> widenings = List.copyOf(evolution.widenings(drift));
    Set<String> widened =
        evolution.widenings(drift).stream()
            .map(DdlOperation.WidenColumn::name)
            .collect(Collectors.toSet());
    int most = MOST_NEW - added;
    List<List<DdlOperation>> choices =
        List.of(
            both(evolution.additions(drift, widened, most), widenings),
            evolution.additions(drift, Set.of(), most),
            widenings);
    for (List<DdlOperation> operations : choices) {
      if (!operations.isEmpty() && possible(pinned, evolution, operations, refusal)) {
        return asked(pinned, operations);
      }
    }
    return false;
  }

  private static List<DdlOperation> both(List<DdlOperation> one, List<DdlOperation> other) {
    return Stream.concat(one.stream(), other.stream()).toList();
  }

  /** What was refused once, or came to nothing, is not tried with every batch again. */
  private boolean possible(
      Versioned<DatasetSpec> pinned,
      SchemaEvolution evolution,
      List<DdlOperation> operations,
      Function<DatasetSpec, Optional<TributaryException>> refusal) {
    String change = change(pinned, operations);
    if (settled.contains(change)) {
      return false;
    }
    Optional<TributaryException> reason = refusal.apply(evolution.after(operations));
    reason.ifPresent(
        problem -> {
          settled.add(change);
          LOG.warn(
              "Dataset {} does not evolve by {}: {}",
              pinned.spec().name(),
              operations,
              problem.getMessage());
        });
    return reason.isEmpty();
  }

  private static String change(Versioned<DatasetSpec> pinned, List<DdlOperation> operations) {
    return pinned.version() + " " + operations;
  }

  private boolean asked(Versioned<DatasetSpec> pinned, List<DdlOperation> operations) {
    rounds++;
    String name = pinned.spec().name();
    try {
      metastore.changeColumns(
          name,
          pinned.version(),
          operations,
          "unknownFields evolve: records have fields or numbers that version %d has no room for (run %s)"
              .formatted(pinned.version(), run));
    } catch (TributaryException e) {
      if (e.code() == ErrorCode.VERSION_CONFLICT) {
        // Somebody made a version, which comes first.
        return true;
      }
      LOG.warn(
          "Dataset {} does not evolve now, and its unknown fields are rescued: {}",
          name,
          e.getMessage());
      return false;
    }
    settled.add(change(pinned, operations));
    added +=
        (int) operations.stream().filter(DdlOperation.AddColumn.class::isInstance).count();
    LOG.info("Dataset {} evolves after version {}: {}", name, pinned.version(), operations);
    return true;
  }
}
