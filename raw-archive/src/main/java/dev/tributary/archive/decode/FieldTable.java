package dev.tributary.archive.decode;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/** Finds a field's number by the bytes of its name. */
final class FieldTable {
  private final byte[][] names;
  private final int[] buckets;

  FieldTable(List<String> fields) {
    names = new byte[fields.size()][];
    buckets = new int[Integer.highestOneBit(Math.max(1, fields.size())) * 8];
    Arrays.fill(buckets, -1);
    for (int field = 0; field < names.length; field++) {
      names[field] = fields.get(field).getBytes(StandardCharsets.UTF_8);
      int bucket = bucket(names[field], 0, names[field].length);
      while (buckets[bucket] >= 0) {
        bucket = bucket + 1 & buckets.length - 1;
      }
      buckets[bucket] = field;
    }
  }

  int size() {
    return names.length;
  }

  /** The number of the field whose name the cursor has just read; -1 for none. */
  int find(JsonCursor cursor) {
    if (!cursor.escaped()) {
      return find(cursor.bytes(), cursor.textStart(), cursor.textEnd());
    }
    byte[] name = new byte[cursor.textEnd() - cursor.textStart()];
    int length = JsonText.unescape(cursor.bytes(), cursor.textStart(), cursor.textEnd(), name);
    return length < 0 ? -1 : find(name, 0, length);
  }

  /** The field's number; -1 for none. */
  int find(byte[] bytes, int start, int end) {
    int bucket = bucket(bytes, start, end);
    while (true) {
      int field = buckets[bucket];
      if (field < 0 || Arrays.equals(names[field], 0, names[field].length, bytes, start, end)) {
        return field;
      }
      bucket = bucket + 1 & buckets.length - 1;
    }
  }

  private int bucket(byte[] bytes, int start, int end) {
    int length = end - start;
    if (length == 0) {
      return 0;
    }
    int hash = 31 * length + bytes[start];
    hash = 31 * hash + bytes[start + length / 2];
    hash = 31 * hash + bytes[end - 1];
    hash *= 0x9e3779b9;
    return (hash ^ hash >>> 16) & buckets.length - 1;
  }
}
