package dev.tributary.metastore.store;

import dev.tributary.core.metastore.RunReport;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** The last report of each run; of each pipeline the newest runs are kept. */
public final class RunRepository {
  private static final int KEPT_RUNS = 20;

  /** Keeps a report unless a later one of the run is there. */
  public void put(Connection connection, RunReport report, String json) throws SQLException {
    try (PreparedStatement upsert =
            connection.prepareStatement(
                "INSERT INTO runs (pipeline, phase, run, at, report) VALUES (?, ?, ?, ?, ?)"
                    + " ON CONFLICT (pipeline, phase, run) DO UPDATE SET at = excluded.at,"
                    + " report = excluded.report WHERE excluded.at >= runs.at");
        PreparedStatement prune =
            connection.prepareStatement(
                "DELETE FROM runs WHERE pipeline = ? AND phase = ? AND run NOT IN (SELECT run FROM"
                    + " runs WHERE pipeline = ? AND phase = ? ORDER BY at DESC LIMIT ?)")) {
      upsert.setString(1, report.pipeline());
      upsert.setInt(2, report.phase());
      upsert.setString(3, report.run());
      upsert.setLong(4, report.at());
      upsert.setString(5, json);
      upsert.executeUpdate();
      prune.setString(1, report.pipeline());
      prune.setInt(2, report.phase());
      prune.setString(3, report.pipeline());
      prune.setInt(4, report.phase());
      prune.setInt(5, KEPT_RUNS);
      prune.executeUpdate();
    }
  }

  /** The JSON of the newest reports, newest first. */
  public List<String> newest(Connection connection, int limit) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement("SELECT report FROM runs ORDER BY at DESC LIMIT ?")) {
      select.setInt(1, limit);
      return reports(select);
    }
  }

  /** The JSON of one pipeline's newest reports, newest first. */
  public List<String> newest(Connection connection, String pipeline, int limit)
      throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT report FROM runs WHERE pipeline = ? ORDER BY at DESC LIMIT ?")) {
      select.setString(1, pipeline);
      select.setInt(2, limit);
      return reports(select);
    }
  }

  private static List<String> reports(PreparedStatement select) throws SQLException {
    try (ResultSet rows = select.executeQuery()) {
      List<String> reports = new ArrayList<>();
      while (rows.next()) {
        reports.add(rows.getString(1));
      }
      return reports;
    }
  }
}
