package dev.tributary.phase2.execute;

import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.Deletes;
import dev.tributary.core.spec.WriteMode;
import dev.tributary.phase2.plan.PlanAccount;
import dev.tributary.phase2.plan.PlanLog;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * What the datasets that write into one table have in common: how its rows are told apart, which of
 * two wins, how one goes, and where its coordinates stand. Rows do not say whose they are, so that
 * each dataset goes by this in the rows of the others, too.
 *
 * @param others the other datasets that write into it, as they do now
 */
public record SharedTable(List<DatasetSpec> others) {
  /** Copies the list. */
  public SharedTable {
    others = List.copyOf(others);
  }

  /**
   * The table of a plan log, for a dataset.
   *
   * @param account the newest; empty: nobody has written into it
   */
  public static SharedTable of(PlanLog log, Optional<PlanAccount> account, String dataset) {
    Map<String, Long> inForce = new TreeMap<>(account.map(PlanAccount::inForce).orElse(Map.of()));
    inForce.remove(dataset);
    return new SharedTable(
        inForce.entrySet().stream()
            .map(other -> log.spec(other.getKey(), other.getValue()).orElseThrow())
            .toList());
  }

  /**
   * Why the dataset cannot write beside the others; empty: it can, or it does already what it ought
   * not to.
   *
   * @param before its version that is in force
   */
  public Optional<String> refusal(Optional<DatasetSpec> before, DatasetSpec next) {
    return before.flatMap(this::refusal).isPresent() ? Optional.empty() : refusal(next);
  }

  private Optional<String> refusal(DatasetSpec next) {
    return others.stream().flatMap(other -> refusal(other, next).stream()).findFirst();
  }

  private static Optional<String> refusal(DatasetSpec other, DatasetSpec next) {
    if (!other.coordinates().equals(next.coordinates())) {
      return Optional.of(
          "The dataset '%s' writes the table %s too, and calls the coordinates of its rows %s; '%s' calls them %s. Give both the same, or this one a table of its own."
              .formatted(
                  other.name(),
                  next.target().path(),
                  other.coordinates().text(),
                  next.name(),
                  next.coordinates().text()));
    }
    WriteMode mode = other.write().mode();
    if (mode != next.write().mode()) {
      return Optional.of(different("mode", mode, next.write().mode(), other, next));
    }
    if (!mode.keyed()) {
      return Optional.empty();
    }
    return Stream.of(
            named("primaryKey", other.write().primaryKey(), next.write().primaryKey(), other, next),
            named("orderBy", other.write().orderBy(), next.write().orderBy(), other, next),
            deletes(other, next))
        .flatMap(Optional::stream)
        .findFirst();
  }

  private static Optional<String> named(
      String field, List<String> there, List<String> wanted, DatasetSpec other, DatasetSpec next) {
    return there.toString().equalsIgnoreCase(wanted.toString())
        ? Optional.empty()
        : Optional.of(different(field, there, wanted, other, next));
  }

  /** Whether deletes are hard or ignored leaves no trace in rows; that they are soft does. */
  private static Optional<String> deletes(DatasetSpec other, DatasetSpec next) {
    Deletes there = other.write().deletes();
    Deletes wanted = next.write().deletes();
    return (there == Deletes.SOFT) == (wanted == Deletes.SOFT)
        ? Optional.empty()
        : Optional.of(different("deletes", there, wanted, other, next));
  }

  private static String different(
      String field, Object there, Object wanted, DatasetSpec other, DatasetSpec next) {
    return "The dataset '%s' writes the table %s too, with the write.%s %s, and '%s' has %s: each would take the other's rows for its own. Give both the same, or this one a table of its own."
        .formatted(
            other.name(), next.target().path(), field, text(there), next.name(), text(wanted));
  }

  private static String text(Object value) {
    return value instanceof Enum<?> known
        ? known.name().toLowerCase(java.util.Locale.ROOT)
        : Objects.toString(value);
  }
}
