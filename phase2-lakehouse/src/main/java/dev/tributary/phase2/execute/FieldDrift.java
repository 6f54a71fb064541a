package dev.tributary.phase2.execute;

import dev.tributary.archive.decode.DriftScan.Misfit;
import dev.tributary.core.infer.FieldPath;
import dev.tributary.core.infer.ValueTypes;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * What of some records could become columns, or wider ones.
 *
 * @param unknown top-level fields that no column reads, of the records that fit the columns
 * @param unfit by column: what of the records does not fit that it is the first not to take
 */
public record FieldDrift(Map<String, ValueTypes> unknown, Map<String, Unfit> unfit) {
  /** More fields than these are not kept: names that are values would be without an end. */
  public static final int MOST_FIELDS = 1_000;

  /** Nothing. */
  public static final FieldDrift NONE = new FieldDrift(Map.of(), Map.of());

  /** Copies the maps. */
  public FieldDrift {
    unknown = Collections.unmodifiableMap(new TreeMap<>(unknown));
    unfit = Collections.unmodifiableMap(new TreeMap<>(unfit));
  }

  /**
   * What a column does not take.
   *
   * @param values which values
   * @param unknown the top-level fields of their records that no column reads
   */
  public record Unfit(ValueTypes values, Map<String, ValueTypes> unknown) {
    /** Copies the map. */
    public Unfit {
      unknown = Collections.unmodifiableMap(new TreeMap<>(unknown));
    }
  }

  /** The unknown fields of the records that would fit if these columns took their values. */
  public Map<String, ValueTypes> unknown(Set<String> widened) {
    Map<String, ValueTypes> all = new TreeMap<>(unknown);
    unfit.forEach(
        (column, wrong) -> {
          if (widened.contains(column)) {
            wrong.unknown().forEach((field, types) -> add(all, field, types));
          }
        });
    return all;
  }

  FieldDrift plus(FieldDrift other) {
    Map<String, ValueTypes> fields = new TreeMap<>(unknown);
    other.unknown.forEach((field, types) -> add(fields, field, types));
    Map<String, Unfit> columns = new TreeMap<>(unfit);
    other.unfit.forEach((column, wrong) -> columns.merge(column, wrong, FieldDrift::both));
    return new FieldDrift(fields, columns);
  }

  private static Unfit both(Unfit one, Unfit other) {
    Map<String, ValueTypes> fields = new TreeMap<>(one.unknown());
    other.unknown().forEach((field, types) -> add(fields, field, types));
    return new Unfit(one.values().plus(other.values()), fields);
  }

  private static void add(Map<String, ValueTypes> fields, String field, ValueTypes types) {
    if (fields.size() < MOST_FIELDS || fields.containsKey(field)) {
      fields.merge(field, types, ValueTypes::plus);
    }
  }

  /** Collects it of records, one after the other. */
  static final class Collector implements RecordDrift.Visitor {
    private final Map<String, ValueTypes> unknown = new TreeMap<>();
    private final Map<String, Unfitting> unfit = new TreeMap<>();
    private Optional<Misfit> misfit = Optional.empty();

    /** As {@link Unfit}, while it grows. */
    private static final class Unfitting {
      private final Map<String, ValueTypes> unknown = new TreeMap<>();
      private ValueTypes values = ValueTypes.NONE;
    }

    /** The next one begins. */
    void begin() {
      misfit = Optional.empty();
    }

    @Override
    public void misfit(Misfit wrong) {
      misfit = Optional.of(wrong);
      if (!wrong.nested()) {
        Unfitting column = unfit.computeIfAbsent(wrong.column(), name -> new Unfitting());
        column.values = column.values.plus(wrong.types());
      }
    }

    @Override
    public void unknown(FieldPath field, ValueTypes types) {
      if (!field.topLevel() || !field.addressable()) {
        return;
      }
      if (misfit.isEmpty()) {
        add(unknown, field.text(), types);
      } else if (!misfit.get().nested()) {
        add(unfit.get(misfit.get().column()).unknown, field.text(), types);
      }
    }

    FieldDrift collected() {
      Map<String, Unfit> columns = new TreeMap<>();
      unfit.forEach((column, wrong) -> columns.put(column, new Unfit(wrong.values, wrong.unknown)));
      return new FieldDrift(unknown, columns);
    }
  }
}
