package dev.tributary.core.infer;

import java.util.ArrayList;
import java.util.List;

/**
 * Where a field stands in messages.
 *
 * @param names the fields on the way to it and its own, each followed by {@code []} where it leads
 *     through an array; {@code *} stands for a key of a map, which is a value and no name
 * @param addressable whether a column's path can lead there: through objects alone
 */
public record FieldPath(List<String> names, boolean addressable) {
  /** The message itself. */
  public static final FieldPath ROOT = new FieldPath(List.of(), true);

  private static final String ELEMENTS = "[]";
  private static final String ANY = "*";

  /** Copies the names. */
  public FieldPath {
    names = List.copyOf(names);
  }

  /** A field of the object here. */
  public FieldPath member(String name) {
    return new FieldPath(with(name), addressable && !name.isEmpty() && name.indexOf('.') < 0);
  }

  /** The value of any key of the map here. */
  public FieldPath anyKey() {
    return new FieldPath(with(ANY), false);
  }

  /** An element of the array here. */
  public FieldPath element() {
    List<String> inside = new ArrayList<>(names);
    int last = inside.size() - 1;
    inside.set(last, inside.get(last) + ELEMENTS);
    return new FieldPath(inside, false);
  }

  private List<String> with(String name) {
    List<String> longer = new ArrayList<>(names);
    longer.add(name);
    return longer;
  }

  /** Whether it is a field of the message itself. */
  public boolean topLevel() {
    return names.size() == 1;
  }

  /** For people, and as a column's path where it is addressable: the names joined by dots. */
  public String text() {
    return String.join(".", names);
  }
}
