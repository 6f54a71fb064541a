package dev.tributary.metastore.store;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;

/**
 * In the caller's transaction. Numbered, forward only; the file's {@code user_version} is the
 * number of the last one.
 */
final class Migrations {
  /** In order: the first is number 1. */
  private static final List<String> SCRIPTS =
      List.of(
          "001-sources-datasets-reports.sql",
          "002-authors-keys-tokens-audit.sql",
          "003-transforms.sql",
          "004-catalog.sql",
          "005-audit-by-resource.sql",
          "006-topics-of-sources.sql",
          "007-table-reports.sql",
          "008-versions-that-wait-for-a-rebuild.sql");

  private Migrations() {}

  static void apply(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      int version = version(statement);
      if (version > SCRIPTS.size()) {
        throw TributaryException.of(
            ErrorCode.FORMAT_UNKNOWN,
            "The database was written by a newer release (schema %d, known are up to %d)."
                .formatted(version, SCRIPTS.size()),
            "Start that release, or give another database file.");
      }
      for (int next = version; next < SCRIPTS.size(); next++) {
        for (String sql : script(SCRIPTS.get(next)).split(";\\s*\n")) {
          if (!sql.isBlank()) {
            statement.execute(sql);
          }
        }
        statement.execute("PRAGMA user_version = " + (next + 1));
      }
    }
  }

  private static int version(Statement statement) throws SQLException {
    try (ResultSet rows = statement.executeQuery("PRAGMA user_version")) {
      rows.next();
      return rows.getInt(1);
    }
  }

  private static String script(String name) {
    try (InputStream script =
        Migrations.class.getResourceAsStream("/dev/tributary/metastore/migrations/" + name)) {
      return new String(script.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("The migration %s cannot be read.".formatted(name), e);
    }
  }
}
