package dev.tributary.metastore.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tributary.metastore.store.CatalogRepository;
import dev.tributary.metastore.store.Database;
import dev.tributary.metastore.store.DatasetRepository;
import dev.tributary.metastore.store.Note;
import dev.tributary.metastore.store.SourceRepository;
import dev.tributary.metastore.store.StoredDataset;
import dev.tributary.metastore.store.StoredSource;
import dev.tributary.metastore.store.VersionState;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What tells a catalog goes on, whatever telling it of one table comes to. */
final class CatalogSyncTest {
  @TempDir private Path folder;

  /** A catalog whose client lacks a class where it is to take one table. */
  private static final class Lacking implements TableCatalog {
    private final List<String> taken = new CopyOnWriteArrayList<>();

    @Override
    public String identity() {
      return "lacking";
    }

    @Override
    public String nameOf(String dataset) {
      return dataset;
    }

    @Override
    public void put(CatalogTable table) {
      if (table.dataset().equals("a")) {
        throw new NoClassDefFoundError("org/example/Client");
      }
      taken.add(table.dataset());
    }

    @Override
    public void close() {}
  }

  @Test
  void aTableOnWhichTheClientBreaksHoldsUpNoOther() {
    Lacking catalog = new Lacking();
    CatalogRepository repository = new CatalogRepository();
    CatalogSync.Pauses pauses =
        new CatalogSync.Pauses(Duration.ofMillis(100), Duration.ofSeconds(1));
    try (Database database = Database.open(folder.resolve("metastore.db"))) {
      database.write(CatalogSyncTest::fill);
      try (CatalogSync sync =
          CatalogSync.start(database, repository, catalog, pauses, Clock.systemUTC())) {
        await().atMost(Duration.ofSeconds(20)).until(() -> catalog.taken.contains("b"));
        assertThat(sync.identity()).isEqualTo("lacking");
        await()
            .atMost(Duration.ofSeconds(20))
            .until(
                () ->
                    database
                        .read(connection -> repository.due(connection, "a"))
                        .filter(due -> due.attempts() > 1)
                        .isPresent());
      }
    }
  }

  private static String fill(Connection connection) throws SQLException {
    Note note = new Note("ann", Optional.empty());
    new SourceRepository()
        .add(
            connection,
            new StoredSource(
                "s",
                1,
                0,
                "create",
                note,
                "{\"name\":\"s\",\"topics\":[\"s\"],\"bootstrapServers\":\"b:1\",\"archive\":{\"location\":\"s3a://raw/a\"}}"));
    for (String name : List.of("a", "b")) {
      new DatasetRepository()
          .add(
              connection,
              new StoredDataset(
                  name,
                  1,
                  1,
                  0,
                  "create",
                  note,
                  0,
                  VersionState.ACTIVE,
                  Optional.empty(),
                  true,
                  "{\"name\":\"%1$s\",\"source\":\"s\",\"target\":{\"path\":\"s3a://lake/%1$s\"},\"columns\":[{\"name\":\"id\",\"type\":\"bigint\"}]}"
                      .formatted(name)),
              "s",
              DatasetRepository.Retired.NO);
    }
    return "filled";
  }
}
