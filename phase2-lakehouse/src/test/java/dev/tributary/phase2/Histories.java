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
          new Event(OptionalInt.empty(), "", true));

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

  int keys() {
    return orders.size();
  }

  int length() {
    return EVENTS.size();
  }

  /** The events from one place to another of every history, each history under its own key. */
  List<TestArchive.Message> messages(int from, int to) {
    List<TestArchive.Message> messages = new ArrayList<>();
    for (int place = from; place < to; place++) {
      for (int key = 0; key < orders.size(); key++) {
        Event event = orders.get(key).get(place);
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
    for (int key = 0; key < orders.size(); key++) {
      Optional<Event> row = Optional.empty();
      int greatest = Integer.MIN_VALUE;
      for (Event event : orders.get(key)) {
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
    for (int key = 0; key < orders.size(); key++) {
      Optional<Event> row = Optional.empty();
      boolean deleted = false;
      int greatest = Integer.MIN_VALUE;
      for (Event event : orders.get(key)) {
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
    return "k%03d".formatted(key);
  }
}
