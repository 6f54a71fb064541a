package dev.tributary.archive.line;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** Where the headers stand in a line; its ranges are used again for the next line. */
final class HeaderRanges {
  private final List<TextRange> ranges = new ArrayList<>();
  private int count;

  void clear() {
    count = 0;
  }

  int count() {
    return count;
  }

  /** Makes room for one more; its name and value are then to be set. */
  void add() {
    count++;
    while (ranges.size() < 2 * count) {
      ranges.add(new TextRange());
    }
    ranges.get(2 * count - 1).clear();
  }

  TextRange name(int index) {
    return ranges.get(2 * checked(index));
  }

  TextRange value(int index) {
    return ranges.get(2 * checked(index) + 1);
  }

  private int checked(int index) {
    return Objects.checkIndex(index, count);
  }
}
