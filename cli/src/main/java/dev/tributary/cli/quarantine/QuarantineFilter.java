package dev.tributary.cli.quarantine;

import dev.tributary.core.error.NearestName;
import java.time.Instant;
import java.util.Collection;
import java.util.Optional;

/**
 * Which records are meant.
 *
 * @param code the code; empty: any
 * @param step the step; empty: any
 * @param since the least ingest time; empty: any
 * @param state whether they stand in the quarantine
 */
public record QuarantineFilter(
    Optional<String> code, Optional<String> step, Optional<Instant> since, State state) {
  /** What became of a record since it was set aside. */
  public enum State {
    /** It stands in the quarantine. */
    OPEN,
    /** A replay has resolved it. */
    RESOLVED,
    /** Either. */
    ALL;

    boolean takes(QuarantinedRecord record) {
      return this == ALL || record.resolved().isPresent() == (this == RESOLVED);
    }
  }

  boolean takes(QuarantinedRecord record) {
    return code.filter(name -> !name.equals(record.code())).isEmpty()
        && step.filter(name -> !name.equals(record.step())).isEmpty()
        && since.filter(time -> time.toEpochMilli() > record.ingestTime()).isEmpty();
  }

  /** What it asks for, after "records"; with the name that was meant where one is near. */
  String described(Collection<String> codes, Collection<String> steps) {
    return code.map(name -> " of code '%s'".formatted(name)).orElse("")
        + step.map(name -> " of step '%s'".formatted(name)).orElse("")
        + since.map(time -> " archived since " + time).orElse("")
        + "."
        + code.map(name -> remedy(name, codes)).orElse("")
        + step.map(name -> remedy(name, steps)).orElse("");
  }

  private static String remedy(String name, Collection<String> known) {
    return known.contains(name)
        ? ""
        : " " + NearestName.didYouMean(name, known, "There are %s.".formatted(known));
  }
}
