package dev.tributary.phase2.execute;

import static org.apache.spark.sql.functions.lit;

import dev.tributary.phase2.step.Coordinates;
import dev.tributary.phase2.table.DeltaTransactions;
import io.delta.tables.DeltaMergeBuilder;
import io.delta.tables.DeltaTable;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/** The MERGE of a plan, marked with the plan in the same commit. */
final class UpsertMerge {
  private static final String TARGET = "t";
  private static final String SOURCE = "s";

  private final PlanWork work;
  private final KeyedLayout layout;
  private final boolean soft;

  UpsertMerge(PlanWork work, KeyedLayout layout) {
    this.work = work;
    this.layout = layout;
    this.soft = TableLayout.softDeletes(work.spec());
  }

  /**
   * Appends the rows where the table holds none that they could match: what a MERGE would come to,
   * without its joins. The commit conflicts with rows that anyone else adds by then.
   *
   * @param source as for {@link #run}
   * @param prepared the accounts, but for how many rows are appended
   * @return false where the table holds rows, and nothing was done
   */
  boolean appendedToEmpty(Dataset<Row> source, Prepared prepared) {
    if (!work.transactions().knownEmpty(work.folders().table())) {
      return false;
    }
    DeltaTransactions.Pending pending =
        work.transactions().begin(work.folders().table(), work.mark());
    if (pending.borne()) {
      return true;
    }
    if (!pending.empty()) {
      return false;
    }
    Column[] columns =
        Arrays.stream(TableLayout.schema(work.spec()).fieldNames())
            .map(name -> Names.column(SOURCE, name))
            .toArray(Column[]::new);
    Dataset<Row> rows =
        source
            .as(SOURCE)
            .filter(Names.column(SOURCE, Resolution.ACTION).equalTo(Resolution.UPSERT))
            .select(columns);
    long appended = pending.write(TableLayout.toTable(work.spec(), rows));
    pending.commit(prepared.appended(appended).json());
    return true;
  }

  /**
   * Merges, unless the table bears the plan already.
   *
   * @param source key columns, values, coordinates, {@code _deleted} and the action
   * @param range what is known of the keys
   * @param partitions in which the table's rows of these keys are
   */
  void run(Dataset<Row> source, KeyRange range, KeyPartitions partitions, String userMetadata) {
    new MarkedMerge(work).run(userMetadata, () -> merge(source, range, partitions));
  }

  private void merge(Dataset<Row> source, KeyRange range, KeyPartitions partitions) {
    Column condition = lit(true);
    for (String key : layout.keys()) {
      condition = condition.and(Names.column(TARGET, key).equalTo(Names.column(SOURCE, key)));
    }
    condition = range.within(condition, Names.column(TARGET, layout.keys().get(0)));
    condition = partitions.within(condition, name -> Names.column(TARGET, name));
    Column action = Names.column(SOURCE, Resolution.ACTION);
    Column upsert = action.equalTo(Resolution.UPSERT);
    Column newer =
        KeyedLayout.rank(layout.orderIn(SOURCE), layout.position(SOURCE))
            .geq(KeyedLayout.rank(layout.orderIn(TARGET), layout.positionIn(TARGET)));
    DeltaMergeBuilder merge =
        DeltaTable.forPath(work.session(), work.folders().table().toString())
            .as(TARGET)
            .merge(source.as(SOURCE), condition);
    merge =
        soft
            ? merge.whenMatched(action.equalTo(Resolution.MARK)).update(deletion())
            : merge.whenMatched(action.equalTo(Resolution.DELETE)).delete();
    Map<String, Column> row = row();
    merge.whenMatched(upsert.and(newer)).update(row).whenNotMatched(upsert).insert(row).execute();
  }

  private String inTable(String name) {
    return Names.quoted(work.spec().coordinates().inTable(name));
  }

  private Map<String, Column> row() {
    Map<String, Column> row = new LinkedHashMap<>();
    for (List<String> names : List.of(layout.keys(), layout.values(), layout.coordinates())) {
      names.forEach(name -> row.put(inTable(name), Names.column(SOURCE, name)));
    }
    if (soft) {
      row.put(TableLayout.DELETED, Names.column(SOURCE, TableLayout.DELETED));
    }
    foreign().forEach((name, type) -> row.put(Names.quoted(name), lit(null).cast(type)));
    return row;
  }

  /**
   * Columns of rescued fields, and that of the row in its record, which this version does not fill,
   * with their types. What stands there came with an older record of the row, and would be taken
   * for the newer one's.
   */
  private Map<String, DataType> foreign() {
    StructType own = TableLayout.tableSchema(work.spec());
    String number = work.spec().coordinates().inTable(Coordinates.ROW);
    Set<String> filled =
        Arrays.stream(own.fieldNames())
            .map(name -> name.toLowerCase(Locale.ROOT))
            .collect(Collectors.toSet());
    return work.transactions()
        .state(work.folders().table())
        .map(state -> Arrays.stream(state.schema().fields()))
        .orElseGet(Stream::empty)
        .filter(field -> TableLayout.holdsRescued(field) || field.name().equals(number))
        .filter(field -> !filled.contains(field.name().toLowerCase(Locale.ROOT)))
        .collect(Collectors.toMap(StructField::name, StructField::dataType));
  }

  private static Map<String, Column> deletion() {
    // The coordinates stay those of the values, by which later events are compared.
    return Map.of(TableLayout.DELETED, lit(true));
  }

  /** Marks the table where there was nothing to merge. */
  void markOnly(String userMetadata) {
    new MarkedMerge(work).markOnly(userMetadata);
  }
}
