package dev.tributary.delivery;

import dev.tributary.cli.table.DeltaSnapshot;
import dev.tributary.cli.table.RowText;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;

/** The rows of a Delta table, read without Spark. */
final class TableContents {
  private TableContents() {}

  /** The names of its columns. */
  static List<String> columns(String table, Configuration configuration) {
    return DeltaSnapshot.open(table, configuration).orElseThrow().columns();
  }

  /** The text of one column by coordinate; fails where a coordinate is there twice. */
  static SortedMap<Coordinate, String> byCoordinate(
      String table, String column, Configuration configuration) {
    SortedMap<Coordinate, String> contents = new TreeMap<>();
    DeltaSnapshot.open(table, configuration)
        .ifPresent(
            snapshot ->
                snapshot.read(
                    List.of("_incarnation", "_partition", "_offset", column),
                    row -> {
                      Coordinate coordinate =
                          new Coordinate(row.getInt(0), row.getInt(1), row.getLong(2));
                      if (contents.put(coordinate, RowText.of(row, 3)) != null) {
                        throw new AssertionError(coordinate + " is twice in " + table);
                      }
                      return true;
                    }));
    return contents;
  }
}
