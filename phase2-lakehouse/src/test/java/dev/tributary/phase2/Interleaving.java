package dev.tributary.phase2;

import static dev.tributary.phase2.TestArchive.message;
import static dev.tributary.phase2.TestArchive.tombstone;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.TreeMap;

/** Random events of many keys in successive manifest entries, and what they come down to. */
final class Interleaving {
  /** An event; without an order it is a tombstone. */
  private record Event(String key, OptionalInt order, String value, boolean deletes) {}

  private final List<List<Event>> entries = new ArrayList<>();

  Interleaving(Random random, int keys, int entries) {
    for (int entry = 0; entry < entries; entry++) {
      this.entries.add(new ArrayList<>());
    }
    for (int key = 0; key < keys; key++) {
      for (int event = 2 + random.nextInt(6); event > 0; event--) {
        String name = "k%04d".formatted(key);
        this.entries
            .get(random.nextInt(entries))
            .add(
                random.nextInt(4) == 0
                    ? new Event(name, OptionalInt.empty(), "", false)
                    : new Event(
                        name,
                        OptionalInt.of(random.nextInt(4)),
                        "v" + random.nextInt(1_000_000),
                        random.nextInt(5) == 0));
      }
    }
  }

  long size() {
    return entries.stream().mapToLong(List::size).sum();
  }

  List<TestArchive.Message> entry(int number) {
    return entries.get(number).stream()
        .map(
            event ->
                event.order().isEmpty()
                    ? tombstone(event.key())
                    : message(
                        event.key(),
                        "{\"id\":\"%s\",\"at\":%d,\"value\":\"%s\",\"gone\":%s}"
                            .formatted(
                                event.key(),
                                event.order().getAsInt(),
                                event.value(),
                                event.deletes())))
        .toList();
  }

  /** What one key comes down to, its events taken one by one. */
  private static final class State {
    private Optional<Event> row = Optional.empty();
    private boolean deleted;
    private int greatest = Integer.MIN_VALUE;

    void take(Event event) {
      if (event.order().isEmpty()) {
        deleted = true;
      } else if (event.order().getAsInt() >= greatest) {
        greatest = event.order().getAsInt();
        row = Optional.of(event);
        deleted = event.deletes();
      }
    }
  }

  /** The rows, by id: [id,value] of those not deleted, or [id,value,_deleted] of all. */
  List<String> rows(boolean soft) {
    Map<String, State> states = new TreeMap<>();
    for (List<Event> entry : entries) {
      entry.forEach(event -> states.computeIfAbsent(event.key(), key -> new State()).take(event));
    }
    List<String> rows = new ArrayList<>();
    states.forEach(
        (key, state) -> {
          if (state.row.isEmpty() || (!soft && state.deleted)) {
            return;
          }
          String value = state.row.get().value();
          rows.add(
              soft
                  ? "[%s,%s,%s]".formatted(key, value, state.deleted)
                  : "[%s,%s]".formatted(key, value));
        });
    return rows;
  }
}
