package dev.tributary.phase2.live;

import dev.tributary.core.spec.ColumnLineage;
import dev.tributary.core.spec.ColumnSpec;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.TableChange;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.types.DataType;

/**
 * Says which changes of a dataset can be carried out while its table goes on. What depends on the
 * rows, or on what Delta can do, is looked at afterwards.
 */
final class VersionChange {
  private final DatasetSpec before;
  private final DatasetSpec after;
  private final ColumnLineage lineage;
  private final List<DatasetSpec> others;

  /**
   * A change from one version to a later one.
   *
   * @param others what else writes into the table
   */
  VersionChange(DatasetSpec before, DatasetSpec after, List<DatasetSpec> others) {
    this.before = before;
    this.after = after;
    this.lineage = ColumnLineage.between(before, after);
    this.others = List.copyOf(others);
  }

  /** Why the change cannot be carried out; empty: nothing of what is looked at here forbids it. */
  Optional<String> refusal() {
    return TableChange.refusal(before, after)
        .map(refusal -> refusal.problem() + " " + refusal.remedy())
        .or(this::columns);
  }

  private Optional<String> columns() {
    for (ColumnSpec column : before.columns()) {
      Optional<ColumnSpec> next = lineage.after(column);
      boolean stays =
          next.filter(kept -> kept.name().equals(column.name()) && sameType(column, kept))
              .isPresent();
      if (stays) {
        continue;
      }
      for (DatasetSpec other : others) {
        if (other.columns().stream().anyMatch(c -> c.name().equalsIgnoreCase(column.name()))) {
          return Optional.of(
              "The dataset '%s' writes the column '%s' of this table too, so that it cannot be dropped, renamed or widened for one of them. Let them write into tables of their own."
                  .formatted(other.name(), column.name()));
        }
      }
    }
    return Optional.empty();
  }

  private static boolean sameType(ColumnSpec before, ColumnSpec after) {
    return before.type().equalsIgnoreCase(after.type())
        || DataType.fromDDL(before.type()).sameType(DataType.fromDDL(after.type()));
  }
}
