package dev.tributary.archive.decode;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/** What the columns read of a JSON value, at any depth. */
final class KnownFields {
  /** Nothing of it: the field is unknown. */
  static final KnownFields NONE = new KnownFields(List.of(), List.of());

  /** All of it. */
  static final KnownFields WHOLE = new KnownFields(List.of(), List.of());

  private final FieldTable names;
  private final KnownFields[] members;
  private KnownFields others = NONE;
  private KnownFields elements = NONE;
  private boolean object;

  private KnownFields(List<String> names, List<KnownFields> members) {
    this.names = new FieldTable(names);
    this.members = members.toArray(KnownFields[]::new);
  }

  /** What is read of the member of an object whose name the cursor has just read. */
  KnownFields member(JsonCursor cursor) {
    int member = names.find(cursor);
    return member < 0 ? others : members[member];
  }

  /** Whether the name that the cursor has just read is the key of a map, and no field's name. */
  boolean isKey(JsonCursor cursor) {
    return others != NONE && names.find(cursor) < 0;
  }

  /** Whether something is read of an object. */
  boolean ofObject() {
    return object;
  }

  /** What is read of each element of an array. */
  KnownFields elements() {
    return elements;
  }

  /** Collects what is read of a value. */
  static final class Builder {
    private final Map<String, Builder> members = new LinkedHashMap<>();
    private final List<DataType> values = new ArrayList<>();
    private final List<DataType> elements = new ArrayList<>();
    private boolean object;
    private boolean whole;

    /** A column of this type is read at the end of a path of names. */
    Builder add(List<String> path, DataType type) {
      Builder at = this;
      for (String name : path) {
        at = at.member(name);
      }
      at.add(type);
      return this;
    }

    private Builder member(String name) {
      object = true;
      return members.computeIfAbsent(name, absent -> new Builder());
    }

    private void add(DataType type) {
      if (type instanceof StructType struct) {
        object = true;
        for (StructField field : struct.fields()) {
          member(field.name()).add(field.dataType());
        }
      } else if (type instanceof ArrayType array) {
        elements.add(array.elementType());
      } else if (type instanceof MapType map) {
        object = true;
        values.add(map.valueType());
      } else {
        whole = true;
      }
    }

    KnownFields build() {
      KnownFields others = all(values);
      KnownFields ofElements = all(elements);
      if (whole || others == WHOLE || ofElements == WHOLE) {
        return WHOLE;
      }
      // A map takes the members too that a struct or a path names.
      members.values().forEach(member -> values.forEach(member::add));
      KnownFields known =
          new KnownFields(
              List.copyOf(members.keySet()),
              members.values().stream().map(Builder::build).toList());
      known.others = others;
      known.elements = ofElements;
      known.object = object;
      return known;
    }

    private static KnownFields all(List<DataType> types) {
      if (types.isEmpty()) {
        return NONE;
      }
      Builder together = new Builder();
      types.forEach(together::add);
      return together.build();
    }
  }
}
