package dev.tributary.metastore.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The JARs of transforms that are known. In the caller's transaction. */
public final class TransformRepository {
  private static final String SELECT =
      "SELECT sha256, uri, created_at, actor, described FROM transform_jars ";

  /**
   * A JAR.
   *
   * @param sha256 of its content, in hex
   * @param uri where drivers read it
   * @param createdAt epoch milliseconds
   * @param actor who registered it
   * @param described its transforms and their options, as a JSON array
   */
  public record StoredJar(
      String sha256, String uri, long createdAt, String actor, String described) {
    /** About how long it is where it is shown. */
    public long length() {
      return (long) uri.length() + described.length();
    }
  }

  /** One JAR. */
  public Optional<StoredJar> find(Connection connection, String sha256) throws SQLException {
    try (PreparedStatement select = connection.prepareStatement(SELECT + "WHERE sha256 = ?")) {
      select.setString(1, sha256);
      return rows(select).stream().findFirst();
    }
  }

  /**
   * JARs by hash, those after {@code after} alone; fewer than {@code limit}, and one at least,
   * where they are long.
   */
  public List<StoredJar> list(Connection connection, String after, int limit) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(SELECT + "WHERE sha256 > ? ORDER BY sha256 LIMIT ?")) {
      select.setString(1, after);
      select.setInt(2, limit);
      return rows(select);
    }
  }

  /** Adds a JAR, or says anew where it lies and what it holds. */
  public void put(Connection connection, StoredJar jar) throws SQLException {
    try (PreparedStatement upsert =
        connection.prepareStatement(
            "INSERT INTO transform_jars (sha256, uri, created_at, actor, described)"
                + " VALUES (?, ?, ?, ?, ?) ON CONFLICT (sha256) DO UPDATE SET uri = excluded.uri,"
                + " described = excluded.described")) {
      upsert.setString(1, jar.sha256());
      upsert.setString(2, jar.uri());
      upsert.setLong(3, jar.createdAt());
      upsert.setString(4, jar.actor());
      upsert.setString(5, jar.described());
      upsert.executeUpdate();
    }
  }

  /** Forgets a JAR. */
  public void delete(Connection connection, String sha256) throws SQLException {
    try (PreparedStatement delete =
        connection.prepareStatement("DELETE FROM transform_jars WHERE sha256 = ?")) {
      delete.setString(1, sha256);
      delete.executeUpdate();
    }
  }

  /** The datasets, retired ones aside, whose version in force or to come uses a JAR. */
  public List<String> usersOf(Connection connection, String sha256) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT DISTINCT d.name FROM datasets d JOIN dataset_versions v ON v.name = d.name"
                + " WHERE d.retired = 0 AND (v.version = d.effective OR v.state IN ('active',"
                + " 'pending')) AND instr(v.spec, ?) > 0 ORDER BY d.name LIMIT 20")) {
      return names(select, sha256);
    }
  }

  /** The sources, retired ones aside, by whose template datasets are made that use a JAR. */
  public List<String> templatesWith(Connection connection, String sha256) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT s.name FROM sources s JOIN source_versions v ON v.name = s.name AND v.version ="
                + " s.version WHERE instr(v.spec -> '$.template', ?) > 0"
                + " AND COALESCE(v.spec ->> '$.state', '') <> 'retired' ORDER BY s.name LIMIT 20")) {
      return names(select, sha256);
    }
  }

  private static List<String> names(PreparedStatement select, String sha256) throws SQLException {
    select.setString(1, "\"" + sha256 + "\"");
    try (ResultSet rows = select.executeQuery()) {
      List<String> names = new ArrayList<>();
      while (rows.next()) {
        names.add(rows.getString(1));
      }
      return names;
    }
  }

  private static List<StoredJar> rows(PreparedStatement select) throws SQLException {
    try (ResultSet rows = select.executeQuery()) {
      List<StoredJar> jars = new ArrayList<>();
      long length = 0;
      while ((length <= PageSize.MOST || jars.size() < 2) && rows.next()) {
        jars.add(
            new StoredJar(
                rows.getString(1),
                rows.getString(2),
                rows.getLong(3),
                rows.getString(4),
                rows.getString(5)));
        length += jars.get(jars.size() - 1).length();
      }
      return jars;
    }
  }
}
