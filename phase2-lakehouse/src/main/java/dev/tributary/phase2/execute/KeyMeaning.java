package dev.tributary.phase2.execute;

import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.not;
import static org.apache.spark.sql.functions.udf;
import static org.apache.spark.sql.functions.when;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.spec.ColumnSpec;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.phase2.plan.PlanLog;
import dev.tributary.phase2.plan.PlanSource;
import dev.tributary.phase2.step.Coordinates;
import dev.tributary.phase2.step.DatasetSession;
import dev.tributary.phase2.table.DeltaTransactions;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * What one version of the dataset, or several that agree on it, takes for the key.
 *
 * @param inForce whether it is the version in force
 * @param dataset the session in which the version's steps are
 * @param columns of the key with the text of their values; none where Kafka's key is meant
 * @param key as it was given
 */
record KeyMeaning(
    DatasetSpec spec,
    long version,
    boolean inForce,
    DatasetSession dataset,
    PlanLog log,
    Map<ColumnSpec, String> columns,
    String key) {
  /** Why a record is refused for one column's sake. */
  private static final List<String> OF_COLUMNS = List.of("missing-column", "wrong-type");

  /** Why a record without a value is. */
  private static final List<String> OF_TOMBSTONES =
      List.of("tombstone", "tombstone-key", "tombstone-time");

  SparkSession session() {
    return dataset.session();
  }

  /** Whether columns that may have been narrower once can have had such values. */
  boolean possible() {
    return columns.keySet().stream().allMatch(column -> text(column).isPresent());
  }

  /** A value that the column cannot have is a slip, and would find nothing without a word. */
  void requirePossible() {
    columns
        .keySet()
        .forEach(
            column -> {
              if (text(column).isEmpty()) {
                throw new TributaryException(
                    ErrorCode.SETTING_INVALID,
                    "The key that was given is no %s, which the column %s of dataset '%s' is, or none that stays as it is there. Write it as the table has it."
                        .formatted(column.type(), column.name(), spec.name()));
              }
            });
  }

  /** The value as Spark writes such values; empty: the column cannot have it. */
  private Optional<String> text(ColumnSpec column) {
    Dataset<Row> given =
        session()
            .createDataFrame(
                List.of(RowFactory.create(columns.get(column))),
                new StructType().add("given", DataTypes.StringType));
    Column value = Names.column("given").try_cast(TableLayout.type(column));
    return Optional.ofNullable(given.select(value.cast("string")).head().getString(0))
        .filter(text -> KeyText.keeps(TableLayout.type(column), columns.get(column), text));
  }

  private Column matches(Column value, ColumnSpec column) {
    return is(value.try_cast(TableLayout.type(column)), text(column).orElseThrow());
  }

  /**
   * A function and no literal, which Spark would write into its event log, its UI and the messages
   * of its errors.
   */
  private static Column is(Column value, String text) {
    return udf((UDF1<String, Boolean>) text::equals, DataTypes.BooleanType)
        .apply(value.cast("string"));
  }

  /**
   * True for rows of the quarantine whose record was asked for its key all the same: the archive
   * has it, or the row says enough of it.
   */
  Column decides(PlanSource whole) {
    Column archived =
        whole.ranges().stream()
            .map(
                range ->
                    Names.column(Coordinates.TOPIC)
                        .equalTo(range.topic())
                        .and(Names.column(Coordinates.SEQUENCE).geq(range.from())))
            .reduce(Column::or)
            .orElse(lit(false));
    Column cut = Names.column(ArchiveRows.KEY);
    if (columns.isEmpty()) {
      String shown = BadRecord.cutKey(key);
      return shown.equals(key) ? lit(true) : archived.or(not(is(cut, shown)));
    }
    Column read = Names.column("_step").isin(ArchiveRows.CONFORM, Expectations.STEP);
    if (dataset.steps().rows().isEmpty()) {
      read = read.or(Names.column("_code").isin(OF_COLUMNS.toArray()));
    }
    Column told = archived.or(ofCutKey(cut).isNotNull());
    return when(ofTombstone(), told).otherwise(archived.and(read));
  }

  private static Column ofTombstone() {
    return Names.column("_code").isin(OF_TOMBSTONES.toArray());
  }

  /** As below, of the key in a row of the quarantine, which may be the beginning of one. */
  private Column ofCutKey(Column shown) {
    Column isCut =
        udf((UDF1<String, Boolean>) BadRecord::isCut, DataTypes.BooleanType).apply(shown);
    return when(not(isCut), ofKafka(shown));
  }

  /**
   * Whether the Kafka key of a record without a value is the key; null where it does not tell. It
   * is the key itself, as a dataset takes it that deletes by it, or JSON with the columns.
   */
  Column ofKafka(Column kafkaKey) {
    Column fields = lit(true);
    for (ColumnSpec column : columns.keySet()) {
      List<String> names = Stream.concat(column.path().stream(), Stream.of(column.name())).toList();
      Column field =
          udf((UDF1<String, String>) text -> KafkaKey.field(text, names), DataTypes.StringType)
              .apply(kafkaKey);
      fields = fields.and(known(field, column));
    }
    Column object =
        udf((UDF1<String, Boolean>) KafkaKey::isObject, DataTypes.BooleanType).apply(kafkaKey);
    Column plain = lit(null).cast(DataTypes.BooleanType);
    Column same = lit(false);
    if (columns.size() == 1 && spec.write().mode().keyed()) {
      ColumnSpec column = columns.keySet().iterator().next();
      same = matches(kafkaKey, column);
      if (Tombstones.of(spec) == Tombstones.DELETE) {
        plain = known(kafkaKey, column);
      }
    }
    return when(kafkaKey.isNull(), lit(false))
        .when(same, lit(true))
        .when(object, fields)
        .otherwise(plain);
  }

  /** Whether a text is the value of a column; null where it is none. */
  private Column known(Column text, ColumnSpec column) {
    return when(text.try_cast(TableLayout.type(column)).isNotNull(), matches(text, column));
  }

  private Column matches(Dataset<Row> rows) {
    Column matches = lit(true);
    for (ColumnSpec column : columns.keySet()) {
      Optional<String> there =
          List.of(rows.columns()).stream().filter(column.name()::equalsIgnoreCase).findFirst();
      matches =
          matches.and(there.map(name -> matches(Names.column(name), column)).orElse(lit(false)));
    }
    return matches;
  }

  Optional<Dataset<Row>> archived(ArchiveReader reader, PlanSource source) {
    Dataset<Row> keys = reader.undecoded(session(), source);
    Column ofKey = Names.column(ArchiveRows.KEY);
    if (columns.isEmpty()) {
      return Optional.of(coordinates(keys.filter(is(ofKey, key))));
    }
    Dataset<Row> tombstones = keys.filter(Names.column("_tombstone").and(ofKafka(ofKey)));
    return Optional.of(valued(reader, source, true).union(coordinates(tombstones)).distinct());
  }

  /** Also what filters leave out; the steps behind them may not be made for it. */
  Optional<Dataset<Row>> unfiltered(ArchiveReader reader, PlanSource source) {
    boolean filters = dataset.steps().mayFilter() || spec.combines();
    return columns.isEmpty() || !filters
        ? Optional.empty()
        : Optional.of(valued(reader, source, false).distinct());
  }

  private Dataset<Row> valued(ArchiveReader reader, PlanSource source, boolean filtering) {
    Diversion diversion = new Diversion();
    session().sparkContext().register(diversion);
    Dataset<Row> all =
        new ArchiveRows(dataset, spec, reader)
            .valued(source, List.copyOf(columns.keySet()), thrown(), filtering, diversion);
    return coordinates(all.filter(matches(all)));
  }

  /**
   * A step that throws on a record would end the search. What a replay has resolved passes by now,
   * if not by an earlier version's steps.
   */
  private List<RecordId> thrown() {
    Dataset<Row> all = new Quarantine(session(), log.folders().quarantine()).all();
    return (inForce ? Quarantine.unresolved(all) : all)
            .filter(Names.column("_code").equalTo("transform-failed"))
            .select(ArchiveRows.columns(Coordinates.RECORD, List.of()))
            .distinct()
            .collectAsList()
            .stream()
            .map(BadRecord::id)
            .toList();
  }

  /** Rows of the table, its tombstones or its late table that have the key. */
  Optional<Dataset<Row>> held(Path table, DatasetSpec now) {
    if (columns.isEmpty() || !new DeltaTransactions(session()).exists(table)) {
      return Optional.empty();
    }
    Dataset<Row> rows = session().read().format("delta").load(table.toString());
    if (!table.equals(log.folders().tombstones())) {
      rows = TableLayout.fromTable(now, rows);
    }
    return Optional.of(coordinates(rows.filter(matches(rows))));
  }

  /** Records in quarantine by Kafka's key, where that is meant or all that there is. */
  Optional<Dataset<Row>> setAside(String name) {
    Dataset<Row> rows =
        new Quarantine(session(), log.folders().quarantine())
            .all()
            .filter(Quarantine.ofDataset(name));
    Column shown = Names.column(ArchiveRows.KEY);
    if (!columns.isEmpty()) {
      return Optional.of(coordinates(rows.filter(ofTombstone().and(ofCutKey(shown)))));
    }
    return BadRecord.cutKey(key).equals(key)
        ? Optional.of(coordinates(rows.filter(is(shown, key))))
        : Optional.empty();
  }

  private static Dataset<Row> coordinates(Dataset<Row> rows) {
    return rows.select(
        ArchiveRows.columns(Coordinates.RECORD, List.of(Names.column(Coordinates.SEQUENCE))));
  }
}
