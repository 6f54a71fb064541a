package dev.tributary.archive.decode;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** Positions of what Debezium makes of a PostgreSQL whose log is modelled here. */
class SourcePositionTest {
  private static final int ROWS = 4;

  /** What came of the first transaction after the snapshot, which does not tell its place. */
  private static final int FIRST = ROWS;

  /**
   * An event.
   *
   * @param version how often the row had changed
   * @param committed the last commit before it, or 0
   */
  private record Event(int row, int version, long lsn, long committed) {
    String position() {
      String sequence =
          committed == 0
              ? "[null,\\\"%d\\\"]".formatted(lsn)
              : "[\\\"%d\\\",\\\"%d\\\"]".formatted(committed, lsn);
      return positionOf("{\"lsn\":%d,\"sequence\":\"%s\"}".formatted(lsn, sequence));
    }

    /** As releases had it that did not look at the sequence. */
    String positionByLsn() {
      return positionOf("{\"lsn\":%d}".formatted(lsn));
    }

    private static String positionOf(String source) {
      return SourcePosition.of(JsonSlice.of(source.getBytes(StandardCharsets.UTF_8)).fields());
    }
  }

  private record Write(int row, long lsn) {}

  /** Transactions that lock the rows which they write, and what a connector streams of them. */
  private static final class Postgres {
    private final Random random;
    private final List<List<Write>> open = new ArrayList<>();
    private final Map<Integer, List<Write>> locks = new HashMap<>();
    private final int[] versions = new int[ROWS + 1];
    private final List<Event> streamed = new ArrayList<>();
    private boolean streams;
    private long end = 1_000;
    private long committed;

    Postgres(Random random) {
      this.random = random;
    }

    List<Event> streamed() {
      for (int step = 0; step < 50; step++) {
        go();
      }
      snapshot();
      for (int step = 0; step < 150; step++) {
        go();
        if (random.nextInt(20) == 0) {
          readAgain(random.nextInt(ROWS));
        }
      }
      return streamed;
    }

    private void go() {
      if (open.size() < 2 || open.size() < 5 && random.nextInt(4) == 0) {
        open.add(new ArrayList<>());
        return;
      }
      List<Write> transaction = open.get(random.nextInt(open.size()));
      int choice = random.nextInt(8);
      if (choice > 1) {
        write(transaction, random.nextInt(ROWS));
        return;
      }
      open.removeIf(each -> each == transaction);
      locks.values().removeIf(each -> each == transaction);
      if (choice == 1) {
        commit(transaction);
      }
    }

    private void write(List<Write> transaction, int row) {
      if (locks.computeIfAbsent(row, free -> transaction) == transaction) {
        transaction.add(new Write(row, append()));
      }
    }

    /** Where a record begins that is written. */
    private long append() {
      long start = end;
      end += 8 + random.nextInt(64);
      return start;
    }

    private void commit(List<Write> transaction) {
      append();
      for (Write write : transaction) {
        versions[write.row()]++;
        if (streams) {
          streamed.add(new Event(write.row(), versions[write.row()], write.lsn(), committed));
        }
      }
      if (streams && !transaction.isEmpty()) {
        committed = end;
      }
    }

    private void snapshot() {
      streams = true;
      for (int row = 0; row < ROWS; row++) {
        streamed.add(new Event(row, versions[row], end, committed));
      }
      List<Write> first = new ArrayList<>();
      write(first, FIRST);
      locks.remove(FIRST);
      commit(first);
    }

    /** A row of an incremental snapshot, at the place of the change that ends it. */
    private void readAgain(int row) {
      streamed.add(new Event(row, versions[row], append(), committed));
      append();
      committed = end;
    }
  }

  @Property(tries = 300)
  void aRowIsAsItsLastTransactionLeftItThoughEventsComeAgain(@ForAll long seed) {
    Random random = new Random(seed);
    List<Event> streamed = new Postgres(random).streamed();
    Map<Integer, String> positions = new HashMap<>();
    Map<Integer, Integer> table = new HashMap<>();
    Map<Integer, Integer> expected = new HashMap<>();
    streamed.forEach(event -> expected.put(event.row(), event.version()));
    int next = 0;
    while (next < streamed.size()) {
      Event event = streamed.get(next++);
      if (event.position().compareTo(positions.getOrDefault(event.row(), "")) >= 0) {
        positions.put(event.row(), event.position());
        assertThat(event.version()).isGreaterThanOrEqualTo(table.getOrDefault(event.row(), 0));
        table.put(event.row(), event.version());
      }
      if (next > ROWS && random.nextInt(20) == 0) {
        next = ROWS + random.nextInt(next - ROWS);
      }
    }
    assertThat(table).isEqualTo(expected);
  }

  @Property(tries = 300)
  void whatATableHasByLsnAloneIsOlderThanWhatComesAfterIt(@ForAll long seed) {
    List<Event> streamed = new Postgres(new Random(seed)).streamed();
    Map<Integer, Set<String>> earlier = new HashMap<>();
    for (Event event : streamed) {
      Set<String> held = earlier.computeIfAbsent(event.row(), row -> new HashSet<>());
      assertThat(held).allSatisfy(by -> assertThat(by).isLessThan(event.position()));
      assertThat(event.positionByLsn()).isLessThanOrEqualTo(event.position());
      held.add(event.positionByLsn());
    }
  }
}
