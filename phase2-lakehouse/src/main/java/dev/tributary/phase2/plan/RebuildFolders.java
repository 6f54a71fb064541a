package dev.tributary.phase2.plan;

import dev.tributary.storage.ObjectStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * Where a table is made anew: in its own folder, so that the new files become its own by being
 * named. What lies beside the new table begins with an underscore, which Delta takes for hidden.
 *
 * @param table the table's folder
 */
public record RebuildFolders(Path table) {
  private static final String PREFIX = "rebuilt-";

  /** Of the table at a URI. */
  public static RebuildFolders of(String table) {
    return new RebuildFolders(new Path(table));
  }

  /** The new table under a dataset version. */
  public Path rebuilt(long version) {
    return new Path(table, PREFIX + version);
  }

  /**
   * What a new table is made for: put before its first plan, and removed last, so that the table is
   * one that is being made for as long as it is there.
   */
  public static Path begun(Path rebuilt) {
    return new Path(new TableFolders(rebuilt).plans(), "rebuild.json");
  }

  /** Whether a new table is being made still. */
  public static boolean isUnderWay(Path rebuilt, ObjectStore store) {
    return store.exists(begun(rebuilt));
  }

  /** Says that a rebuild was given up: it is not cut over to from then on. */
  public static Path givenUp(Path rebuilt) {
    return new Path(new TableFolders(rebuilt).plans(), "given-up.json");
  }

  /** The versions under which {@link #underWay} are made. */
  public List<Long> versionsUnderWay(Configuration configuration) {
    return underWay(configuration).stream()
        .map(rebuilt -> rebuilt.getName().substring(PREFIX.length()))
        .filter(version -> version.matches("[0-9]{1,18}"))
        .map(Long::valueOf)
        .toList();
  }

  /** The tables that are being made. Costs a listing. */
  public List<Path> underWay(Configuration configuration) {
    Path plans = new Path(table, "_plans");
    List<Path> tables = new ArrayList<>();
    try {
      FileSystem files = plans.getFileSystem(configuration);
      if (!files.exists(plans)) {
        return tables;
      }
      for (FileStatus each : files.listStatus(plans)) {
        String name = each.getPath().getName();
        Path rebuilt = new Path(table, name);
        if (each.isDirectory() && name.startsWith(PREFIX) && files.exists(begun(rebuilt))) {
          tables.add(rebuilt);
        }
      }
      return tables;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
