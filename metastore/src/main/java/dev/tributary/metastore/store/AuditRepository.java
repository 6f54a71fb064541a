package dev.tributary.metastore.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** Who changed what. Only ever added to. In the caller's transaction. */
public final class AuditRepository {
  /**
   * One change.
   *
   * @param id grows with time
   * @param at epoch milliseconds
   * @param actor who
   * @param remote the address that the request came from
   * @param action what was done
   * @param resource to what, as a path
   * @param version the version that came of it
   * @param reason why, as the caller gave it
   */
  public record Entry(
      long id,
      long at,
      String actor,
      String remote,
      String action,
      String resource,
      OptionalLong version,
      Optional<String> reason) {
    /** About how long it is where it is shown. */
    public long length() {
      return (long) action.length() + resource.length() + reason.map(String::length).orElse(0);
    }
  }

  /** Adds an entry; its id is given here. */
  public void add(Connection connection, Entry entry) throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement(
            "INSERT INTO audit (at, actor, remote, action, resource, version, reason)"
                + " VALUES (?, ?, ?, ?, ?, ?, ?)")) {
      insert.setLong(1, entry.at());
      insert.setString(2, entry.actor());
      insert.setString(3, entry.remote());
      insert.setString(4, entry.action());
      insert.setString(5, entry.resource());
      insert.setObject(6, entry.version().isPresent() ? entry.version().getAsLong() : null);
      insert.setString(7, entry.reason().orElse(null));
      insert.executeUpdate();
    }
  }

  /** Whether the newest entry on a resource says this of it. */
  public boolean saysLast(Connection connection, String resource, String action)
      throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT action FROM audit WHERE resource = ? ORDER BY id DESC LIMIT 1")) {
      select.setString(1, resource);
      try (ResultSet rows = select.executeQuery()) {
        return rows.next() && rows.getString(1).equals(action);
      }
    }
  }

  /**
   * Entries with an id below {@code before}, newest first; fewer than {@code limit}, and one at
   * least, where they are long.
   */
  public List<Entry> newest(Connection connection, long before, int limit) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT id, at, actor, remote, action, resource, version, reason FROM audit"
                + " WHERE id < ? ORDER BY id DESC LIMIT ?")) {
      select.setLong(1, before);
      select.setInt(2, limit);
      try (ResultSet rows = select.executeQuery()) {
        List<Entry> entries = new ArrayList<>();
        long length = 0;
        while ((length <= PageSize.MOST || entries.size() < 2) && rows.next()) {
          long version = rows.getLong(7);
          OptionalLong known = rows.wasNull() ? OptionalLong.empty() : OptionalLong.of(version);
          entries.add(
              new Entry(
                  rows.getLong(1),
                  rows.getLong(2),
                  rows.getString(3),
                  rows.getString(4),
                  rows.getString(5),
                  rows.getString(6),
                  known,
                  Optional.ofNullable(rows.getString(8))));
          length += entries.get(entries.size() - 1).length();
        }
        return entries;
      }
    }
  }
}
