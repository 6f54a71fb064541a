package dev.tributary.phase2;

import static dev.tributary.phase2.TestArchive.message;
import static dev.tributary.phase2.TestArchive.tombstone;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** Every order in which a few events of a key can arrive, and what each comes down to. */
final class Histories {
  /** An event; without an order it is a tombstone. */
  private record Event(OptionalInt order, String value, boolean deletes) {}

  private static final List<Event> EVENTS =
      List.of(
          new Event(OptionalInt.of(1), "one", false),
          new Event(OptionalInt.of(2), "two", false),
          new Event(OptionalInt.of(2), "two again", false),
          new Event(OptionalInt.of(2), "deleted at two", true),
          new Event(OptionalInt.empty(), "", true),
          new Event(OptionalInt.of(3), "inserted again", false));

  private final List<List<Event>> orders = new ArrayList<>();

  Histories() {
    arrange(new ArrayList<>(), new ArrayList<>(EVENTS));
  }

  private void arrange(List<Event> placed, List<Event> rest) {
    if (rest.isEmpty()) {
      orders.add(List.copyOf(placed));
      return;
    }
    for (Event next : rest) {
      List<Event> others = new ArrayList<>(rest);
      others.remove(next);
      List<Event> more = new ArrayList<>(placed);
      more.add(next);
      arrange(more, others);
    }
  }

  /** All orders in all cuts. */
  int keys() {
    return orders.size() << (length() - 1);
  }

  private List<Event> history(int key) {
    return orders.get(key % orders.size());
  }

  int length() {
    return EVENTS.size();
  }

  /**
   * The events of one batch, each history under its own key. Every history is there once for each
   * way to cut it: bit i of a cut says that a new batch begins after the event at place i.
   */
  List<TestArchive.Message> batch(int batch) {
    List<TestArchive.Message> messages = new ArrayList<>();
    for (int place = 0; place < length(); place++) {
      for (int key = 0; key < keys(); key++) {
        int cut = key / orders.size();
        if (Integer.bitCount(cut & ((1 << place) - 1)) != batch) {
          continue;
        }
        Event event = history(key).get(place);
        messages.add(
            event.order().isEmpty()
                ? tombstone(name(key))
                : message(
                    name(key),
                    "{\"id\":\"%s\",\"at\":%d,\"value\":\"%s\",\"gone\":%s}"
                        .formatted(
                            name(key), event.order().getAsInt(), event.value(), event.deletes())));
      }
    }
    return messages;
  }

  /** The rows that hard deletes leave, as [id,value], in the order of the ids. */
  List<String> rowsOfHardDeletes() {
    List<String> rows = new ArrayList<>();
    for (int key = 0; key < keys(); key++) {
      Optional<Event> row = Optional.empty();
      int greatest = Integer.MIN_VALUE;
      for (Event event : history(key)) {
        if (event.order().isEmpty()) {
          row = Optional.empty();
        } else if (event.order().getAsInt() >= greatest) {
          greatest = event.order().getAsInt();
          row = event.deletes() ? Optional.empty() : Optional.of(event);
        }
      }
      String id = name(key);
      row.ifPresent(event -> rows.add("[%s,%s]".formatted(id, event.value())));
    }
    return rows;
  }

  /** The rows that soft deletes leave, as [id,value,_deleted], in the order of the ids. */
  List<String> rowsOfSoftDeletes() {
    List<String> rows = new ArrayList<>();
    for (int key = 0; key < keys(); key++) {
      Optional<Event> row = Optional.empty();
      boolean deleted = false;
      int greatest = Integer.MIN_VALUE;
      for (Event event : history(key)) {
        if (event.order().isEmpty()) {
          deleted = true;
        } else if (event.order().getAsInt() >= greatest) {
          greatest = event.order().getAsInt();
          row = Optional.of(event);
          deleted = event.deletes();
        }
      }
      rows.add("[%s,%s,%s]".formatted(name(key), row.orElseThrow().value(), deleted));
    }
    return rows;
  }

  private static String name(int key) {
    return "k%05d".formatted(key);
  }
}
