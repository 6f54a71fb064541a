package dev.tributary.metastore.store;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.OptionalLong;
import org.sqlite.SQLiteConfig;

/** Copies of a database that is in use. */
public final class Backup {
  /** Marks a copy: who opens it knows that versions may have been given out since. */
  private static final String MARK = "CREATE TABLE backup_mark (at INTEGER NOT NULL) STRICT";

  private Backup() {}

  /**
   * Writes a copy as of one moment, checks it, and marks it as a backup.
   *
   * @param database the SQLite file
   * @param to a file that is not there yet
   */
  public static void write(Path database, Path to) {
    Database.requireThere(database);
    if (Files.exists(to)) {
      throw TributaryException.of(
          ErrorCode.SETTING_INVALID,
          "The file %s is there already.".formatted(to),
          "Give the name of a new one.");
    }
    // Under its name once it bears the mark: without it nobody would know it for a backup.
    Path unfinished = to.resolveSibling(to.getFileName() + ".unfinished");
    try {
      Files.deleteIfExists(unfinished);
      try (Connection connection = new SQLiteConfig().createConnection("jdbc:sqlite:" + database);
          PreparedStatement copy = connection.prepareStatement("VACUUM INTO ?")) {
        copy.setString(1, unfinished.toString());
        copy.execute();
      }
      mark(unfinished);
      Files.move(unfinished, to, StandardCopyOption.ATOMIC_MOVE);
    } catch (SQLException | IOException e) {
      throw TributaryException.of(
          ErrorCode.STORE_UNAVAILABLE,
          "The database %s cannot be copied to %s.".formatted(database, to),
          "Check that both can be used and that there is room.",
          e);
    }
  }

  private static void mark(Path copy) throws SQLException {
    try (Connection connection = new SQLiteConfig().createConnection("jdbc:sqlite:" + copy);
        Statement statement = connection.createStatement()) {
      requireIntact(statement, copy);
      statement.execute("DROP TABLE IF EXISTS backup_mark");
      statement.execute(MARK);
      statement.execute(
          "INSERT INTO backup_mark (at) VALUES (%d)".formatted(System.currentTimeMillis()));
    }
  }

  /** Of which moment a database is a restored backup; empty: of none. */
  public static OptionalLong mark(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      if (!exists(statement)) {
        return OptionalLong.empty();
      }
      try (ResultSet rows = statement.executeQuery("SELECT at FROM backup_mark")) {
        return rows.next() ? OptionalLong.of(rows.getLong(1)) : OptionalLong.empty();
      }
    }
  }

  private static boolean exists(Statement statement) throws SQLException {
    try (ResultSet rows =
        statement.executeQuery("SELECT 1 FROM sqlite_schema WHERE name = 'backup_mark'")) {
      return rows.next();
    }
  }

  /** The database is no backup any more. */
  public static void forget(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("DROP TABLE IF EXISTS backup_mark");
    }
  }

  private static void requireIntact(Statement statement, Path file) throws SQLException {
    try (ResultSet rows = statement.executeQuery("PRAGMA integrity_check")) {
      rows.next();
      String verdict = rows.getString(1);
      if (!verdict.equals("ok")) {
        throw TributaryException.of(
            ErrorCode.LOG_CORRUPT,
            "The copy %s is damaged: %s.".formatted(file, verdict),
            "Check the disk, and the database itself, before you rely on either.");
      }
    }
  }
}
