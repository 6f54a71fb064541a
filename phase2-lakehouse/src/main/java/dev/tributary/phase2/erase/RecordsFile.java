package dev.tributary.phase2.erase;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.phase2.plan.Erasure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The coordinates of records, one a line: topic, incarnation, partition and offset with commas
 * between, as a query for {@code _topic, _incarnation, _partition, _offset} gives them. A first
 * line of names is passed over, and so are empty ones.
 */
public final class RecordsFile {
  private RecordsFile() {}

  /**
   * Reads a file.
   *
   * @throws TributaryException SETTING_INVALID
   */
  public static List<Erasure.Offsets> read(Path file) {
    List<String> lines;
    try {
      lines = Files.readAllLines(file);
    } catch (IOException e) {
      throw new TributaryException(
          ErrorCode.SETTING_INVALID,
          "The file of records '%s' cannot be read: %s. Name one that can."
              .formatted(file, e.getMessage()),
          e);
    }
    Map<List<Object>, List<Long>> offsets = new TreeMap<>(RecordsFile::compare);
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i).strip();
      String[] parts = line.split(",");
      if (line.isEmpty() || (i == 0 && names(parts))) {
        continue;
      }
      try {
        if (parts.length != 4) {
          throw new NumberFormatException();
        }
        offsets
            .computeIfAbsent(
                List.of(parts[0].strip(), whole(parts[1]), whole(parts[2])),
                partition -> new ArrayList<>())
            .add(number(parts[3]));
      } catch (NumberFormatException e) {
        throw new TributaryException(
            ErrorCode.SETTING_INVALID,
            "Line %d of '%s' is no record: '%s'. Write topic, incarnation, partition and offset, such as orders,0,3,4711."
                .formatted(i + 1, file, line),
            e);
      }
    }
    if (offsets.isEmpty()) {
      throw new TributaryException(
          ErrorCode.SETTING_INVALID,
          "The file of records '%s' names none. Write topic, incarnation, partition and offset a line, such as orders,0,3,4711."
              .formatted(file));
    }
    return offsets.entrySet().stream()
        .map(
            each ->
                new Erasure.Offsets(
                    (String) each.getKey().get(0),
                    (Integer) each.getKey().get(1),
                    (Integer) each.getKey().get(2),
                    each.getValue()))
        .toList();
  }

  /** Whether none of the fields that are numbers of a record is one. */
  private static boolean names(String[] parts) {
    return parts.length == 4
        && Arrays.stream(parts)
            .skip(1)
            .noneMatch(part -> part.strip().chars().anyMatch(Character::isDigit));
  }

  private static int whole(String text) {
    long number = number(text);
    if (number > Integer.MAX_VALUE) {
      throw new NumberFormatException();
    }
    return (int) number;
  }

  private static long number(String text) {
    long number = Long.parseLong(text.strip());
    if (number < 0) {
      throw new NumberFormatException();
    }
    return number;
  }

  private static int compare(List<Object> one, List<Object> other) {
    int topics = ((String) one.get(0)).compareTo((String) other.get(0));
    int incarnations = Integer.compare((Integer) one.get(1), (Integer) other.get(1));
    int partitions = Integer.compare((Integer) one.get(2), (Integer) other.get(2));
    return topics != 0 ? topics : incarnations != 0 ? incarnations : partitions;
  }
}
