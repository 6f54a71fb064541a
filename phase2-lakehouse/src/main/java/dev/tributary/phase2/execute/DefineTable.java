package dev.tributary.phase2.execute;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.spec.ColumnLineage;
import dev.tributary.core.spec.ColumnSpec;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.MergeStrategy;
import dev.tributary.core.spec.PartitionColumn;
import dev.tributary.core.spec.WriteMode;
import dev.tributary.phase2.plan.DdlChange;
import dev.tributary.phase2.plan.Plan;
import dev.tributary.phase2.plan.TableFolders;
import dev.tributary.phase2.table.DeltaTransactions;
import dev.tributary.phase2.table.PlanMark;
import dev.tributary.phase2.table.TableColumn;
import dev.tributary.phase2.table.TableDefinition;
import dev.tributary.phase2.table.TableState;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/** Creates a dataset's table, or makes it what another version says, in one metadata commit. */
final class DefineTable {
  private final Optional<DatasetSpec> before;
  private final DatasetSpec spec;
  private final SharedTable shared;
  private final TableFolders folders;
  private final DeltaTransactions transactions;

  /**
   * A change of the table.
   *
   * @param before the version that it is defined by; empty: none of this dataset
   * @param shared what else writes into it
   */
  DefineTable(
      Optional<DatasetSpec> before,
      DatasetSpec spec,
      SharedTable shared,
      TableFolders folders,
      DeltaTransactions transactions) {
    this.before = before;
    this.spec = spec;
    this.shared = shared;
    this.folders = folders;
    this.transactions = transactions;
  }

  /** Commits the definition, unless another run has done so. */
  void run(Plan plan, PlanMark mark) {
    DdlChange change = plan.ddl().orElseThrow();
    DeltaTransactions.Pending pending = transactions.begin(folders.table(), mark);
    if (pending.borne()) {
      return;
    }
    Optional<TableState> table = pending.state();
    long version =
        table.map(state -> state.properties().get(property())).map(Long::parseLong).orElse(0L);
    if (version != change.fromVersion()) {
      throw new TributaryException(
          ErrorCode.SCHEMA_REFUSED,
          "The table %s stands under version %d of dataset '%s', and plan %d changes it from version %d. Find out who changed the table."
              .formatted(folders.table(), version, spec.name(), plan.plan(), change.fromVersion()));
    }
    pending.commit(
        definition(table, change.toVersion()),
        Prepared.empty(plan.plan(), plan.id(), Prepared.COMMITTED).json());
  }

  /**
   * Has Delta look at the definition, and commits nothing.
   *
   * @throws TributaryException SCHEMA_REFUSED with Delta's reason
   */
  void examine(PlanMark mark) {
    DeltaTransactions.Pending pending = transactions.begin(folders.table(), mark);
    try {
      requireShareable();
      pending.examine(definition(pending.state(), 0));
    } catch (TributaryException e) {
      throw e;
    } catch (Exception e) {
      // Delta's analysis errors are checked, which its signatures do not say.
      throw refused(e);
    }
  }

  private TributaryException refused(Exception cause) {
    for (Throwable each = cause; each != null; each = each.getCause()) {
      if (each instanceof IOException) {
        return new TributaryException(
            ErrorCode.TABLE_UNAVAILABLE,
            "The table %s cannot be read now: %s.".formatted(folders.table(), each.getMessage()),
            cause);
      }
    }
    return new TributaryException(
        ErrorCode.SCHEMA_REFUSED,
        "Delta refuses the table of dataset '%s': %s. Correct its columns or its table properties."
            .formatted(spec.name(), cause.getMessage()),
        cause);
  }

  private TableDefinition definition(Optional<TableState> table, long version) {
    table.map(TableState::schema).ifPresent(this::requireSameKind);
    Map<String, String> properties = properties(spec);
    properties.put(property(), Long.toString(version));
    if (table.isEmpty() && !TableLayout.derived(spec).isEmpty()) {
      properties.put(TableLayout.DERIVED, "derived");
    }
    Set<String> unset =
        new HashSet<>(before.map(earlier -> properties(earlier).keySet()).orElse(Set.of()));
    unset.removeAll(properties.keySet());
    return new TableDefinition(
        columns(table.map(TableState::schema).orElseGet(StructType::new)),
        spec.partitions().stream().map(PartitionColumn::name).toList(),
        properties,
        unset,
        spec.target().clusterBy());
  }

  /** Versions of a key, and rows that are none, are not told apart in one table. */
  private void requireSameKind(StructType there) {
    boolean versions = Arrays.stream(there.fields()).anyMatch(TableLayout::holdsVersions);
    if (versions != (spec.write().mode() == WriteMode.HISTORY)) {
      throw new TributaryException(
          ErrorCode.SCHEMA_REFUSED,
          "The table %s %s a history, and the dataset '%s' %s. Give the dataset a table of its own."
              .formatted(
                  folders.table(),
                  versions ? "is" : "exists and is not",
                  spec.name(),
                  versions ? "writes none" : "writes one"));
    }
  }

  /** Not when a plan is done, which may be again, long after both have come to share it. */
  private void requireShareable() {
    shared
        .refusal(before, spec)
        .ifPresent(
            reason -> {
              throw new TributaryException(ErrorCode.SCHEMA_REFUSED, reason);
            });
  }

  /** What a version says of the table's properties. */
  static Map<String, String> properties(DatasetSpec dataset) {
    Map<String, String> properties = new TreeMap<>(dataset.target().properties());
    dataset
        .target()
        .mergeStrategy()
        .ifPresent(
            strategy ->
                properties.put(
                    "delta.enableDeletionVectors",
                    Boolean.toString(strategy == MergeStrategy.MERGE_ON_READ)));
    return properties;
  }

  private String property() {
    return TableLayout.versionProperty(spec.name());
  }

  /** The table's columns in their order, as far as they stay, and then what is new. */
  private List<TableColumn> columns(StructType table) {
    StructType wanted = TableLayout.tableSchema(spec);
    List<TableColumn> columns = new ArrayList<>();
    Set<String> there = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
    for (StructField field : table.fields()) {
      next(field)
          .ifPresent(
              name -> {
                there.add(name);
                columns.add(new TableColumn(next(field, name, wanted), Optional.of(field.name())));
              });
    }
    for (StructField field : wanted.fields()) {
      if (there.add(field.name())) {
        columns.add(new TableColumn(field, Optional.empty()));
      }
    }
    return columns;
  }

  /** What a column of the table is called from now on; empty: it is dropped. */
  private Optional<String> next(StructField field) {
    Optional<ColumnSpec> declared = before.flatMap(earlier -> column(earlier, field.name()));
    if (declared.isEmpty()) {
      // The platform's own, or another dataset's.
      return Optional.of(field.name());
    }
    return ColumnLineage.between(before.get(), spec).after(declared.get()).map(ColumnSpec::name);
  }

  private StructField next(StructField field, String name, StructType wanted) {
    if (TableLayout.rescued(spec).filter(name::equalsIgnoreCase).isPresent()) {
      return rescued(field);
    }
    if (TableLayout.followsOrder(spec, name)) {
      return wanted.apply(name);
    }
    if (column(spec, name).isEmpty()) {
      return field;
    }
    StructField declared = wanted.apply(name);
    boolean own = before.flatMap(earlier -> column(earlier, field.name())).isPresent();
    if (!own && TableLayout.holdsRescued(field)) {
      throw new TributaryException(
          ErrorCode.SCHEMA_REFUSED,
          "The table has a column %s already, in which unknown fields were rescued. Give the column another name, and its JSON field as path."
              .formatted(name));
    }
    if (!own && !field.dataType().sameType(declared.dataType())) {
      throw new TributaryException(
          ErrorCode.SCHEMA_REFUSED,
          "The table has a column %s already, of type %s and not %s. Give the column the table's type, or another name."
              .formatted(name, field.dataType().sql(), declared.dataType().sql()));
    }
    return own ? declared : new StructField(name, field.dataType(), true, field.metadata());
  }

  /** A column of rescued fields that is there from an earlier version, or another dataset's. */
  private static StructField rescued(StructField field) {
    if (!TableLayout.holdsRescued(field)) {
      throw new TributaryException(
          ErrorCode.SCHEMA_REFUSED,
          "The table has a column %s already, which holds something else than rescued fields. Give unknownFields another column."
              .formatted(field.name()));
    }
    return field;
  }

  private static Optional<ColumnSpec> column(DatasetSpec dataset, String name) {
    return dataset.columns().stream()
        .filter(column -> column.name().equalsIgnoreCase(name))
        .findFirst();
  }
}
