package dev.tributary.phase2.execute;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.phase2.plan.DdlChange;
import dev.tributary.phase2.plan.Plan;
import dev.tributary.phase2.plan.TableFolders;
import dev.tributary.phase2.table.DeltaTransactions;
import dev.tributary.phase2.table.PlanMark;
import dev.tributary.phase2.table.TableDefinition;
import dev.tributary.phase2.table.TableState;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/** Creates a dataset's table, or adds columns to it, in one metadata commit. */
final class DefineTable {
  private final DatasetSpec spec;
  private final TableFolders folders;
  private final DeltaTransactions transactions;

  DefineTable(DatasetSpec spec, TableFolders folders, DeltaTransactions transactions) {
    this.spec = spec;
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
    Optional<TableState> before = pending.state();
    long version =
        before.map(state -> state.properties().get(property())).map(Long::parseLong).orElse(0L);
    if (version != change.fromVersion()) {
      throw new TributaryException(
          ErrorCode.SCHEMA_REFUSED,
          "The table %s stands under version %d of dataset '%s', and plan %d changes it from version %d. Find out who changed the table."
              .formatted(folders.table(), version, spec.name(), plan.plan(), change.fromVersion()));
    }
    pending.commit(
        definition(before, change.toVersion()),
        Prepared.empty(plan.plan(), plan.id(), Prepared.COMMITTED).json());
  }

  /**
   * Has Delta look at the definition, and commits nothing.
   *
   * @throws TributaryException SCHEMA_REFUSED with Delta's reason
   */
  void examine(PlanMark mark) {
    DeltaTransactions.Pending pending = transactions.begin(folders.table(), mark);
    Set<String> columns = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
    TableLayout.names(spec.columns()).forEach(columns::add);
    for (String column : spec.target().partitionBy()) {
      if (!columns.contains(column)) {
        throw new TributaryException(
            ErrorCode.SCHEMA_REFUSED,
            "The table is partitioned by '%s', which is none of the dataset's columns. Declare the column, or partition by another."
                .formatted(column));
      }
    }
    try {
      pending.examine(definition(pending.state(), 0));
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

  private TableDefinition definition(Optional<TableState> before, long version) {
    Map<String, String> properties = new TreeMap<>(spec.target().properties());
    properties.put(property(), Long.toString(version));
    return new TableDefinition(
        merged(before.map(TableState::schema).orElseGet(StructType::new)),
        spec.target().partitionBy(),
        properties);
  }

  private String property() {
    return "tributary.dataset.%s.version".formatted(spec.name());
  }

  private StructType merged(StructType before) {
    StructType merged = before;
    Set<String> known = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
    known.addAll(java.util.Arrays.asList(before.fieldNames()));
    for (StructField field : TableLayout.schema(spec).fields()) {
      if (known.add(field.name())) {
        merged = merged.add(field);
      }
    }
    return merged;
  }
}
