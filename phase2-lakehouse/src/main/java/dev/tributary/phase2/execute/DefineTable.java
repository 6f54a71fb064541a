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
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/** Creates a dataset's table, or adds columns to it, in one metadata commit. */
final class DefineTable {
  private final Plan plan;
  private final DatasetSpec spec;
  private final TableFolders folders;
  private final PlanMark mark;
  private final DeltaTransactions transactions;

  DefineTable(
      Plan plan,
      DatasetSpec spec,
      TableFolders folders,
      PlanMark mark,
      DeltaTransactions transactions) {
    this.plan = plan;
    this.spec = spec;
    this.folders = folders;
    this.mark = mark;
    this.transactions = transactions;
  }

  /** Commits the definition, unless another run has done so. */
  void run() {
    DdlChange change = plan.ddl().orElseThrow();
    DeltaTransactions.Pending pending = transactions.begin(folders.table(), mark);
    Optional<TableState> before = transactions.state(folders.table());
    String property = "tributary.dataset.%s.version".formatted(spec.name());
    long version =
        before.map(state -> state.properties().get(property)).map(Long::parseLong).orElse(0L);
    if (!pending.borne() && version != change.fromVersion()) {
      throw new TributaryException(
          ErrorCode.SCHEMA_REFUSED,
          "The table %s stands under version %d of dataset '%s', and plan %d changes it from version %d. Find out who changed the table."
              .formatted(folders.table(), version, spec.name(), plan.plan(), change.fromVersion()));
    }
    Map<String, String> properties = new TreeMap<>(spec.target().properties());
    properties.put(property, Long.toString(change.toVersion()));
    pending.commit(
        new TableDefinition(
            merged(before.map(TableState::schema).orElseGet(StructType::new)),
            spec.target().partitionBy(),
            properties),
        Prepared.empty(plan.plan(), plan.id(), Prepared.COMMITTED).json());
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
