package dev.tributary.delivery;

import dev.tributary.cli.table.DeltaSnapshot;
import dev.tributary.cli.table.RowText;
import java.util.ArrayList;
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

  /** The text of the columns of its own by name, by coordinate; fails where one is there twice. */
  static SortedMap<Coordinate, SortedMap<String, String>> rows(
      String table, Configuration configuration) {
    SortedMap<Coordinate, SortedMap<String, String>> contents = new TreeMap<>();
    List<String> own =
        columns(table, configuration).stream().filter(name -> !name.startsWith("_")).toList();
    List<String> read = new ArrayList<>(List.of("_incarnation", "_partition", "_offset"));
    read.addAll(own);
    DeltaSnapshot.open(table, configuration)
        .orElseThrow()
        .read(
            read,
            row -> {
              Coordinate coordinate = new Coordinate(row.getInt(0), row.getInt(1), row.getLong(2));
              SortedMap<String, String> cells = new TreeMap<>();
              for (int i = 0; i < own.size(); i++) {
                cells.put(own.get(i), RowText.of(row, i + 3));
              }
              if (contents.put(coordinate, cells) != null) {
                throw new AssertionError(coordinate + " is twice in " + table);
              }
              return true;
            });
    return contents;
  }
}
