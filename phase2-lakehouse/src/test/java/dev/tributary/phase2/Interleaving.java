package dev.tributary.phase2;

import dev.tributary.phase2.TestArchive.Message;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Random events of many keys in successive manifest entries, and what they come down to. A key's
 * events may lie in several partitions of Kafka, and belong into several of the table.
 */
final class Interleaving {
  /** An event; without an order it is a tombstone. */
  private record Event(
      String key, int entry, int partition, OptionalInt order, String value, boolean deletes) {}

  /** In which of the table's partitions a value belongs. */
  static final String KIND = "concat('kind', cast(cast(substring(value, 2) as int) % 3 as string))";

  private final List<List<Event>> entries = new ArrayList<>();

  /** All in one partition of Kafka. */
  Interleaving(Random random, int keys, int entries) {
    this(random, keys, entries, 1);
  }

  Interleaving(Random random, int keys, int entries, int partitions) {
    for (int entry = 0; entry < entries; entry++) {
      this.entries.add(new ArrayList<>());
    }
    for (int key = 0; key < keys; key++) {
      for (int event = 2 + random.nextInt(6); event > 0; event--) {
        String name = "k%04d".formatted(key);
        int entry = random.nextInt(entries);
        int partition = random.nextInt(partitions);
        this.entries
            .get(entry)
            .add(
                random.nextInt(4) == 0
                    ? new Event(name, entry, partition, OptionalInt.empty(), "", false)
                    : new Event(
                        name,
                        entry,
                        partition,
                        OptionalInt.of(random.nextInt(4)),
                        "v" + random.nextInt(1_000_000),
                        random.nextInt(5) == 0));
      }
    }
    // As they are archived.
    this.entries.forEach(entry -> entry.sort(Comparator.comparingInt(Event::partition)));
  }

  /** As {@link #KIND}. */
  private static String kind(String value) {
    return "kind" + Integer.parseInt(value.substring(1)) % 3;
  }

  /** How many keys have events in several partitions of Kafka. */
  long movedKeys() {
    return keysWith(events -> events.stream().map(Event::partition).distinct().count() > 1);
  }

  /** How many keys have values for several partitions of the table. */
  long changedKinds() {
    return keysWith(
        events ->
            events.stream()
                    .filter(event -> event.order().isPresent())
                    .map(event -> kind(event.value()))
                    .distinct()
                    .count()
                > 1);
  }

  /** How many keys have a delete in an earlier entry than what it deletes. */
  long deletesFirst() {
    return keysWith(
        events ->
            events.stream()
                .filter(Event::deletes)
                .anyMatch(
                    delete ->
                        events.stream()
                            .filter(event -> event.entry() > delete.entry() && !event.deletes())
                            .anyMatch(
                                event ->
                                    event.order().isPresent()
                                        && event.order().getAsInt() < delete.order().getAsInt())));
  }

  private long keysWith(Predicate<List<Event>> property) {
    return entries.stream()
        .flatMap(List::stream)
        .collect(Collectors.groupingBy(Event::key))
        .values()
        .stream()
        .filter(property)
        .count();
  }

  long size() {
    return entries.stream().mapToLong(List::size).sum();
  }

  List<Message> entry(int number) {
    return entries.get(number).stream()
        .map(
            event ->
                new Message(
                    event.partition(),
                    Optional.of(event.key()),
                    event.order().isEmpty() ? Optional.empty() : Optional.of(document(event))))
        .toList();
  }

  private static byte[] document(Event event) {
    return "{\"id\":\"%s\",\"at\":%d,\"value\":\"%s\",\"kind\":\"%s\",\"gone\":%s}"
        .formatted(
            event.key(),
            event.order().getAsInt(),
            event.value(),
            kind(event.value()),
            event.deletes())
        .getBytes(StandardCharsets.UTF_8);
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
