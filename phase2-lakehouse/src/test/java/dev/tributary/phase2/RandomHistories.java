package dev.tributary.phase2;

import dev.tributary.phase2.TestArchive.Message;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;

/**
 * Random events of many keys in successive manifest entries, and the versions that they come down
 * to. A key's events lie in several partitions of Kafka, belong into several of the table, and are
 * ordered by a time that has nothing to do with when they come; deletes without a value happen at
 * the time of their entry.
 */
final class RandomHistories {
  static final long BEGIN = 1_763_712_100_000L;
  static final long STEP = 10_000;

  /** An event; without a value it is a tombstone. */
  private record Event(
      String key, int entry, int partition, long at, Optional<String> value, boolean deletes) {}

  private final List<List<Event>> entries = new ArrayList<>();

  RandomHistories(Random random, int keys, int entries) {
    for (int entry = 0; entry < entries; entry++) {
      this.entries.add(new ArrayList<>());
    }
    for (int key = 0; key < keys; key++) {
      for (int event = 2 + random.nextInt(6); event > 0; event--) {
        int entry = random.nextInt(entries);
        boolean tombstone = random.nextInt(6) == 0;
        this.entries
            .get(entry)
            .add(
                new Event(
                    "k%04d".formatted(key),
                    entry,
                    random.nextInt(3),
                    tombstone ? time(entry) : time(random.nextInt(entries)),
                    tombstone ? Optional.empty() : Optional.of("v" + random.nextInt(1_000_000)),
                    tombstone || random.nextInt(5) == 0));
      }
    }
    // As they are archived.
    this.entries.forEach(entry -> entry.sort(Comparator.comparingInt(Event::partition)));
  }

  /** When an entry is ingested. */
  static long time(int entry) {
    return BEGIN + entry * STEP;
  }

  long size() {
    return entries.stream().mapToLong(List::size).sum();
  }

  long deletes() {
    return entries.stream().flatMap(List::stream).filter(Event::deletes).count();
  }

  List<Message> entry(int number) {
    return entries.get(number).stream()
        .map(
            event ->
                new Message(
                    event.partition(),
                    Optional.of(event.key()),
                    event.value().map(value -> document(event, value))))
        .toList();
  }

  private static byte[] document(Event event, String value) {
    return "{\"id\":\"%s\",\"at\":\"%s\",\"value\":\"%s\",\"kind\":\"%s\",\"gone\":%s}"
        .formatted(
            event.key(), Instant.ofEpochMilli(event.at()), value, kind(value), event.deletes())
        .getBytes(StandardCharsets.UTF_8);
  }

  private static String kind(String value) {
    return value.endsWith("7") ? "seven" : "other";
  }

  /**
   * Of each key by time, and of one time as they are archived; as
   * [id,value,kind,from,to,current,deleted].
   */
  List<String> rows(boolean soft) {
    Map<String, List<Event>> byKey = new TreeMap<>();
    for (List<Event> entry : entries) {
      entry.forEach(
          event -> byKey.computeIfAbsent(event.key(), key -> new ArrayList<>()).add(event));
    }
    List<String> rows = new ArrayList<>();
    byKey.forEach(
        (key, events) -> {
          events.sort(Comparator.comparingLong(Event::at));
          for (int place = 0; place < events.size(); place++) {
            Event event = events.get(place);
            if (soft || !event.deletes()) {
              rows.add(row(event, events.subList(place + 1, events.size()), soft));
            }
          }
        });
    rows.sort(Comparator.naturalOrder());
    return rows;
  }

  private static String row(Event event, List<Event> after, boolean soft) {
    String version =
        "%s,%s,%s,%d,%s,%s"
            .formatted(
                event.key(),
                event.value().orElse(null),
                event.value().map(RandomHistories::kind).orElse(null),
                event.at(),
                after.isEmpty() ? null : after.get(0).at(),
                after.isEmpty());
    return soft ? "[%s,%s]".formatted(version, event.deletes()) : "[%s]".formatted(version);
  }
}
