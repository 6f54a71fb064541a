package dev.tributary.metastore.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The sources and their versions. Every method runs in its caller's transaction. */
public final class SourceRepository {
  private static final String COLUMNS =
      "SELECT v.name, v.version, v.created_at, v.operation, v.actor, v.reason, v.spec FROM ";
  private static final String SELECT =
      COLUMNS + "sources s JOIN source_versions v ON v.name = s.name AND v.version = s.version ";
  private static final String ALL = COLUMNS + "source_versions v ";

  /** The current version; empty: there is no such source. */
  public Optional<StoredSource> find(Connection connection, String name) throws SQLException {
    try (PreparedStatement select = connection.prepareStatement(SELECT + "WHERE s.name = ?")) {
      select.setString(1, name);
      return rows(select).stream().findFirst();
    }
  }

  /**
   * Current versions by name, those after {@code after} alone; fewer than {@code limit}, and one at
   * least, where they are long.
   */
  public List<StoredSource> list(Connection connection, String after, int limit)
      throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(SELECT + "WHERE s.name > ? ORDER BY s.name LIMIT ?")) {
      select.setString(1, after);
      select.setInt(2, limit);
      return rows(select, PageSize.MOST);
    }
  }

  /** The current versions that have a topic, by name. */
  public List<StoredSource> ofTopic(Connection connection, String topic) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            SELECT + "JOIN source_topics t ON t.name = s.name WHERE t.topic = ? ORDER BY s.name")) {
      select.setString(1, topic);
      return rows(select);
    }
  }

  /** One version; empty: there is none. */
  public Optional<StoredSource> find(Connection connection, String name, long version)
      throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(ALL + "WHERE v.name = ? AND v.version = ?")) {
      select.setString(1, name);
      select.setLong(2, version);
      return rows(select).stream().findFirst();
    }
  }

  /** Versions below {@code before}, newest first; as many as {@link #list} gives. */
  public List<StoredSource> versions(Connection connection, String name, long before, int limit)
      throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            ALL + "WHERE v.name = ? AND v.version < ? ORDER BY v.version DESC LIMIT ?")) {
      select.setString(1, name);
      select.setLong(2, before);
      select.setInt(3, limit);
      return rows(select, PageSize.MOST);
    }
  }

  /** Adds the next version. */
  public void add(Connection connection, StoredSource source) throws SQLException {
    try (PreparedStatement upsert =
            connection.prepareStatement(
                "INSERT INTO sources (name, version) VALUES (?, ?)"
                    + " ON CONFLICT (name) DO UPDATE SET version = excluded.version");
        PreparedStatement insert =
            connection.prepareStatement(
                "INSERT INTO source_versions (name, version, created_at, operation, spec, actor,"
                    + " reason) VALUES (?, ?, ?, ?, ?, ?, ?)");
        PreparedStatement forget =
            connection.prepareStatement("DELETE FROM source_topics WHERE name = ?");
        PreparedStatement topics =
            connection.prepareStatement(
                "INSERT OR IGNORE INTO source_topics (topic, name)"
                    + " SELECT value, ? FROM json_each(?, '$.topics')")) {
      upsert.setString(1, source.name());
      upsert.setLong(2, source.version());
      upsert.executeUpdate();
      insert.setString(1, source.name());
      insert.setLong(2, source.version());
      insert.setLong(3, source.createdAt());
      insert.setString(4, source.operation());
      insert.setString(5, source.spec());
      insert.setString(6, source.note().actor());
      insert.setString(7, source.note().reason().orElse(null));
      insert.executeUpdate();
      forget.setString(1, source.name());
      forget.executeUpdate();
      topics.setString(1, source.name());
      topics.setString(2, source.spec());
      topics.executeUpdate();
    }
  }

  private static List<StoredSource> rows(PreparedStatement select) throws SQLException {
    return rows(select, Long.MAX_VALUE);
  }

  private static List<StoredSource> rows(PreparedStatement select, long most) throws SQLException {
    try (ResultSet rows = select.executeQuery()) {
      List<StoredSource> sources = new ArrayList<>();
      long length = 0;
      while ((length <= most || sources.size() < 2) && rows.next()) {
        sources.add(
            new StoredSource(
                rows.getString(1),
                rows.getLong(2),
                rows.getLong(3),
                rows.getString(4),
                new Note(rows.getString(5), Optional.ofNullable(rows.getString(6))),
                rows.getString(7)));
        length += sources.get(sources.size() - 1).length();
      }
      return sources;
    }
  }
}
