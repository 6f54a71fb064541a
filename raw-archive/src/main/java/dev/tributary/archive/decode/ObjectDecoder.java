package dev.tributary.archive.decode;

import dev.tributary.archive.decode.JsonCursor.Failure;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Reads the wanted fields of an object, at any depth, into slots. Of fields of the same name the
 * last counts, even where an earlier one did not fit.
 */
final class ObjectDecoder {
  private final Slot[] slots;
  private final Node root;
  private final Failure[] failures;
  private final int[] defaulted;
  private final boolean[] found;
  private int failed;

  /**
   * A value that is wanted, and the names of the fields on the way to it.
   *
   * @param byDefault what it is where the field is absent; null: null
   */
  record Slot(
      String name, List<String> path, Converter converter, boolean nullable, Object byDefault) {}

  /** A field on the way: the slots that want it and those that want something inside of it. */
  private record Node(FieldTable fields, Node[] children, int[] here, int[] below) {}

  ObjectDecoder(List<Slot> slots) {
    this.slots = slots.toArray(Slot[]::new);
    this.failures = new Failure[this.slots.length];
    this.found = new boolean[this.slots.length];
    this.defaulted =
        IntStream.range(0, this.slots.length)
            .filter(slot -> this.slots[slot].byDefault() != null)
            .toArray();
    this.root = node(0, IntStream.range(0, this.slots.length).boxed().toList());
  }

  private Node node(int depth, List<Integer> wanting) {
    Map<String, List<Integer>> byField = new LinkedHashMap<>();
    List<Integer> here = new ArrayList<>();
    List<Integer> below = new ArrayList<>();
    for (Integer slot : wanting) {
      List<String> path = slots[slot].path();
      if (path.size() == depth) {
        here.add(slot);
      } else {
        below.add(slot);
        byField.computeIfAbsent(path.get(depth), name -> new ArrayList<>()).add(slot);
      }
    }
    Stream<Node> children = byField.values().stream().map(inside -> node(depth + 1, inside));
    return new Node(
        new FieldTable(List.copyOf(byField.keySet())),
        children.toArray(Node[]::new),
        here.stream().mapToInt(Integer::intValue).toArray(),
        below.stream().mapToInt(Integer::intValue).toArray());
  }

  int size() {
    return slots.length;
  }

  /**
   * Reads the object at the cursor; false, with the failure in the cursor, where a slot's value
   * does not fit or is missing.
   */
  boolean decode(JsonCursor cursor, Object[] into, int at) {
    Arrays.fill(into, at, at + slots.length, null);
    if (failed > 0) {
      Arrays.fill(failures, null);
      failed = 0;
    }
    int start = cursor.at();
    for (int slot : defaulted) {
      found[slot] = false;
    }
    object(cursor, root, into, at);
    for (int slot : defaulted) {
      if (!found[slot]) {
        into[at + slot] = slots[slot].byDefault();
      }
    }
    for (int slot = 0; slot < slots.length; slot++) {
      if (failed > 0 && failures[slot] != null) {
        cursor.fail(failures[slot].below(slots[slot].name()));
        return false;
      }
      if (into[at + slot] == null && !slots[slot].nullable()) {
        String name = slots[slot].name();
        cursor.fail(new Failure(DecodeError.MISSING_COLUMN, name, "", start, cursor.at()));
        return false;
      }
    }
    return true;
  }

  private void object(JsonCursor cursor, Node node, Object[] into, int at) {
    if (cursor.enterEmpty()) {
      return;
    }
    do {
      cursor.readName();
      int field = node.fields().find(cursor);
      if (field < 0) {
        cursor.skipValue();
      } else {
        value(cursor, node.children()[field], into, at);
      }
    } while (cursor.hasMore());
  }

  private void value(JsonCursor cursor, Node node, Object[] into, int at) {
    int start = cursor.at();
    boolean isNull = cursor.peek() == 'n';
    for (int slot : node.here()) {
      cursor.moveTo(start);
      Object value = null;
      if (isNull) {
        cursor.skipValue();
      } else {
        value = slots[slot].converter().convert(cursor);
      }
      found[slot] = true;
      store(cursor, slot, value, into, at);
    }
    if (node.below().length == 0) {
      return;
    }
    cursor.moveTo(start);
    for (int slot : node.below()) {
      found[slot] = false;
      store(cursor, slot, null, into, at);
    }
    if (cursor.peek() == '{') {
      object(cursor, node, into, at);
    } else if (isNull) {
      cursor.skipValue();
    } else {
      for (int slot : node.below()) {
        found[slot] = true;
        store(cursor, slot, cursor.fail(DecodeError.WRONG_TYPE, "an object", start), into, at);
      }
    }
  }

  private void store(JsonCursor cursor, int slot, Object value, Object[] into, int at) {
    if (value == JsonCursor.FAILED) {
      into[at + slot] = null;
      failures[slot] = cursor.failure();
      failed++;
      return;
    }
    into[at + slot] = value;
    if (failed > 0) {
      failures[slot] = null;
    }
  }
}
