package dev.tributary.phase2.table;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/**
 * Looks for a RESTORE, which brings old rows back and leaves the marks of later plans where they
 * are. Reads one object for every commit that it looks at; needs no Spark.
 */
public final class Restores {
  static final String OPERATION = "RESTORE";

  private static final PlanMark NO_MARK = new PlanMark("", -1);

  private Restores() {}

  /**
   * The RESTORE that took rows away which the table held as of a version.
   *
   * @param since the version; its rows must still be there
   * @param head the newest version of the table
   * @return the version of the RESTORE; empty where there was none, or where another one brought
   *     the rows back
   */
  public static OptionalLong since(Path table, long since, long head, Configuration configuration) {
    CommitFiles commits = new CommitFiles(table, configuration);
    Map<Long, OptionalLong> lostBy = new HashMap<>();
    OptionalLong now = OptionalLong.empty();
    lostBy.put(since, now);
    for (long version = since + 1; version <= head; version++) {
      Optional<CommitFile> commit = commits.read(version, NO_MARK);
      if (commit.isPresent() && commit.get().operation().equals(OPERATION)) {
        // One to a time before the first that is looked at, or to a time, lost them.
        OptionalLong target = commit.get().restoredTo();
        now =
            target.isPresent() && lostBy.containsKey(target.getAsLong())
                ? lostBy.get(target.getAsLong())
                : OptionalLong.of(version);
      }
      lostBy.put(version, now);
    }
    return now;
  }
}
