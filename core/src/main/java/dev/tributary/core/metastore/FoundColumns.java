package dev.tributary.core.metastore;

import dev.tributary.core.metastore.DdlOperation.AddColumn;
import dev.tributary.core.metastore.DdlOperation.WidenColumn;
import dev.tributary.core.spec.ChangeKind;
import dev.tributary.core.spec.ColumnSpec;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.PartitionColumn;
import dev.tributary.core.spec.SpecState;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Which changes of its columns a dataset's driver may ask for by itself, because the dataset's
 * unknown fields evolve. Everything else is a person's to change.
 */
public final class FoundColumns {
  /** With more columns than this a dataset gets no further ones by itself. */
  public static final int MOST = 1_000;

  private static final String BY_DDL = "Change columns otherwise by POST /ddl.";

  private FoundColumns() {}

  /**
   * Why a driver may not ask for a change.
   *
   * @param pointer what it is about, as a JSON pointer into the operation
   * @param problem what cannot be, and why
   * @param remedy what can be done instead
   */
  public record Refusal(String pointer, String problem, String remedy) {}

  /** Why a driver may ask for no change at all; empty: nothing forbids it. */
  public static Optional<Refusal> refusal(DatasetSpec dataset) {
    if (!dataset.unknownFields().evolves()) {
      return refused(
          "",
          "The unknown fields of dataset %s do not evolve: its unknownFields is %s."
              .formatted(dataset.name(), dataset.unknownFields().policy().text()),
          BY_DDL);
    }
    if (dataset.state() != SpecState.ACTIVE) {
      return refused(
          "",
          "The dataset %s is not active, so that no driver has found anything."
              .formatted(dataset.name()),
          BY_DDL);
    }
    return Optional.empty();
  }

  /** Why a driver may not ask for this change; empty: nothing of what is looked at forbids it. */
  public static Optional<Refusal> refusal(DatasetSpec dataset, DdlOperation operation) {
    if (operation instanceof AddColumn add) {
      return added(dataset, add.column());
    }
    if (operation instanceof WidenColumn widen) {
      return widened(dataset, widen.name());
    }
    return refused(
        "/op", "Drivers add columns and widen columns, and do nothing else to them.", BY_DDL);
  }

  /** Whether the dataset takes a kind of change. */
  public static boolean allows(DatasetSpec dataset, ChangeKind kind) {
    return dataset.allowedChanges().map(kinds -> kinds.contains(kind)).orElse(true);
  }

  private static Optional<Refusal> added(DatasetSpec dataset, ColumnSpec column) {
    if (!allows(dataset, ChangeKind.ADD_COLUMN)) {
      return notAllowed(dataset, ChangeKind.ADD_COLUMN);
    }
    if (!column.equals(ColumnSpec.of(column.name(), column.type()))) {
      return refused(
          "/column",
          "The column %s has more than a name and a type, or is not nullable."
              .formatted(column.name()),
          BY_DDL);
    }
    if (dataset.columns().size() >= MOST) {
      return refused(
          "/column",
          "The dataset %s has %d columns, and gets no more by itself."
              .formatted(dataset.name(), dataset.columns().size()),
          BY_DDL);
    }
    return Optional.empty();
  }

  private static Optional<Refusal> widened(DatasetSpec dataset, String name) {
    if (!allows(dataset, ChangeKind.WIDEN_COLUMN)) {
      return notAllowed(dataset, ChangeKind.WIDEN_COLUMN);
    }
    boolean tellsRowsApart =
        Stream.of(
                dataset.write().primaryKey().stream(),
                dataset.write().orderBy().stream(),
                dataset.partitions().stream().map(PartitionColumn::column))
            .flatMap(names -> names)
            .anyMatch(name::equalsIgnoreCase);
    return tellsRowsApart
        ? refused(
            "/name",
            "The column %s belongs to the key, the order or the partitioning, which stay as they are."
                .formatted(name),
            BY_DDL)
        : Optional.empty();
  }

  private static Optional<Refusal> notAllowed(DatasetSpec dataset, ChangeKind kind) {
    return refused(
        "/op",
        "The dataset %s does not allow %s.".formatted(dataset.name(), kind.text()),
        "Add it to allowedChanges.");
  }

  private static Optional<Refusal> refused(String pointer, String problem, String remedy) {
    return Optional.of(new Refusal(pointer, problem, remedy));
  }
}
