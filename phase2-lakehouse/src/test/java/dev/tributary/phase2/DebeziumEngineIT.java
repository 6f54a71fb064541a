package dev.tributary.phase2;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A real PostgreSQL, whose changes the real Debezium engine emits in each form. They are those that
 * were kept, of which {@link DebeziumEventsIT} makes tables; {@code
 * -Dtributary.debezium.update=true} keeps this run's.
 */
@Tag("long")
final class DebeziumEngineIT {
  @TempDir Path folder;

  @Test
  void theEngineEmitsWhatWasKeptAndTablesOfItAreAsTheDatabasesOwn() throws Exception {
    Path programs = PostgresServer.requirePrograms();
    DebeziumEvents events =
        new DebeziumEvents(
            Boolean.getBoolean("tributary.debezium.update")
                ? DebeziumEventsIT.KEPT
                : folder.resolve("events"));
    capture(programs, events);

    DebeziumEvents kept = new DebeziumEvents(DebeziumEventsIT.KEPT);
    for (DebeziumForm form : DebeziumForm.values()) {
      assertThat(events.essence(form)).as("form %s", form).isEqualTo(kept.essence(form));
    }
    for (DebeziumView view : DebeziumView.values()) {
      assertThat(events.rows(view)).as("rows of %s", view).isEqualTo(kept.rows(view));
    }
    // What is another with every run decides which event is newer.
    DebeziumTables tables = new DebeziumTables(events, folder);
    tables.assertAsTheDatabase(DebeziumForm.PLAIN, DebeziumView.LINES, DebeziumView.OVERTAKEN);
    tables.assertAsTheDatabase(DebeziumForm.FLATTENED, DebeziumView.OVERTAKEN);
  }

  private void capture(Path programs, DebeziumEvents events) throws IOException {
    try (PostgresServer database = PostgresServer.start(programs)) {
      database.execute(DebeziumHistory.BEFORE);
      int engines = DebeziumForm.values().length;
      // A slot becomes consistent in two steps, each of which waits for who is writing at the time.
      try (PostgresServer.Session first = database.begin();
          PostgresServer.Session second = database.begin();
          PostgresServer.Session overtaken = database.begin();
          DebeziumEngineRun run =
              DebeziumEngineRun.start(folder.resolve("engines"), database.port())) {
        database.awaitWaiting(first, engines);
        second.execute("select txid_current();");
        first.commit();
        database.awaitWaiting(second, engines);
        overtaken.execute(DebeziumHistory.OVERTAKEN);
        second.commit();
        // Its slot is there before an engine reads the rows, so that it misses no change.
        run.awaitSentinels(1);
        database.execute(DebeziumHistory.after());
        overtaken.commit();
        database.execute(DebeziumHistory.END);
        run.awaitSentinels(2);
        for (DebeziumForm form : DebeziumForm.values()) {
          events.put(form, run.written(form));
        }
      }
      Map<DebeziumView, List<String>> answers = new EnumMap<>(DebeziumView.class);
      for (DebeziumView view : DebeziumView.values()) {
        answers.put(view, database.query(view.forPostgres()));
        assertThat(answers.get(view)).as("rows of %s", view).isNotEmpty();
      }
      events.put(answers);
    }
  }
}
