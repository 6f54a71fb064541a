package dev.tributary.metastore.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What a catalog knows and has yet to learn. Every method runs in its caller's transaction. */
public final class CatalogRepository {
  private static final String SELECT =
      "SELECT o.id, o.dataset, o.version, o.attempts, o.next_at, o.error FROM catalog_outbox o"
          + " WHERE o.id = (SELECT MAX(id) FROM catalog_outbox n WHERE n.dataset = o.dataset) ";

  /**
   * What a catalog has yet to learn.
   *
   * @param id grows with time
   * @param dataset whose table
   * @param version the version that describes it, or that retired it
   * @param attempts how often it was tried
   * @param nextAt when it is tried next, epoch milliseconds
   * @param error why the last attempt failed
   */
  public record Due(
      long id, String dataset, long version, int attempts, long nextAt, Optional<String> error) {}

  /**
   * What stands in a catalog.
   *
   * @param catalog which one
   * @param version the version that describes the table there
   * @param syncedAt since when, epoch milliseconds
   */
  public record Held(String catalog, long version, long syncedAt) {}

  /** Notes that the catalog has to learn what a version says. */
  public void note(Connection connection, String dataset, long version, long now)
      throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement(
            "INSERT INTO catalog_outbox (dataset, version, next_at) VALUES (?, ?, ?)")) {
      insert.setString(1, dataset);
      insert.setLong(2, version);
      insert.setLong(3, now);
      insert.executeUpdate();
    }
  }

  /** Notes every table that is in force and that the catalog neither holds nor has to learn. */
  public int noteMissing(Connection connection, String catalog, long now) throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement(
            "INSERT INTO catalog_outbox (dataset, version, next_at)"
                + " SELECT d.name, CASE WHEN d.retired = 1 THEN d.effective ELSE MAX(v.version) END"
                + " AS wanted, ? FROM datasets d JOIN dataset_versions v ON v.name = d.name"
                + " LEFT JOIN catalog_tables t ON t.dataset = d.name AND t.catalog = ?"
                + " WHERE v.state = 'active' AND NOT EXISTS (SELECT 1 FROM catalog_outbox o"
                + " WHERE o.dataset = d.name)"
                + " GROUP BY d.name HAVING wanted > COALESCE(MAX(t.version), 0)")) {
      insert.setLong(1, now);
      insert.setString(2, catalog);
      return insert.executeUpdate();
    }
  }

  /** What is to be tried by now, the oldest first; of each dataset the newest alone. */
  public List<Due> due(Connection connection, long now, int limit) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(SELECT + "AND o.next_at <= ? ORDER BY o.id LIMIT ?")) {
      select.setLong(1, now);
      select.setInt(2, limit);
      return rows(select);
    }
  }

  /** What the catalog has yet to learn of a dataset; empty: nothing. */
  public Optional<Due> due(Connection connection, String dataset) throws SQLException {
    try (PreparedStatement select = connection.prepareStatement(SELECT + "AND o.dataset = ?")) {
      select.setString(1, dataset);
      return rows(select).stream().findFirst();
    }
  }

  /** What the catalog is known to hold of a dataset. */
  public Optional<Held> held(Connection connection, String dataset) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT catalog, version, synced_at FROM catalog_tables WHERE dataset = ?")) {
      select.setString(1, dataset);
      try (ResultSet rows = select.executeQuery()) {
        return rows.next()
            ? Optional.of(new Held(rows.getString(1), rows.getLong(2), rows.getLong(3)))
            : Optional.empty();
      }
    }
  }

  /** The catalog has learned it, and with it all that was noted before. */
  public void learned(Connection connection, Due due, String catalog, long now)
      throws SQLException {
    try (PreparedStatement delete =
            connection.prepareStatement(
                "DELETE FROM catalog_outbox WHERE dataset = ? AND id <= ?");
        PreparedStatement upsert =
            connection.prepareStatement(
                "INSERT INTO catalog_tables (dataset, catalog, version, synced_at)"
                    + " VALUES (?, ?, ?, ?) ON CONFLICT (dataset) DO UPDATE SET"
                    + " catalog = excluded.catalog, version = excluded.version,"
                    + " synced_at = excluded.synced_at")) {
      delete.setString(1, due.dataset());
      delete.setLong(2, due.id());
      delete.executeUpdate();
      upsert.setString(1, due.dataset());
      upsert.setString(2, catalog);
      upsert.setLong(3, due.version());
      upsert.setLong(4, now);
      upsert.executeUpdate();
    }
  }

  /** An attempt failed. */
  public void failed(Connection connection, Due due, String error, long nextAt)
      throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement(
            "UPDATE catalog_outbox SET attempts = attempts + 1, error = ?, next_at = ?"
                + " WHERE id = ?")) {
      update.setString(1, error);
      update.setLong(2, nextAt);
      update.setLong(3, due.id());
      update.executeUpdate();
    }
  }

  /** How many tables the catalog has yet to learn of, those that failed and the others. */
  public Counts counts(Connection connection) throws SQLException {
    try (PreparedStatement select =
            connection.prepareStatement(
                "SELECT COALESCE(SUM(error IS NULL), 0), COALESCE(SUM(error IS NOT NULL), 0)"
                    + " FROM catalog_outbox o WHERE o.id ="
                    + " (SELECT MAX(id) FROM catalog_outbox n WHERE n.dataset = o.dataset)");
        ResultSet rows = select.executeQuery()) {
      rows.next();
      return new Counts(rows.getLong(1), rows.getLong(2));
    }
  }

  /**
   * Tables that a catalog has yet to learn of.
   *
   * @param behind not tried yet
   * @param failing whose last attempt failed
   */
  public record Counts(long behind, long failing) {}

  private static List<Due> rows(PreparedStatement select) throws SQLException {
    try (ResultSet rows = select.executeQuery()) {
      List<Due> due = new ArrayList<>();
      while (rows.next()) {
        due.add(
            new Due(
                rows.getLong(1),
                rows.getString(2),
                rows.getLong(3),
                rows.getInt(4),
                rows.getLong(5),
                Optional.ofNullable(rows.getString(6))));
      }
      return due;
    }
  }
}
