package dev.tributary.transforms.testing;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.from_json;
import static org.apache.spark.sql.functions.struct;
import static org.apache.spark.sql.functions.to_json;

import dev.tributary.transforms.InputColumn;
import dev.tributary.transforms.RowTransform;
import dev.tributary.transforms.TransformContext;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructType;

/** Runs a step on rows. */
final class RowRun implements TrialRun {
  private static final StructType RECORD =
      StructType.fromDDL(
          "_topic string, _incarnation int, _partition int, _offset bigint, _timestamp timestamp,"
              + " _ingest_time timestamp, _sequence bigint, _key string, _error string,"
              + " _error_message string, _value string");
  private static final Set<String> KNOWN = Set.of(RECORD.fieldNames());
  private static final Instant FIRST = Instant.parse("2026-01-01T00:00:00Z");

  private final SparkSession session;
  private final RowTransform transform;
  private final TrialContext context;
  private final StructType earlier;

  RowRun(SparkSession session, RowTransform transform, TransformTrial trial) {
    this.session = session;
    this.transform = transform;
    this.context = new TrialContext(transform, trial);
    this.earlier =
        trial.earlier().isBlank() ? new StructType() : StructType.fromDDL(trial.earlier());
  }

  @Override
  public TransformContext context() {
    return context;
  }

  @Override
  public List<Outcome> outcomes(List<byte[]> values, int partitions) {
    return asTheyCome(values, partitions).stream()
        .sorted(Comparator.comparingLong(Outcome::offset).thenComparing(Outcome::value))
        .toList();
  }

  /** What becomes of the records, in the order in which the step makes the rows. */
  List<Outcome> asTheyCome(List<byte[]> values, int partitions) {
    Dataset<Row> after = after(rows(values, partitions));
    List<Column> own =
        Arrays.stream(after.columns())
            .filter(name -> !KNOWN.contains(name))
            .map(RowRun::column)
            .toList();
    return after
        .select(
            where(),
            col("_offset"),
            to_json(struct(own.toArray(Column[]::new)), Map.of("ignoreNullFields", "false")),
            col(TransformContext.ERROR_COLUMN),
            col(TransformContext.ERROR_MESSAGE_COLUMN))
        .collectAsList()
        .stream()
        .map(RowRun::outcome)
        .toList();
  }

  @Override
  public List<String> coordinates(List<byte[]> values) {
    return rows(values, 1).orderBy("_offset").select(where()).as(Encoders.STRING()).collectAsList();
  }

  private static Column where() {
    return to_json(
        struct(
            Stream.concat(TrialContext.COORDINATES.stream(), Stream.of("_key"))
                .map(RowRun::column)
                .toArray(Column[]::new)));
  }

  private static Outcome outcome(Row row) {
    return new Outcome(
        row.getString(0),
        row.getLong(1),
        row.getString(2),
        Optional.ofNullable(row.getString(3)),
        Optional.ofNullable(row.getString(4)));
  }

  @Override
  public Object travelling(List<byte[]> values) {
    return ((org.apache.spark.sql.classic.Dataset<Row>) after(rows(values, 1)))
        .queryExecution()
        .toRdd();
  }

  /** The rows after the step; not computed yet. */
  Dataset<Row> after(Dataset<Row> rows) {
    return transform.apply(rows, context);
  }

  /** As the platform hands them to the first step. */
  Dataset<Row> rows(List<byte[]> values, int partitions) {
    List<Row> records = new ArrayList<>();
    for (int i = 0; i < values.size(); i++) {
      records.add(
          RowFactory.create(
              "trial",
              0,
              i % 2,
              (long) i,
              Timestamp.from(FIRST.plusSeconds(i)),
              Timestamp.from(FIRST.plusSeconds(3600)),
              7L,
              "key-" + i,
              null,
              null,
              new String(values.get(i), UTF_8)));
    }
    if (partitions > 1) {
      Collections.reverse(records);
    }
    Dataset<Row> rows =
        session.createDataFrame(
            JavaSparkContext.fromSparkContext(session.sparkContext())
                .parallelize(records, partitions),
            RECORD);
    StructType schema = inputSchema();
    rows = rows.withColumn("_value", from_json(col("_value"), schema, Map.of()));
    for (String name : schema.fieldNames()) {
      rows = rows.withColumn(name, col("_value").getField(name));
    }
    return rows.drop("_value");
  }

  private StructType inputSchema() {
    Map<String, String> types = new LinkedHashMap<>(context.columns());
    for (InputColumn input : transform.inputColumns(context)) {
      String name =
          types.keySet().stream()
              .filter(input.name()::equalsIgnoreCase)
              .findFirst()
              .orElse(input.name());
      types.put(name, input.type());
    }
    StructType schema = earlier;
    for (Map.Entry<String, String> entry : types.entrySet()) {
      schema = schema.add(entry.getKey(), DataType.fromDDL(entry.getValue()));
    }
    return schema;
  }

  private static Column column(String name) {
    return col("`" + name.replace("`", "``") + "`");
  }
}
