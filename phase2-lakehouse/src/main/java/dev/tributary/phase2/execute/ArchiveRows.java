package dev.tributary.phase2.execute;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.concat;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.not;
import static org.apache.spark.sql.functions.struct;
import static org.apache.spark.sql.functions.udf;
import static org.apache.spark.sql.functions.when;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.spec.ChecksSpec;
import dev.tributary.core.spec.ColumnSpec;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.PartitionColumn;
import dev.tributary.core.spec.UnknownFields;
import dev.tributary.core.spec.UnknownFieldsSpec;
import dev.tributary.core.spec.WriteMode;
import dev.tributary.phase2.plan.PlanSource;
import dev.tributary.phase2.step.Coordinates;
import dev.tributary.phase2.step.DatasetSession;
import dev.tributary.phase2.step.Step;
import dev.tributary.transforms.RowTransform;
import dev.tributary.transforms.StepKind;
import dev.tributary.transforms.TransformContext;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * The rows of a dataset: manifest entries decoded, through the steps, and as the table wants them.
 * Lazy; the records that cannot be used are diverted while the rows are computed.
 */
final class ArchiveRows {
  static final String DECODE = "decode";
  static final String CONFORM = "conform";

  private static final String TOMBSTONE = "_tombstone";
  static final String KEY = "_key";
  private static final String ERROR = TransformContext.ERROR_COLUMN;
  private static final String MESSAGE = TransformContext.ERROR_MESSAGE_COLUMN;

  private final DatasetSession dataset;
  private final DatasetSpec spec;
  private final ArchiveReader reader;

  ArchiveRows(DatasetSession dataset, DatasetSpec spec, ArchiveReader reader) {
    this.dataset = dataset;
    this.spec = spec;
    this.reader = reader;
  }

  /**
   * The good rows: the declared columns, the rescued fields and the coordinates.
   *
   * @param without records that are left out, by their coordinates
   */
  Dataset<Row> good(PlanSource source, List<RecordId> without, Diversion diversion) {
    return good(source, lit(true), without, diversion);
  }

  /**
   * As {@link #good(PlanSource, List, Diversion)}, of the records that a condition on the
   * coordinates lets through.
   */
  Dataset<Row> good(PlanSource source, Column within, List<RecordId> without, Diversion diversion) {
    Dataset<Row> rows = decoded(source, within, diversion);
    rows = Exclusion.leaveOut(dataset.session(), rows, without);
    rows = new SchemaCheck(spec).settled(rows, diversion);
    return checked(
        conformed(stepped(rows, dataset.steps().rows().size(), diversion), diversion), diversion);
  }

  /**
   * The rows that come too late for the table, of records that {@link #good} counted as such. Reads
   * the records once more.
   */
  Dataset<Row> late(PlanSource source, List<RecordId> without, Diversion diversion) {
    Dataset<Row> rows = decoded(source, lit(true), diversion);
    rows = Exclusion.leaveOut(dataset.session(), rows, without);
    rows = new SchemaCheck(spec).settled(rows, diversion);
    rows = conformed(stepped(rows, dataset.steps().rows().size(), diversion), diversion);
    return new Expectations(spec).late(rows).drop(KEY);
  }

  private Dataset<Row> checked(Dataset<Row> conformed, Diversion diversion) {
    return new Expectations(spec).applied(conformed, diversion).drop(KEY);
  }

  /** As {@link #good(PlanSource, Column, List, Diversion)}, before anything is expected of them. */
  Dataset<Row> unchecked(PlanSource source, Column within, Diversion diversion) {
    return conformed(after(dataset.steps().rows().size(), source, within, diversion), diversion)
        .drop(KEY);
  }

  /** The unchecked rows of no record at all, which Spark has analysed as it would a plan's. */
  Dataset<Row> analysed(Diversion diversion) {
    Dataset<Row> rows = reader.nothing(dataset, spec, inputColumns());
    rows = new SchemaCheck(spec).settled(rows, diversion);
    return conformed(stepped(rows, dataset.steps().rows().size(), diversion), diversion).drop(KEY);
  }

  /**
   * The values of some columns in as many records as have any, also in those that the dataset
   * itself would set aside for another column's sake.
   *
   * @param wanted the columns; of a dataset with steps on rows these make them
   * @param without records that are left out, by their coordinates
   * @param filtering whether steps leave records out as ever; else those steps are left out
   */
  Dataset<Row> valued(
      PlanSource source,
      List<ColumnSpec> wanted,
      List<RecordId> without,
      boolean filtering,
      Diversion diversion) {
    List<Step<RowTransform>> steps = dataset.steps().rows();
    InputColumns input =
        steps.isEmpty()
            ? new InputColumns(
                wanted.stream().map(column -> column.withNullable(true)).toList(),
                UnknownFields.IGNORE)
            : inputColumns();
    Dataset<Row> rows =
        reader.decoded(
            dataset,
            spec.withChecks(new ChecksSpec(List.of())),
            dataset.steps().payload().stream()
                .filter(step -> filtering || step.transform().kind() != StepKind.FILTER)
                .toList(),
            source,
            input,
            diversion);
    rows = Exclusion.leaveOut(dataset.session(), rows, without);
    rows =
        rows.filter(not(col(TOMBSTONE)).and(col(ERROR).isNull()))
            .drop(TOMBSTONE, PayloadDecoding.FAILED_STEP);
    for (Step<RowTransform> step : steps) {
      StepKind kind = step.transform().kind();
      if (filtering || (kind != StepKind.FILTER && kind != StepKind.COMBINE)) {
        rows = applied(step, rows).filter(col(ERROR).isNull());
      }
    }
    return rows;
  }

  /** The rows that leave the first steps on rows. */
  Dataset<Row> after(int count, PlanSource source, Column within, Diversion diversion) {
    Dataset<Row> rows = decoded(source, within, diversion);
    return stepped(new SchemaCheck(spec).settled(rows, diversion), count, diversion);
  }

  private Dataset<Row> decoded(PlanSource source, Column within, Diversion diversion) {
    Dataset<Row> rows = reader.decoded(dataset, spec, source, inputColumns(), diversion);
    return new SchemaCheck(spec).counted(rows, diversion).filter(within);
  }

  /** Coordinates and key of the records that a condition on the coordinates lets through. */
  Dataset<Row> identified(PlanSource source, Column within) {
    return reader
        .undecoded(dataset.session(), source)
        .filter(within)
        .select(columns(Coordinates.ALL, List.of(col(KEY))));
  }

  private Dataset<Row> stepped(Dataset<Row> decoded, int count, Diversion diversion) {
    Dataset<Row> rows = decoded;
    rows = rows.filter(not(col(TOMBSTONE)).or(tombstone(diversion)));
    rows = divert(rows, diversion).drop(TOMBSTONE, PayloadDecoding.FAILED_STEP);
    List<Step<RowTransform>> steps = dataset.steps().rows();
    StepCounts counts = new StepCounts(spec, diversion);
    rows = counts.numbered(rows);
    boolean sensitive = dataset.steps().payload().stream().anyMatch(Step::takesSecrets);
    for (int i = 0; i < count; i++) {
      Step<RowTransform> step = steps.get(i);
      Dataset<Row> entering = counts.entering(step, rows);
      Dataset<Row> after = applied(step, entering);
      rows = counts.made(step, entering, after);
      if (sensitive) {
        rows = rows.withColumn(MESSAGE, withheld(step));
      }
      sensitive |= step.takesSecrets();
      if (i >= dataset.steps().firstExplode()) {
        rows = rows.withColumn(MESSAGE, ofRow(col(MESSAGE)));
      }
      rows = divert(rows, step.label(), diversion);
      rows =
          counts.leaving(
              step,
              entering,
              after,
              rows,
              step.transform().kind() == StepKind.FILTER && i < dataset.steps().lastChange()
                  ? StepCounts.Counted.ALWAYS
                  : StepCounts.Counted.IF_IN_DOUBT);
    }
    return rows;
  }

  /** Says which row of its record a message is about. */
  private static Column ofRow(Column message) {
    return when(
        message.isNotNull(),
        concat(lit("Row "), col(Coordinates.ROW), lit(" of the record: "), message));
  }

  /** A step after one that decrypts may quote what nobody but the table's readers may see. */
  private static Column withheld(Step<RowTransform> step) {
    return when(
        col(ERROR).isNotNull(),
        lit(
            "The step %s refuses the record; what it says is withheld, since a step before it takes secrets."
                .formatted(step.label())));
  }

  /** Key, coordinates and nothing else of the records without a value that delete. */
  Dataset<Row> tombstones(PlanSource source, List<RecordId> without) {
    Dataset<Row> rows =
        Exclusion.leaveOut(dataset.session(), reader.undecoded(dataset.session(), source), without);
    List<Column> more = new ArrayList<>();
    more.add(keyColumn().as(spec.write().primaryKey().get(0)));
    if (spec.explodes()) {
      more.add(lit(null).cast(DataTypes.IntegerType).as(Coordinates.ROW));
    }
    return rows.filter(col(TOMBSTONE).and(tombstoneProblem().isNull()))
        .select(columns(Coordinates.ALL, more));
  }

  private InputColumns inputColumns() {
    return InputColumns.of(spec, dataset.steps().rows());
  }

  private Column tombstone(Diversion diversion) {
    return call(
        new DivertTombstone(diversion, Tombstones.of(spec)),
        record(tombstoneProblem(), tombstoneMessage()));
  }

  /** Null for a tombstone that is fine. */
  private Column tombstoneProblem() {
    if (Tombstones.of(spec) != Tombstones.DELETE) {
      return lit("tombstone");
    }
    if (spec.write().primaryKey().size() != 1) {
      return lit("tombstone-key");
    }
    return coalesce(when(keyColumn().isNull(), lit("tombstone-key")), TombstoneTime.problem(spec));
  }

  private Column tombstoneMessage() {
    Column other =
        spec.write().mode() == WriteMode.HISTORY
            ? when(tombstoneProblem().equalTo("tombstone-time"), TombstoneTime.message(spec))
            : lit(null).cast(DataTypes.StringType);
    return coalesce(other, keyMessage());
  }

  private Column keyMessage() {
    return lit(
        Tombstones.of(spec) == Tombstones.DELETE
            ? "A record without a value deletes by its key, which must be the text of the one"
                + " primary key column."
            : "A record without a value deletes, and rows are only appended to this table.");
  }

  private Column keyColumn() {
    String name = spec.write().primaryKey().get(0);
    ColumnSpec declared =
        spec.columns().stream()
            .filter(column -> column.name().equalsIgnoreCase(name))
            .findFirst()
            .orElseThrow();
    return col(KEY).try_cast(TableLayout.type(declared));
  }

  private static Dataset<Row> divert(Dataset<Row> rows, String step, Diversion diversion) {
    return divert(rows, new DivertBad(diversion, step), record(col(ERROR), col(MESSAGE)));
  }

  /** Of what decoding refuses, or a step on bytes before it. */
  private static Dataset<Row> divert(Dataset<Row> rows, Diversion diversion) {
    Column failed =
        Arrays.asList(rows.columns()).contains(PayloadDecoding.FAILED_STEP)
            ? col(PayloadDecoding.FAILED_STEP)
            : lit(null).cast(DataTypes.StringType);
    Column record =
        struct(
            columns(
                Coordinates.ALL,
                List.of(col(KEY), col(ERROR), col(MESSAGE), coalesce(failed, lit(DECODE)))));
    return divert(rows, new DivertUndecoded(diversion), record);
  }

  private static Dataset<Row> divert(
      Dataset<Row> rows, UDF1<Row, Boolean> function, Column record) {
    return rows.filter(col(ERROR).isNull().or(call(function, record)));
  }

  /** What {@link BadRecord#of} reads. */
  private static Column record(Column code, Column message) {
    return struct(columns(Coordinates.ALL, List.of(col(KEY), code, message)));
  }

  /** Not deterministic for Spark: it is called once a row, where it stands. */
  static <T> Column call(UDF1<T, Boolean> function, Column argument) {
    return udf(function, DataTypes.BooleanType).asNondeterministic().apply(argument);
  }

  private Dataset<Row> applied(Step<RowTransform> step, Dataset<Row> rows) {
    Dataset<Row> after;
    try {
      after = step.transform().apply(rows, step.context());
    } catch (Exception e) {
      // Spark's analysis errors are checked, which its signatures do not say.
      throw failed(step, e);
    }
    Set<String> left = Set.of(after.columns());
    for (String column : rows.columns()) {
      if (column.startsWith("_") && !left.contains(column)) {
        throw new TributaryException(
            ErrorCode.TRANSFORM_INVALID,
            "The transform '%s' of dataset '%s' drops the column %s. A step keeps every column whose name begins with an underscore."
                .formatted(step.label(), spec.name(), column));
      }
    }
    return after;
  }

  private TributaryException failed(Step<RowTransform> step, Exception cause) {
    return new TributaryException(
        ErrorCode.TRANSFORM_FAILED,
        "The transform %s of dataset '%s' failed: %s. Correct its options or its JAR."
            .formatted(step.described(), spec.name(), cause.getMessage()),
        cause);
  }

  /** The rows as the table wants them, and the records' keys besides. */
  private Dataset<Row> conformed(Dataset<Row> rows, Diversion diversion) {
    boolean stepped = !dataset.steps().rows().isEmpty();
    StructType schema = rows.schema();
    List<String> present = Arrays.asList(rows.columns());
    List<Column> wanted = new ArrayList<>();
    List<Column> derived = new ArrayList<>();
    Column code = lit(null).cast(DataTypes.StringType);
    Column message = lit(null).cast(DataTypes.StringType);
    boolean checks = false;
    for (ColumnSpec column : spec.columns()) {
      String name =
          present.stream()
              .filter(column.name()::equalsIgnoreCase)
              .findFirst()
              .orElseThrow(() -> missing(column));
      Column value = Names.column(name);
      Column cast = value;
      if (!schema.apply(name).dataType().sameType(TableLayout.type(column))) {
        cast = value.try_cast(TableLayout.type(column));
        Column wrong = value.isNotNull().and(cast.isNull());
        code = coalesce(code, when(wrong, lit("wrong-type")));
        message = coalesce(message, when(wrong, lit(wrongType(column))));
        checks = true;
      }
      boolean key = KeyedLayout.demands(spec, column);
      if (key || (stepped && !column.nullable())) {
        Column lacking =
            key ? none(cast, column) : cast.isNull().and(ChangeEventDemands.demandsValues(spec));
        code = coalesce(code, when(lacking, lit("missing-column")));
        message =
            coalesce(
                message,
                when(lacking, lit("The column %s has no value.".formatted(column.name()))));
        checks = true;
      }
      wanted.add(cast.as(column.name()));
      for (PartitionColumn partition : TableLayout.derived(spec)) {
        if (partition.column().equalsIgnoreCase(column.name())) {
          Column demands = ChangeEventDemands.demandsTime(spec);
          code = coalesce(code, when(demands, PartitionTime.problem(cast)));
          message = coalesce(message, when(demands, PartitionTime.message(column.name(), cast)));
          derived.add(PartitionTime.of(partition, cast).as(partition.name()));
          checks = true;
        }
      }
    }
    wanted.addAll(derived);
    if (checks) {
      rows =
          rows.filter(
              code.isNull()
                  .or(
                      call(
                          new DivertBad(diversion, CONFORM),
                          record(code, spec.explodes() ? ofRow(message) : message))));
    }
    TableLayout.rescued(spec)
        .ifPresent(name -> wanted.add(Names.column(UnknownFieldsSpec.RESCUED).as(name)));
    Coordinates.all(spec).forEach(name -> wanted.add(Names.column(name)));
    wanted.add(col(KEY));
    return rows.select(wanted.toArray(Column[]::new));
  }

  private static String wrongType(ColumnSpec column) {
    return "The value of column %s is no %s.".formatted(column.name(), column.type());
  }

  /**
   * Delta keeps an empty text as null where it says the partition, so that no key is equal to it.
   */
  private Column none(Column value, ColumnSpec column) {
    boolean partitions =
        spec.partitions().stream()
            .filter(partition -> partition.derivation().isEmpty())
            .anyMatch(partition -> partition.column().equalsIgnoreCase(column.name()));
    return partitions && TableLayout.type(column).sameType(DataTypes.StringType)
        ? value.isNull().or(value.equalTo(""))
        : value.isNull();
  }

  private TributaryException missing(ColumnSpec column) {
    return new TributaryException(
        ErrorCode.TRANSFORM_INVALID,
        "The column '%s' of dataset '%s' does not come out of its transforms. Add it there, or drop it from the dataset."
            .formatted(column.name(), spec.name()));
  }

  static Column[] columns(List<String> names, List<Column> more) {
    List<Column> all = new ArrayList<>();
    names.forEach(name -> all.add(Names.column(name)));
    all.addAll(more);
    return all.toArray(Column[]::new);
  }
}
