package dev.tributary.metastore.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** The datasets and their versions. Every method runs in its caller's transaction. */
public final class DatasetRepository {
  private static final String SELECT =
      "SELECT v.name, v.version, d.latest, v.created_at, v.operation, v.actor, v.reason, v.base,"
          + " v.state, v.activation, d.has_table, v.spec, v.rebuild"
          + " FROM datasets d JOIN dataset_versions v ON v.name = d.name ";
  private static final String VERSIONS =
      SELECT + "WHERE d.name = ? AND v.version < ? ORDER BY v.version DESC LIMIT ?";
  private static final String EFFECTIVE = "AND v.version = d.effective ";

  /** The version that should be in force; empty: there is no such dataset. */
  public Optional<StoredDataset> find(Connection connection, String name) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(SELECT + EFFECTIVE + "WHERE d.name = ?")) {
      select.setString(1, name);
      return rows(select).stream().findFirst();
    }
  }

  /** One version; empty: there is none. */
  public Optional<StoredDataset> find(Connection connection, String name, long version)
      throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(SELECT + "WHERE d.name = ? AND v.version = ?")) {
      select.setString(1, name);
      select.setLong(2, version);
      return rows(select).stream().findFirst();
    }
  }

  /** The source that the version reads which should be in force. */
  public String sourceOf(Connection connection, String name) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement("SELECT source FROM datasets WHERE name = ?")) {
      select.setString(1, name);
      try (ResultSet rows = select.executeQuery()) {
        rows.next();
        return rows.getString(1);
      }
    }
  }

  /** The source that a version of a dataset reads; its spec is not made into anything else. */
  public String sourceOf(Connection connection, String name, long version) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT spec ->> '$.source' FROM dataset_versions WHERE name = ? AND version = ?")) {
      select.setString(1, name);
      select.setLong(2, version);
      try (ResultSet rows = select.executeQuery()) {
        rows.next();
        return rows.getString(1);
      }
    }
  }

  /** The version that drivers have last put in force; empty: none yet. */
  public Optional<StoredDataset> inForce(Connection connection, String name) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            SELECT + "WHERE d.name = ? AND v.state = 'active' ORDER BY v.version DESC LIMIT 1")) {
      select.setString(1, name);
      return rows(select).stream().findFirst();
    }
  }

  /**
   * The versions that should be in force, by name, those after {@code after} alone; fewer than
   * {@code limit}, and one at least, where they are long.
   */
  public List<StoredDataset> list(Connection connection, String after, int limit)
      throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            SELECT + EFFECTIVE + "WHERE d.name > ? ORDER BY d.name LIMIT ?")) {
      select.setString(1, after);
      select.setInt(2, limit);
      return page(select);
    }
  }

  /** As {@link #versions}, fewer than {@code limit}, and one at least, where they are long. */
  public List<StoredDataset> pageOfVersions(
      Connection connection, String name, long before, int limit) throws SQLException {
    try (PreparedStatement select = connection.prepareStatement(VERSIONS)) {
      select.setString(1, name);
      select.setLong(2, before);
      select.setInt(3, limit);
      return page(select);
    }
  }

  /** All versions below {@code before}, newest first. */
  public List<StoredDataset> versions(Connection connection, String name, long before, int limit)
      throws SQLException {
    try (PreparedStatement select = connection.prepareStatement(VERSIONS)) {
      select.setString(1, name);
      select.setLong(2, before);
      select.setInt(3, limit);
      return rows(select);
    }
  }

  /**
   * The versions below {@code before} that a driver has reported on, newest first; fewer than
   * {@code limit}, and one at least, where they are long.
   */
  public List<StoredDataset> reported(Connection connection, String name, long before, int limit)
      throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            SELECT
                + "WHERE d.name = ? AND v.version < ? AND v.activation IS NOT NULL"
                + " ORDER BY v.version DESC LIMIT ?")) {
      select.setString(1, name);
      select.setLong(2, before);
      select.setInt(3, limit);
      return page(select);
    }
  }

  /**
   * Versions below {@code before} that drivers have put in force: of those that have drivers add
   * the same columns to the declared ones, one.
   */
  public List<StoredDataset> layoutsBefore(Connection connection, String name, long before)
      throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            SELECT
                + "WHERE d.name = ? AND v.version < ? AND v.state <> 'rejected'"
                + " AND (v.activation IS NOT NULL OR v.operation = 'recovered')"
                + " GROUP BY v.spec -> '$.unknownFields', v.spec -> '$.write',"
                + " v.spec -> '$.transforms', v.spec -> '$.target.partitionBy'"
                + " ORDER BY v.version")) {
      select.setString(1, name);
      select.setLong(2, before);
      return rows(select);
    }
  }

  /**
   * The versions of a dataset that its drivers have asked for; those that a restored database has
   * learned too, of which nobody knows who did.
   */
  public Set<Long> madeByDrivers(Connection connection, String name) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT version FROM audit WHERE resource = '/datasets/' || ? || '/columns'"
                + " AND version IS NOT NULL UNION SELECT version FROM dataset_versions"
                + " WHERE name = ? AND (operation = 'recovered'"
                + " OR operation LIKE 'given out after the backup%')")) {
      select.setString(1, name);
      select.setString(2, name);
      try (ResultSet rows = select.executeQuery()) {
        Set<Long> versions = new HashSet<>();
        while (rows.next()) {
          versions.add(rows.getLong(1));
        }
        return versions;
      }
    }
  }

  /**
   * The names of the datasets that read a source and are not retired: as they should be, and as
   * drivers run them now, or would again if a version that waits were rejected.
   */
  public List<String> readersOf(Connection connection, String source) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT name FROM datasets WHERE source = ? AND retired = 0 ORDER BY name")) {
      select.setString(1, source);
      try (ResultSet rows = select.executeQuery()) {
        List<String> names = new ArrayList<>();
        while (rows.next()) {
          names.add(rows.getString(1));
        }
        return names;
      }
    }
  }

  /** Whether a dataset is retired, as its row says. */
  public enum Retired {
    /** It is. */
    YES,
    /** It is not. */
    NO
  }

  /** The newest version that waits for a rebuild; empty: there is none. */
  public Optional<StoredDataset> awaitingRebuild(Connection connection, String name)
      throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            SELECT
                + "WHERE d.name = ? AND v.rebuild = 1 AND v.state = 'pending'"
                + " ORDER BY v.version DESC LIMIT 1")) {
      select.setString(1, name);
      return rows(select).stream().findFirst();
    }
  }

  /** Adds the next version, which becomes the effective one unless it waits for a rebuild. */
  public void add(Connection connection, StoredDataset dataset, String source, Retired retired)
      throws SQLException {
    try (PreparedStatement upsert =
            connection.prepareStatement(
                "INSERT INTO datasets (name, source, retired, latest, effective)"
                    + " VALUES (?, ?, ?, ?, ?) ON CONFLICT (name) DO UPDATE SET"
                    + " source = excluded.source, retired = excluded.retired,"
                    + " latest = excluded.latest, effective = excluded.effective");
        PreparedStatement insert =
            connection.prepareStatement(
                "INSERT INTO dataset_versions (name, version, created_at, operation, state, spec,"
                    + " actor, reason, base, rebuild) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")) {
      upsert.setString(1, dataset.name());
      upsert.setString(2, source);
      upsert.setInt(3, retired == Retired.YES ? 1 : 0);
      upsert.setLong(4, dataset.version());
      upsert.setLong(5, dataset.awaitsRebuild() ? dataset.base() : dataset.version());
      upsert.executeUpdate();
      insert.setString(1, dataset.name());
      insert.setLong(2, dataset.version());
      insert.setLong(3, dataset.createdAt());
      insert.setString(4, dataset.operation());
      insert.setString(5, dataset.state().text());
      insert.setString(6, dataset.spec());
      insert.setString(7, dataset.note().actor());
      insert.setString(8, dataset.note().reason().orElse(null));
      insert.setLong(9, dataset.base());
      insert.setInt(10, dataset.rebuild() ? 1 : 0);
      insert.executeUpdate();
    }
  }

  /** The versions below {@code before} that wait, newest first, down to the last in force. */
  public List<StoredDataset> waiting(Connection connection, String name, long before)
      throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            SELECT
                + "WHERE d.name = ? AND v.version < ? AND v.state = 'pending' AND v.rebuild = 0"
                + " AND v.version >"
                + " COALESCE((SELECT MAX(version) FROM dataset_versions a WHERE a.name = d.name"
                + " AND a.state = 'active'), 0) ORDER BY v.version DESC")) {
      select.setString(1, name);
      select.setLong(2, before);
      return rows(select);
    }
  }

  /** The versions after a version that no driver has said anything of, oldest first. */
  public List<StoredDataset> pendingAfter(Connection connection, String name, long version)
      throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            SELECT
                + "WHERE d.name = ? AND v.version > ? AND v.state = 'pending'"
                + " ORDER BY v.version")) {
      select.setString(1, name);
      select.setLong(2, version);
      return rows(select);
    }
  }

  /** Records a driver's report on a version. */
  public void report(
      Connection connection, String name, long version, VersionState state, String activation)
      throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement(
            "UPDATE dataset_versions SET state = ?, activation = ? WHERE name = ? AND version ="
                + " ?")) {
      update.setString(1, state.text());
      update.setString(2, activation);
      update.setString(3, name);
      update.setLong(4, version);
      update.executeUpdate();
    }
  }

  /** Says what became of a version that no driver reports any more. */
  public void become(Connection connection, String name, long version, VersionState state)
      throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement(
            "UPDATE dataset_versions SET state = ? WHERE name = ? AND version = ?")) {
      update.setString(1, state.text());
      update.setString(2, name);
      update.setLong(3, version);
      update.executeUpdate();
    }
  }

  /** Notes that the dataset's table exists. */
  public void tableExists(Connection connection, String name) throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement("UPDATE datasets SET has_table = 1 WHERE name = ?")) {
      update.setString(1, name);
      update.executeUpdate();
    }
  }

  /** The first version after {@code version} that a driver put in force; empty: there is none. */
  public Optional<StoredDataset> activatedAfter(Connection connection, String name, long version)
      throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            SELECT
                + "WHERE d.name = ? AND v.version > ? AND v.activation IS NOT NULL"
                + " AND v.state <> 'rejected' ORDER BY v.version LIMIT 1")) {
      select.setString(1, name);
      select.setLong(2, version);
      return rows(select).stream().findFirst();
    }
  }

  /** Whether a version after {@code version} that a driver put in force merged rows by a key. */
  public boolean mergedAfter(Connection connection, String name, long version) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT 1 FROM dataset_versions WHERE name = ? AND version > ?"
                + " AND activation IS NOT NULL AND state <> 'rejected'"
                + " AND spec ->> '$.write.mode' IN ('upsert', 'history') LIMIT 1")) {
      select.setString(1, name);
      select.setLong(2, version);
      try (ResultSet rows = select.executeQuery()) {
        return rows.next();
      }
    }
  }

  /** How many versions are in each state, of the versions that should be in force. */
  public Map<String, Long> countByState(Connection connection) throws SQLException {
    try (PreparedStatement select =
            connection.prepareStatement(
                "SELECT v.state, COUNT(*) FROM datasets d JOIN dataset_versions v"
                    + " ON v.name = d.name AND v.version = d.effective GROUP BY v.state");
        ResultSet rows = select.executeQuery()) {
      Map<String, Long> counts = new TreeMap<>();
      while (rows.next()) {
        counts.put(rows.getString(1), rows.getLong(2));
      }
      return counts;
    }
  }

  /** Marks what came before an active version, rejected versions aside. */
  public void supersede(Connection connection, String name, long before) throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement(
            "UPDATE dataset_versions SET state = 'superseded'"
                + " WHERE name = ? AND version < ? AND state <> 'rejected'")) {
      update.setString(1, name);
      update.setLong(2, before);
      update.executeUpdate();
    }
  }

  /** Whether a later version is in force already. */
  public boolean activeAfter(Connection connection, String name, long version) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT 1 FROM dataset_versions WHERE name = ? AND version > ? AND state = 'active'")) {
      select.setString(1, name);
      select.setLong(2, version);
      try (ResultSet rows = select.executeQuery()) {
        return rows.next();
      }
    }
  }

  /**
   * Goes back to the greatest version that is not rejected and waits for no rebuild, and where all
   * are rejected to none: the newest stays, which is nearest to what its owner wants. With it go
   * the source that it reads, and whether it is retired.
   */
  public void chooseEffective(Connection connection, String name) throws SQLException {
    try (PreparedStatement choose =
            connection.prepareStatement(
                "UPDATE datasets SET effective = COALESCE((SELECT MAX(version) FROM"
                    + " dataset_versions v WHERE v.name = datasets.name AND v.state <> 'rejected'"
                    + " AND NOT (v.rebuild = 1 AND v.state = 'pending')),"
                    + " latest) WHERE name = ?");
        PreparedStatement follow =
            connection.prepareStatement(
                "UPDATE datasets SET source = v.spec ->> '$.source',"
                    + " retired = COALESCE(v.spec ->> '$.state', '') = 'retired'"
                    + " FROM dataset_versions v WHERE datasets.name = ? AND v.name = datasets.name"
                    + " AND v.version = datasets.effective")) {
      choose.setString(1, name);
      choose.executeUpdate();
      follow.setString(1, name);
      follow.executeUpdate();
    }
  }

  private static List<StoredDataset> rows(PreparedStatement select) throws SQLException {
    return rows(select, Long.MAX_VALUE);
  }

  /** No more than a page shows, and one that says that there is more. */
  private static List<StoredDataset> page(PreparedStatement select) throws SQLException {
    return rows(select, PageSize.MOST);
  }

  private static List<StoredDataset> rows(PreparedStatement select, long most) throws SQLException {
    try (ResultSet rows = select.executeQuery()) {
      List<StoredDataset> datasets = new ArrayList<>();
      long length = 0;
      while ((length <= most || datasets.size() < 2) && rows.next()) {
        datasets.add(
            new StoredDataset(
                rows.getString(1),
                rows.getLong(2),
                rows.getLong(3),
                rows.getLong(4),
                rows.getString(5),
                new Note(rows.getString(6), Optional.ofNullable(rows.getString(7))),
                rows.getLong(8),
                VersionState.of(rows.getString(9)),
                Optional.ofNullable(rows.getString(10)),
                rows.getInt(11) != 0,
                rows.getString(12),
                rows.getInt(13) != 0));
        length += datasets.get(datasets.size() - 1).length();
      }
      return datasets;
    }
  }
}
