package dev.tributary.phase2;

import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Events that the real Debezium engine has made of a real PostgreSQL, as they were kept. */
final class DebeziumEventsIT {
  /** Written by {@link DebeziumEngineIT}. */
  static final Path KEPT = Path.of("src", "test", "resources", "debezium-postgresql");

  @TempDir Path folder;

  @Test
  void tablesAreAsTheDatabasesOwn() throws Exception {
    DebeziumTables tables = tables();
    tables.assertAsTheDatabase(DebeziumForm.PLAIN, DebeziumView.EVERYTHING);
    tables.assertAsTheDatabase(DebeziumForm.FLATTENED, DebeziumView.OVERTAKEN);
    tables.assertAsTheDatabase(DebeziumForm.ISO_TIMES, DebeziumView.TIMES);
    tables.assertLargeValuesThatAreNotInTheLogAreSetAside(DebeziumForm.PLAIN);
    tables.assertTruncatesAreTold(DebeziumForm.PLAIN);
  }

  @Test
  @Tag("long")
  void tablesOfEveryFormAreAsTheDatabasesOwn() throws Exception {
    tables().assertAll();
  }

  private DebeziumTables tables() {
    return new DebeziumTables(new DebeziumEvents(KEPT), folder);
  }
}
