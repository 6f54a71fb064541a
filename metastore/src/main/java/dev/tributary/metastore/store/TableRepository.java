package dev.tributary.metastore.store;

import dev.tributary.core.metastore.TableReport;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The last report of what each dataset has in its tiers. In the caller's transaction. */
public final class TableRepository {
  private static final String SELECT =
      "SELECT d.name, v.version, v.spec ->> '$.target.path', t.report FROM datasets d"
          + " JOIN dataset_versions v ON v.name = d.name AND v.version = d.effective"
          + " LEFT JOIN table_reports t ON t.dataset = d.name ";

  /**
   * What is known of a dataset's table.
   *
   * @param dataset its name
   * @param version the version that should be in force
   * @param location the URI of its table by that version
   * @param report the last one, as JSON; empty: no driver has told anything yet
   */
  public record Stored(String dataset, long version, String location, Optional<String> report) {
    /** About how long it is where it is shown. */
    public long length() {
      return (long) location.length() + report.map(String::length).orElse(0);
    }
  }

  /**
   * Keeps a report unless a later one of the same run is there. Clocks of runs are not compared:
   * one that is ahead must not outshout those that come after it.
   */
  public void put(Connection connection, TableReport report, String json) throws SQLException {
    try (PreparedStatement upsert =
        connection.prepareStatement(
            "INSERT INTO table_reports (dataset, at, report) VALUES (?, ?, ?)"
                + " ON CONFLICT (dataset) DO UPDATE SET at = excluded.at, report = excluded.report"
                + " WHERE excluded.at >= table_reports.at"
                + " OR excluded.report ->> '$.run' <> table_reports.report ->> '$.run'")) {
      upsert.setString(1, report.dataset());
      upsert.setLong(2, report.at());
      upsert.setString(3, json);
      upsert.executeUpdate();
    }
  }

  /** What is known of one dataset's; empty: there is no such dataset. */
  public Optional<Stored> find(Connection connection, String dataset) throws SQLException {
    try (PreparedStatement select = connection.prepareStatement(SELECT + "WHERE d.name = ?")) {
      select.setString(1, dataset);
      return stored(select).stream().findFirst();
    }
  }

  /**
   * What is known of all, by name; fewer than {@code limit}, and one at least, where they are long.
   *
   * @param after the name before the first one
   */
  public List<Stored> list(Connection connection, String after, int limit) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(SELECT + "WHERE d.name > ? ORDER BY d.name LIMIT ?")) {
      select.setString(1, after);
      select.setInt(2, limit);
      return stored(select);
    }
  }

  private static List<Stored> stored(PreparedStatement select) throws SQLException {
    try (ResultSet rows = select.executeQuery()) {
      List<Stored> all = new ArrayList<>();
      long length = 0;
      while ((length <= PageSize.MOST || all.size() < 2) && rows.next()) {
        all.add(
            new Stored(
                rows.getString(1),
                rows.getLong(2),
                rows.getString(3),
                Optional.ofNullable(rows.getString(4))));
        length += all.get(all.size() - 1).length();
      }
      return all;
    }
  }
}
