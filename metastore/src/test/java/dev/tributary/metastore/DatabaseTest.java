package dev.tributary.metastore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.metastore.store.Database;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DatabaseTest {
  @TempDir private Path folder;

  private static String add(Connection connection, String name) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("INSERT INTO sources (name, version) VALUES ('%s', 1)".formatted(name));
      return name;
    }
  }

  private static List<String> names(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("SELECT name FROM sources")) {
      List<String> names = new ArrayList<>();
      while (rows.next()) {
        names.add(rows.getString(1));
      }
      return names;
    }
  }

  @Test
  void aChangeThatEndsInAnErrorIsTakenBackAndTheNextOneIsMade() {
    try (Database database = Database.open(folder.resolve("metastore.db"))) {
      assertThatThrownBy(
              () ->
                  database.write(
                      connection -> {
                        add(connection, "one");
                        throw new StackOverflowError();
                      }))
          .isInstanceOf(StackOverflowError.class);
      String added = database.write(connection -> add(connection, "two"));
      assertThat(added).isEqualTo("two");
      List<String> names = database.read(DatabaseTest::names);
      assertThat(names).containsExactly("two");
    }
  }
}
