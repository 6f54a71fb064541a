package dev.tributary.phase2.rebuild;

import dev.tributary.phase2.execute.PlanExecutor;
import dev.tributary.phase2.plan.RebuildFolders;
import dev.tributary.phase2.plan.TableFolders;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * Removes what a rebuild leaves behind. What says what it is made for goes last: while that is
 * there, the rebuild is found.
 */
final class RebuildRemains {
  private final String dataset;
  private final PlanExecutor executor;
  private final Configuration configuration;

  RebuildRemains(String dataset, PlanExecutor executor, Configuration configuration) {
    this.dataset = dataset;
    this.executor = executor;
    this.configuration = configuration;
  }

  /** All but the data, which is the table's own by now. */
  void clear(Path rebuilt) {
    remove(new Path(rebuilt, "_delta_log"));
    beside(rebuilt);
  }

  /** All of a table that never took the place of another. */
  void discard(Path rebuilt) {
    remove(rebuilt);
    beside(rebuilt);
  }

  private void beside(Path rebuilt) {
    executor.forget(rebuilt);
    TableFolders folders = new TableFolders(rebuilt);
    // Nobody else writes a table that is rebuilt.
    Path late = folders.late(dataset);
    for (Path each : List.of(folders.quarantine(), folders.tombstones(), late)) {
      executor.forget(each);
    }
    for (Path each : List.of(folders.quarantine(), folders.tombstones(), late.getParent())) {
      remove(each);
    }
    plans(rebuilt, folders.plans());
  }

  /** A run that still works on it may bring single objects back, which say nothing any more. */
  private void plans(Path rebuilt, Path plans) {
    Path begun = RebuildFolders.begun(rebuilt);
    Path givenUp = RebuildFolders.givenUp(rebuilt);
    for (FileStatus each : listed(plans)) {
      String name = each.getPath().getName();
      if (!name.equals(begun.getName()) && !name.equals(givenUp.getName())) {
        remove(each.getPath());
      }
    }
    remove(begun);
    remove(givenUp);
    remove(plans);
  }

  private FileStatus[] listed(Path folder) {
    try {
      return folder.getFileSystem(configuration).listStatus(folder);
    } catch (FileNotFoundException e) {
      return new FileStatus[0];
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void remove(Path folder) {
    try {
      FileSystem store = folder.getFileSystem(configuration);
      store.delete(folder, true);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
