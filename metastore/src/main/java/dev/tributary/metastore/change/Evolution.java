package dev.tributary.metastore.change;

import static dev.tributary.metastore.change.Documents.refused;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.metastore.DdlOperation;
import dev.tributary.core.metastore.FoundColumns;
import dev.tributary.core.spec.ColumnSpec;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.metastore.change.DatasetRules.TableState;
import dev.tributary.metastore.store.StoredDataset;
import dev.tributary.metastore.store.VersionState;
import java.util.List;
import java.util.Optional;

/** Changes of a dataset's columns that its driver asks for, since its unknown fields evolve. */
final class Evolution {
  private final StoredDataset current;
  private final DatasetSpec before;

  /** After the version that should be in force. */
  Evolution(StoredDataset current) {
    this.current = current;
    this.before = Datasets.spec(current);
  }

  /** Drivers ask again when an answer is lost, and two may have found the same. */
  void requireVersion(long version) {
    if (current.version() != version) {
      throw TributaryException.of(
              ErrorCode.VERSION_CONFLICT,
              "The columns were found under version %d of the dataset %s, and the current one is %d."
                  .formatted(version, current.name(), current.version()),
              "Read the current one, and look at the records again.")
          .at("/version");
    }
  }

  /** The dataset after the operations. */
  DatasetSpec after(List<DdlOperation> operations) {
    FoundColumns.refusal(before).ifPresent(refusal -> refuse("", refusal));
    for (int i = 0; i < operations.size(); i++) {
      String pointer = "/operations/" + i;
      FoundColumns.refusal(before, operations.get(i))
          .ifPresent(refusal -> refuse(pointer, refusal));
    }
    DatasetSpec next = Ddl.apply(before, TableState.EXISTS, operations, current.latest() + 1);
    if (next.columns().size() > FoundColumns.MOST) {
      throw refused(
          "/operations",
          "The dataset %s would have %d columns, and gets no more than %d by itself."
              .formatted(before.name(), next.columns().size(), FoundColumns.MOST),
          "Add columns by POST /ddl.");
    }
    return next;
  }

  private static void refuse(String pointer, FoundColumns.Refusal refusal) {
    throw refused(pointer + refusal.pointer(), refusal.problem(), refusal.remedy());
  }

  /**
   * Refuses what was rejected before: a driver that begins anew does not know that, and would ask
   * for it with every start.
   *
   * @param later the versions after the current one, none of which came into force
   */
  void requireNotRejected(DatasetSpec next, List<StoredDataset> later) {
    for (StoredDataset version : later) {
      if (version.state() == VersionState.REJECTED
          && version.base() == current.version()
          && columns(Datasets.spec(version)).equals(columns(next))) {
        throw refused(
            "/operations",
            "Version %d of the dataset %s had these columns and was rejected: %s"
                .formatted(version.version(), current.name(), reason(version)),
            "Remove what was in the way and change the columns by POST /ddl.");
      }
    }
  }

  private static String reason(StoredDataset version) {
    return version
        .activation()
        .map(activation -> Documents.tree(activation).path("reason").asText())
        .orElse("its driver did not say why.");
  }

  /** Columns that are added get an identity with each version anew. */
  private static List<ColumnSpec> columns(DatasetSpec dataset) {
    return dataset.columns().stream().map(column -> column.withId(Optional.empty())).toList();
  }
}
