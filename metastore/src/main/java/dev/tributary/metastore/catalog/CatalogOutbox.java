package dev.tributary.metastore.catalog;

import dev.tributary.metastore.store.CatalogRepository;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;

/**
 * Notes what a catalog has yet to learn, in the transaction of the change that it learns of, so
 * that neither is there without the other.
 */
public interface CatalogOutbox {
  /** The catalog has to learn that a version of a dataset came into force, or retired it. */
  void note(Connection connection, String dataset, long version) throws SQLException;

  /** Where there is no catalog. */
  static CatalogOutbox none() {
    return (connection, dataset, version) -> {};
  }

  /** One that keeps its notes in the database. */
  static CatalogOutbox kept(CatalogRepository repository, Clock clock) {
    return (connection, dataset, version) ->
        repository.note(connection, dataset, version, clock.millis());
  }
}
