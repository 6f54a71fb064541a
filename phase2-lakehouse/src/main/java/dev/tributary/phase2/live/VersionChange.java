package dev.tributary.phase2.live;

import dev.tributary.core.spec.ColumnSpec;
import dev.tributary.core.spec.DatasetSpec;
import java.util.Optional;
import org.apache.spark.sql.types.DataType;

/** Says which changes of a dataset this release can carry out while its table goes on. */
final class VersionChange {
  private VersionChange() {}

  /** Why the change cannot be carried out; empty: it can. */
  static Optional<String> refusal(DatasetSpec before, DatasetSpec after) {
    if (!before.target().path().equals(after.target().path())) {
      return Optional.of("The table's path cannot change. Make a new dataset for the new table.");
    }
    if (!before.target().partitionBy().equals(after.target().partitionBy())) {
      return Optional.of("The partitioning of a table cannot change. Make a new dataset.");
    }
    if (!before.source().equals(after.source())) {
      return Optional.of("The source of a dataset cannot change. Make a new dataset.");
    }
    if (!before.write().equals(after.write())) {
      return Optional.of(
          "Write mode, key, order and deletes of a table that holds rows cannot change in this"
              + " release. Make a new dataset.");
    }
    for (ColumnSpec column : before.columns()) {
      Optional<ColumnSpec> kept =
          after.columns().stream().filter(other -> other.name().equals(column.name())).findFirst();
      if (kept.isEmpty()) {
        return Optional.of(
            "The column '%s' is gone; this release adds columns and drops or renames none."
                .formatted(column.name()));
      }
      if (!sameType(column, kept.get())) {
        return Optional.of(
            "The type of column '%s' changes from %s to %s; this release changes no types."
                .formatted(column.name(), column.type(), kept.get().type()));
      }
    }
    return Optional.empty();
  }

  private static boolean sameType(ColumnSpec before, ColumnSpec after) {
    return before.type().equalsIgnoreCase(after.type())
        || DataType.fromDDL(before.type()).sameType(DataType.fromDDL(after.type()));
  }
}
