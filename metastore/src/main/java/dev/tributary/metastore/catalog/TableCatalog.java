package dev.tributary.metastore.catalog;

/**
 * A catalog in which query engines find tables. Called by one thread. Another kind of catalog is
 * another implementation, made in {@link Catalogs}.
 */
interface TableCatalog extends AutoCloseable {
  /**
   * Which catalog it is, stable across restarts, such as {@code glue:lake}. Where it changes, every
   * table is put anew.
   */
  String identity();

  /** What a dataset's table is called there, for people. */
  String nameOf(String dataset);

  /**
   * Makes the catalog say what is given, and creates the table where it is not there. Doing it
   * again changes nothing; a table that is described by a later version already is left as it is.
   *
   * @throws dev.tributary.core.error.TributaryException CATALOG_FAILED with the reason, for people;
   *     it is tried again later
   */
  void put(CatalogTable table);

  @Override
  void close();
}
