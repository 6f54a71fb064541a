package dev.tributary.metastore.store;

import dev.tributary.core.metastore.RunReport;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

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

  /**
   * A run's place among all of them.
   *
   * @param at when it reported
   * @param pipeline of which source or dataset
   * @param phase 1 or 2
   * @param run which run of that
   */
  public record Place(long at, String pipeline, int phase, String run) {
    /** Where a report stands. */
    public static Place of(RunReport report) {
      return new Place(report.at(), report.pipeline(), report.phase(), report.run());
    }
  }

  /**
   * The JSON of reports, newest first; fewer than {@code limit}, and one at least, where they are
   * long.
   *
   * @param pipeline the only one whose reports are wanted; empty: all
   * @param after the report before the first one; empty: it begins with the newest
   */
  public List<String> newest(
      Connection connection, Optional<String> pipeline, Optional<Place> after, int limit)
      throws SQLException {
    String conditions =
        pipeline.map(name -> " AND pipeline = ?").orElse("")
            + after.map(place -> " AND (at, pipeline, phase, run) < (?, ?, ?, ?)").orElse("");
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT report FROM runs WHERE TRUE"
                + conditions
                + " ORDER BY at DESC, pipeline DESC, phase DESC, run DESC LIMIT ?")) {
      int next = 1;
      if (pipeline.isPresent()) {
        select.setString(next++, pipeline.get());
      }
      if (after.isPresent()) {
        select.setLong(next++, after.get().at());
        select.setString(next++, after.get().pipeline());
        select.setInt(next++, after.get().phase());
        select.setString(next++, after.get().run());
      }
      select.setInt(next, limit);
      return reports(select);
    }
  }

  private static List<String> reports(PreparedStatement select) throws SQLException {
    try (ResultSet rows = select.executeQuery()) {
      List<String> reports = new ArrayList<>();
      long length = 0;
      while ((length <= PageSize.MOST || reports.size() < 2) && rows.next()) {
        reports.add(rows.getString(1));
        length += reports.get(reports.size() - 1).length();
      }
      return reports;
    }
  }
}
