package dev.tributary.phase2.table;

import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.LongPredicate;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/**
 * What plans and RESTOREs did to a table, commit by commit. Reads one object for every commit that
 * it looks at; needs no Spark.
 */
public final class TableTimeline {
  /** The number that closes a generation: greater than any plan's. */
  public static final long CLOSED = Long.MAX_VALUE;

  private static final PlanMark NO_MARK = new PlanMark("", -1);

  private final CommitFiles commits;

  /** Of a table. */
  public TableTimeline(Path table, Configuration configuration) {
    this.commits = new CommitFiles(table, configuration);
  }

  /**
   * A commit that says what the table holds.
   *
   * @param version of the table
   * @param plan which it bears; empty: it is a RESTORE
   * @param restoredTo of a RESTORE: the version whose rows came back; empty if it was one to a time
   */
  public record Turn(long version, OptionalLong plan, OptionalLong restoredTo) {}

  /**
   * The newest RESTORE or commit of a plan.
   *
   * @param after the version that it comes after
   * @param until the newest version that is looked at
   * @param application whose plans are meant
   * @param above the plan that it is greater than
   */
  public Optional<Turn> newest(long after, long until, String application, long above) {
    for (long version = until; version > after; version--) {
      Optional<CommitFile> commit = commits.read(version, NO_MARK);
      if (commit.isEmpty()) {
        continue;
      }
      if (commit.get().operation().equals(Restores.OPERATION)) {
        return Optional.of(new Turn(version, OptionalLong.empty(), commit.get().restoredTo()));
      }
      long plan = commit.get().transactions().getOrDefault(application, -1L);
      if (plan > above && plan != CLOSED) {
        return Optional.of(new Turn(version, OptionalLong.of(plan), OptionalLong.empty()));
      }
    }
    return Optional.empty();
  }

  /**
   * The newest commit of a plan, which RESTOREs after it may have taken back.
   *
   * @param until the newest version that is looked at
   * @param applications whose plans are meant
   * @param upTo the greatest plan that is meant
   * @return its version; empty if there is none, as far as the commits are kept
   */
  public OptionalLong newestOf(long until, Set<String> applications, long upTo) {
    for (long version = until; version >= 0; version--) {
      Optional<CommitFile> commit = commits.read(version, NO_MARK);
      if (commit.isEmpty()) {
        return OptionalLong.empty();
      }
      boolean meant =
          commit.get().transactions().entrySet().stream()
              .anyMatch(mark -> applications.contains(mark.getKey()) && mark.getValue() <= upTo);
      if (meant) {
        return OptionalLong.of(version);
      }
    }
    return OptionalLong.empty();
  }

  /**
   * The newest version that held exactly the files that a RESTORE has left, of those that fit. How
   * one to a time is understood, since its commit says the time in a zone that it does not name.
   *
   * @return empty if there is none, as far as the commits are kept
   */
  public OptionalLong sameFiles(long restore, LongPredicate fits) {
    Set<String> differ = new HashSet<>(commits.changed(restore).orElse(Set.of()));
    for (long version = restore - 1; version >= 0; version--) {
      if (differ.isEmpty() && fits.test(version)) {
        return OptionalLong.of(version);
      }
      Optional<Set<String>> changed = commits.changed(version);
      if (changed.isEmpty()) {
        return OptionalLong.empty();
      }
      for (String file : changed.get()) {
        if (!differ.remove(file)) {
          differ.add(file);
        }
      }
    }
    return OptionalLong.empty();
  }

  /** The table's properties that a commit sets; empty if it changes no metadata. */
  public Optional<Map<String, String>> properties(long version) {
    return commits.properties(version);
  }
}
