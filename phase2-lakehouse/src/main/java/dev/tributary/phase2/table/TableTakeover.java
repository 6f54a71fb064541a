package dev.tributary.phase2.table;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;
import org.apache.spark.sql.delta.Snapshot;
import org.apache.spark.sql.delta.actions.AddFile;
import scala.Option;

/** The files of a table that lies in another one's folder, as that one names them. */
final class TableTakeover {
  private final Path table;
  private final Path other;
  private final List<AddFile> files;

  /**
   * Of a table's files.
   *
   * @param table the table that takes them
   * @param other the table whose they are
   */
  TableTakeover(Path table, Path other, Snapshot taken) {
    this.table = table;
    this.other = other;
    this.files = taken.allFiles().collectAsList();
    if (!other.getParent().equals(table)) {
      throw new IllegalArgumentException("%s lies not in %s.".formatted(other, table));
    }
  }

  /** What is said where commits of it are not there. */
  static TributaryException gone(Path other, Path table) {
    return TributaryException.of(
        ErrorCode.CHANGE_REFUSED,
        "The table %s cannot take the place of %s: it is gone, or a commit of it is."
            .formatted(other, table),
        "Give the rebuild up with --abandon, register the change anew, and rebuild.");
  }

  static long rows(AddFile file) {
    Option<Object> rows = file.numLogicalRecords();
    return rows.isEmpty() ? 0 : (Long) rows.get();
  }

  /** The files, by names that are relative to the folder of the table that takes them. */
  List<AddFile> files() {
    return files.stream().map(this::named).toList();
  }

  /** Row ids are given anew, since they count the rows of another table. */
  private AddFile named(AddFile file) {
    if (file.deletionVector() != null) {
      throw TributaryException.of(
          ErrorCode.CHANGE_REFUSED,
          "The file %s of the table %s has a deletion vector, which no other table can name."
              .formatted(file.path(), other),
          "Give the rebuild up with --abandon, and begin it anew.");
    }
    return new AddFile(
        other.getName() + "/" + file.path(),
        file.partitionValues(),
        file.size(),
        file.modificationTime(),
        true,
        file.stats(),
        file.tags(),
        file.deletionVector(),
        Option.empty(),
        Option.empty(),
        file.clusteringProvider(),
        Option.empty(),
        Option.empty());
  }

  /**
   * Looks whether each file is there, which a commit would take for granted.
   *
   * @throws TributaryException CHANGE_REFUSED
   */
  void requireFiles(Configuration configuration) {
    Map<String, Long> there = there(configuration);
    for (AddFile file : files) {
      // Names are encoded as in a URI.
      String name = URI.create(file.path()).getPath();
      Long size = there.get(name);
      if (size == null || size != file.size()) {
        throw TributaryException.of(
            ErrorCode.CHANGE_REFUSED,
            "The table %s cannot take the place of %s: its file %s %s. Something has removed files in the folder of the table, such as a vacuum by hand."
                .formatted(
                    other,
                    table,
                    name,
                    size == null ? "is gone" : "has %d bytes, not %d".formatted(size, file.size())),
            "Give the rebuild up with --abandon, and begin it anew.");
      }
    }
  }

  private Map<String, Long> there(Configuration configuration) {
    Map<String, Long> there = new HashMap<>();
    try {
      FileSystem store = other.getFileSystem(configuration);
      String root = store.makeQualified(other).toUri().getPath() + "/";
      RemoteIterator<LocatedFileStatus> each = store.listFiles(other, true);
      while (each.hasNext()) {
        LocatedFileStatus file = each.next();
        String path = store.makeQualified(file.getPath()).toUri().getPath();
        if (path.startsWith(root)) {
          there.put(path.substring(root.length()), file.getLen());
        }
      }
    } catch (FileNotFoundException e) {
      return Map.of();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return there;
  }
}
