package dev.tributary.phase2.plan;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Delta versions that the tables beside a table have reached at least, as far as its plans know.
 * Such a version never sinks: a table that is below it was lost.
 *
 * @param quarantine the quarantine's; empty: nobody has seen one
 * @param tombstones the tombstones'; empty: nobody has seen any
 * @param late by dataset: the late table's
 */
@JsonInclude(JsonInclude.Include.NON_ABSENT)
@JsonIgnoreProperties(ignoreUnknown = true)
public record BesideVersions(
    Optional<Long> quarantine,
    Optional<Long> tombstones,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) Map<String, Long> late) {
  /** Nothing is known of any. */
  public static final BesideVersions NONE =
      new BesideVersions(Optional.empty(), Optional.empty(), Map.of());

  /** Fills in what is absent. */
  public BesideVersions {
    quarantine = quarantine == null ? Optional.empty() : quarantine;
    tombstones = tombstones == null ? Optional.empty() : tombstones;
    late = late == null ? Map.of() : Collections.unmodifiableMap(new TreeMap<>(late));
  }

  /** With what a dataset's plan has made. */
  public BesideVersions plus(String dataset, TableVersions made) {
    Map<String, Long> all = new TreeMap<>(late);
    made.late().ifPresent(version -> all.merge(dataset, version, Math::max));
    return new BesideVersions(
        greater(quarantine, made.quarantine()), greater(tombstones, made.tombstones()), all);
  }

  /** The greater ones of both. */
  public BesideVersions atLeast(BesideVersions other) {
    Map<String, Long> all = new TreeMap<>(late);
    other.late.forEach((dataset, version) -> all.merge(dataset, version, Math::max));
    return new BesideVersions(
        greater(quarantine, other.quarantine), greater(tombstones, other.tombstones), all);
  }

  private static Optional<Long> greater(Optional<Long> one, Optional<Long> two) {
    return one.isPresent() && two.isPresent()
        ? Optional.of(Math.max(one.get(), two.get()))
        : one.or(() -> two);
  }

  /** The least version of a dataset's late table. */
  public Optional<Long> lateOf(String dataset) {
    return Optional.ofNullable(late.get(dataset));
  }
}
