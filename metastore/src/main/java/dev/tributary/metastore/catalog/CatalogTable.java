package dev.tributary.metastore.catalog;

import java.util.List;
import java.util.Optional;

/**
 * What a catalog says of a table.
 *
 * @param dataset the dataset's name
 * @param version the version that is described; later ones are greater
 * @param location the table's folder, as a URI
 * @param columns all columns of the table, in order
 * @param lifecycle whether drivers still write it
 */
record CatalogTable(
    String dataset, long version, String location, List<Column> columns, Lifecycle lifecycle) {
  /** Copies the list. */
  CatalogTable {
    columns = List.copyOf(columns);
  }

  /**
   * A column.
   *
   * @param name as it is declared
   * @param type a Spark SQL type
   * @param comment for people
   */
  record Column(String name, String type, Optional<String> comment) {}

  /** Whether drivers still write it. */
  enum Lifecycle {
    /** They do, or will again. */
    ACTIVE,
    /** The dataset was retired; what the table holds can still be read. */
    RETIRED
  }
}
