package dev.tributary.core.spec;

import java.util.List;
import java.util.Optional;

/**
 * Which columns of one version of a dataset are columns of another, whatever they are called there.
 * A column that was dropped and added again under its name is another column.
 */
public final class ColumnLineage {
  private final List<ColumnSpec> before;
  private final List<ColumnSpec> after;

  private ColumnLineage(List<ColumnSpec> before, List<ColumnSpec> after) {
    this.before = before;
    this.after = after;
  }

  /** From one version to a later one, with any number of versions between them. */
  public static ColumnLineage between(DatasetSpec before, DatasetSpec after) {
    return new ColumnLineage(before.columns(), after.columns());
  }

  /** What became of a column of the earlier version; empty: it is gone. */
  public Optional<ColumnSpec> after(ColumnSpec column) {
    return same(after, column);
  }

  /** What a column of the later version was before; empty: it is new. */
  public Optional<ColumnSpec> before(ColumnSpec column) {
    return same(before, column);
  }

  /** The columns of the earlier version that the later one has not. */
  public List<ColumnSpec> gone() {
    return before.stream().filter(column -> after(column).isEmpty()).toList();
  }

  /** Names of the earlier version as they are in the later one; those that are gone stay. */
  public List<String> renamed(List<String> names) {
    return names.stream().map(this::renamed).toList();
  }

  private String renamed(String name) {
    return before.stream()
        .filter(column -> column.name().equalsIgnoreCase(name))
        .findFirst()
        .flatMap(this::after)
        .map(ColumnSpec::name)
        .filter(now -> !now.equalsIgnoreCase(name))
        .orElse(name);
  }

  private static Optional<ColumnSpec> same(List<ColumnSpec> columns, ColumnSpec column) {
    return columns.stream().filter(other -> other.identity().equals(column.identity())).findFirst();
  }
}
