package dev.tributary.phase2.execute;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.count_if;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.not;

import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.phase2.plan.PlanCounts;
import dev.tributary.phase2.plan.TableFolders;
import dev.tributary.phase2.step.Coordinates;
import dev.tributary.phase2.table.DeltaTransactions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.types.VariantType;

/**
 * Compares a table with one that was made anew of the same entries, record by record: both as of
 * versions that hold exactly these, while both go on.
 */
public final class TableComparison {
  private static final String NOW = "n";
  private static final String REBUILT = "r";

  private final SparkSession session;
  private final Side now;
  private final Side rebuilt;

  /**
   * One of the two.
   *
   * @param folders where it and its quarantine lie
   * @param version of the table
   * @param plan the newest plan that it holds
   * @param spec the version that it stands under
   */
  public record Side(TableFolders folders, long version, long plan, DatasetSpec spec) {}

  /** Of two tables. */
  public TableComparison(SparkSession spark, Side now, Side rebuilt) {
    this.session = spark.newSession();
    this.now = now;
    this.rebuilt = rebuilt;
    session.conf().set("spark.sql.session.timeZone", "UTC");
    session.conf().set("spark.sql.caseSensitive", "false");
  }

  /**
   * Compares them. Reads both tables a few times.
   *
   * @param read by topic the first entry that the new one has read and the one after the last
   * @param totals what became of the records that it read
   */
  public Comparison compare(Map<String, Span> read, PlanCounts totals) {
    return PlanExecutor.within(session, () -> inSession(read, totals));
  }

  /**
   * Entries of a topic.
   *
   * @param from the first
   * @param to the one after the last
   */
  public record Span(long from, long to) {}

  private Comparison inSession(Map<String, Span> read, PlanCounts totals) {
    Dataset<Row> nowRows = table(now);
    Dataset<Row> rebuiltRows = table(rebuilt);
    Dataset<Row> nowRecords = records(nowRows);
    Dataset<Row> rebuiltRecords = records(rebuiltRows);
    Dataset<Row> aside = quarantined(rebuilt);
    long records = nowRecords.count();
    long rebuiltCount = rebuiltRecords.count();
    long both =
        nowRecords.join(rebuiltRecords, same(nowRecords, rebuiltRecords), "left_semi").count();
    long rebuiltAside = aside.count();
    long setAside = nowRecords.join(aside, same(nowRecords, aside), "left_semi").count();
    Dataset<Row> foreignRows = nowRows.filter(not(coalesce(within(read), lit(false))));
    long foreignRecords = records(foreignRows).count();
    long onlyNow = records - both;
    long away = totals.read() - rebuiltCount - rebuiltAside;
    Values values = values(nowRows, rebuiltRows);
    return new Comparison(
        now.plan(),
        nowRows.count(),
        rebuiltRows.count(),
        records,
        rebuiltCount,
        both,
        onlyNow,
        rebuiltCount - both,
        values.equal(),
        values.changed(),
        quarantined(now).count(),
        rebuiltAside,
        setAside,
        foreignRows.count(),
        Math.max(0, onlyNow - setAside - foreignRecords - Math.max(0, away)),
        columnsGone(nowRows.columns(), rebuiltRows.columns()));
  }

  /** Columns that somebody has added, or that a version left behind which no longer fills them. */
  private List<String> columnsGone(String[] there, String[] next) {
    Set<String> known = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
    known.addAll(List.of(next));
    known.addAll(List.of(TableLayout.schema(now.spec()).fieldNames()));
    return Stream.of(there).filter(name -> !known.contains(name)).toList();
  }

  private Dataset<Row> table(Side side) {
    return TableLayout.numbered(
        side.spec(),
        TableLayout.fromTable(
            side.spec(),
            session
                .read()
                .format("delta")
                .option("versionAsOf", side.version())
                .load(side.folders().table().toString())));
  }

  /** Rows that somebody else has written may be of none. */
  private static Dataset<Row> records(Dataset<Row> rows) {
    Column named =
        Coordinates.RECORD.stream()
            .map(name -> Names.column(name).isNotNull())
            .reduce(Column::and)
            .orElseThrow();
    return rows.filter(named).select(columns(Coordinates.RECORD)).distinct();
  }

  /** Those that stood in the quarantine by the side's plan. */
  private Dataset<Row> quarantined(Side side) {
    Path quarantine = side.folders().quarantine();
    if (!new DeltaTransactions(session).exists(quarantine)) {
      return session
          .createDataFrame(List.<Row>of(), Coordinates.schema())
          .select(columns(Coordinates.RECORD));
    }
    Dataset<Row> rows = session.read().format("delta").load(quarantine.toString());
    Column stood = Names.column(Quarantine.PLAN).leq(side.plan());
    if (List.of(rows.columns()).contains(Quarantine.RESOLVED_PLAN)) {
      Column resolved = Names.column(Quarantine.RESOLVED_PLAN);
      stood = stood.and(resolved.isNull().or(resolved.gt(side.plan())));
    }
    return records(rows.filter(stood.and(Quarantine.ofDataset(side.spec().name()))));
  }

  private static Column within(Map<String, Span> read) {
    Column within = lit(false);
    for (Map.Entry<String, Span> each : read.entrySet()) {
      Column sequence = Names.column(Coordinates.SEQUENCE);
      within =
          within.or(
              Names.column(Coordinates.TOPIC)
                  .equalTo(each.getKey())
                  .and(sequence.geq(each.getValue().from()))
                  .and(sequence.lt(each.getValue().to())));
    }
    return within;
  }

  private static Column same(Dataset<Row> one, Dataset<Row> other) {
    return Coordinates.RECORD.stream()
        .map(name -> one.col(name).equalTo(other.col(name)))
        .reduce(Column::and)
        .orElseThrow();
  }

  /** Of rows of the same record. */
  private record Values(long equal, Map<String, Long> changed) {}

  /** Rows of exploded records are told apart by their numbers, which both must have. */
  private Values values(Dataset<Row> nowRows, Dataset<Row> rebuiltRows) {
    if (now.spec().explodes() != rebuilt.spec().explodes()) {
      return new Values(0, Map.of());
    }
    List<String> common = common(nowRows.schema(), rebuiltRows.schema());
    Column same =
        Coordinates.row(rebuilt.spec()).stream()
            .map(name -> Names.column(NOW, name).eqNullSafe(Names.column(REBUILT, name)))
            .reduce(Column::and)
            .orElseThrow();
    Column equal = lit(true);
    List<Column> counts = new ArrayList<>();
    for (String name : common) {
      Column unchanged = Names.column(NOW, name).eqNullSafe(Names.column(REBUILT, name));
      equal = equal.and(unchanged);
      counts.add(count_if(not(unchanged)));
    }
    Row found =
        nowRows
            .as(NOW)
            .join(rebuiltRows.as(REBUILT), same)
            .agg(
                count(lit(1)),
                Stream.concat(Stream.of(count_if(equal)), counts.stream()).toArray(Column[]::new))
            .head();
    Map<String, Long> changed = new TreeMap<>();
    for (int i = 0; i < common.size(); i++) {
      if (found.getLong(i + 2) > 0) {
        changed.put(common.get(i), found.getLong(i + 2));
      }
    }
    return new Values(found.getLong(1), changed);
  }

  /** Columns of one name and type whose values can be compared. */
  private static List<String> common(StructType one, StructType other) {
    return Arrays.stream(other.fields())
        .filter(field -> !Coordinates.RECORD.contains(field.name()))
        .filter(field -> comparable(field.dataType()))
        .filter(field -> find(one, field).isPresent())
        .map(StructField::name)
        .toList();
  }

  private static Optional<StructField> find(StructType schema, StructField field) {
    return Arrays.stream(schema.fields())
        .filter(there -> there.name().equalsIgnoreCase(field.name()))
        .filter(there -> there.dataType().sameType(field.dataType()))
        .findFirst();
  }

  private static boolean comparable(DataType type) {
    if (type instanceof StructType struct) {
      return Arrays.stream(struct.fields()).allMatch(field -> comparable(field.dataType()));
    }
    if (type instanceof ArrayType array) {
      return comparable(array.elementType());
    }
    return !(type instanceof MapType || type instanceof VariantType);
  }

  private static Column[] columns(List<String> names) {
    return names.stream().map(name -> col(name)).toArray(Column[]::new);
  }
}
