package dev.tributary.phase2.execute;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.summarizingLong;
import static java.util.stream.Collectors.toList;
import static org.apache.spark.sql.functions.base64;
import static org.apache.spark.sql.functions.is_valid_utf8;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.not;
import static org.apache.spark.sql.functions.octet_length;
import static org.apache.spark.sql.functions.replace;
import static org.apache.spark.sql.functions.size;
import static org.apache.spark.sql.functions.when;

import dev.tributary.archive.ManifestLog;
import dev.tributary.archive.PartitionAccount;
import dev.tributary.core.json.Json;
import dev.tributary.phase2.plan.EntryRange;
import dev.tributary.phase2.plan.PlanSource;
import dev.tributary.phase2.step.Coordinates;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.LongSummaryStatistics;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import scala.jdk.javaapi.CollectionConverters;

/**
 * What the archive holds of a plan's bad records, as Kafka held it, before any step: values,
 * headers, and keys that the rows of the quarantine do not hold in full. They go from the archive's
 * files to the executors and from there to the quarantine's files; the driver never has them.
 */
final class RecordValues {
  /** The value, where it is text. */
  static final String TEXT = "_value";

  /** The value in base64, where its bytes are no UTF-8. */
  static final String BASE64 = "_value_base64";

  /** The key in base64, where the quarantine's text is not all of it. */
  static final String KEY_BASE64 = "_key_base64";

  /** The headers: names, and values as bytes. */
  static final String HEADERS = "_headers";

  /** About as many bytes of values go to a file of the quarantine. */
  private static final long BYTES_PER_FILE = 128L << 20;

  private final SparkSession session;
  private final PlanSource source;
  private final ArchiveHeads asOf;
  private final SourceSize size;
  private final Map<String, List<PartitionAccount>> accounts = new HashMap<>();

  /**
   * Values of a source's records.
   *
   * @param asOf the archives as they are read
   * @param size how much the source holds
   */
  RecordValues(SparkSession session, PlanSource source, ArchiveHeads asOf, SourceSize size) {
    this.session = session;
    this.source = source;
    this.asOf = asOf;
    this.size = size;
  }

  /** Their columns: null where the record has no such thing. */
  static StructType schema() {
    return new StructType()
        .add(TEXT, DataTypes.StringType)
        .add(BASE64, DataTypes.StringType)
        .add(KEY_BASE64, DataTypes.StringType)
        .add(
            HEADERS,
            DataTypes.createArrayType(
                new StructType()
                    .add("name", DataTypes.StringType)
                    .add("value", DataTypes.BinaryType)));
  }

  /**
   * Rows of records, and their values besides; null for those that the archive holds no more.
   *
   * @param rows with the coordinates, one of each record
   */
  Dataset<Row> beside(Dataset<Row> rows, List<BadRecord> records) {
    Dataset<Row> values =
        reads(records).stream()
            .reduce(Dataset::unionAll)
            .map(read -> values(read, records))
            .orElseGet(() -> session.createDataFrame(List.<Row>of(), none()));
    // Merged: neither the driver nor a hash table is the place for great values.
    return rows.hint("merge")
        .join(values, CollectionConverters.asScala(Coordinates.RECORD).toSeq(), "left_outer")
        .coalesce(files(records.size()));
  }

  private int files(long records) {
    double each = (double) size.bytes() / Math.max(1, size.records());
    return 1 + (int) (each * records / BYTES_PER_FILE);
  }

  private Dataset<Row> values(Dataset<Row> read, List<BadRecord> records) {
    List<RecordId> ids = records.stream().map(BadRecord::id).toList();
    Column value = Names.column("value");
    Column text = value.cast(DataTypes.StringType);
    Column key = Names.column("key");
    Column headers = Names.column("headers");
    return RecordScope.WHOLE
        .only(Exclusion.ids(session, ids))
        .narrow(read)
        .select(
            ArchiveRows.columns(
                Coordinates.RECORD,
                List.of(
                    when(is_valid_utf8(text), text).as(TEXT),
                    when(not(is_valid_utf8(text)), inOneLine(base64(value))).as(BASE64),
                    when(
                            octet_length(key)
                                .gt(BadRecord.LONGEST_KEY)
                                .or(not(is_valid_utf8(key.cast(DataTypes.StringType)))),
                            inOneLine(base64(key)))
                        .as(KEY_BASE64),
                    when(size(headers).gt(0), headers).as(HEADERS))));
  }

  /** Spark breaks lines, as for mail, where a setting says so. */
  private static Column inOneLine(Column base64) {
    return replace(base64, lit("\r\n"), lit(""));
  }

  private static StructType none() {
    StructType none = Exclusion.SCHEMA;
    for (StructField field : schema().fields()) {
      none = none.add(field);
    }
    return none;
  }

  /** Reads of the entries that have some of the records, as far as the manifest can tell. */
  private List<Dataset<Row>> reads(List<BadRecord> records) {
    Map<String, TreeMap<Long, List<BadRecord>>> byEntry =
        records.stream()
            .collect(
                groupingBy(
                    record -> record.id().topic(),
                    groupingBy(BadRecord::sequence, TreeMap::new, toList())));
    ArchiveReader reader = new ArchiveReader(RecordScope.WHOLE, asOf);
    List<Dataset<Row>> reads = new ArrayList<>();
    for (EntryRange range : source.ranges()) {
      NavigableMap<Long, List<BadRecord>> few =
          byEntry
              .getOrDefault(range.topic(), new TreeMap<>())
              .subMap(range.from(), true, range.to(), true);
      if (!few.isEmpty()) {
        EntryRange entries = new EntryRange(range.topic(), few.firstKey(), few.lastKey());
        selections(range.topic(), few.values())
            .forEach(only -> reads.add(reader.envelopes(session, source.archive(), entries, only)));
      }
    }
    return reads;
  }

  /** The connector's options that leave out segments without any of the records. */
  private List<Map<String, String>> selections(String topic, Collection<List<BadRecord>> records) {
    Map<Integer, Map<Integer, LongSummaryStatistics>> offsets =
        records.stream()
            .flatMap(List::stream)
            .map(BadRecord::id)
            .collect(
                groupingBy(
                    RecordId::incarnation,
                    groupingBy(RecordId::partition, summarizingLong(RecordId::offset))));
    List<Map<String, String>> selections = new ArrayList<>();
    offsets.forEach(
        (incarnation, partitions) -> {
          Map<Integer, Long> start = new TreeMap<>();
          Map<Integer, Long> end = new TreeMap<>();
          // Of a partition that is not named everything is read.
          accounts(topic).stream()
              .filter(account -> account.incarnation() == incarnation)
              .forEach(account -> end.put(account.partition(), 0L));
          partitions.forEach(
              (partition, those) -> {
                start.put(partition, those.getMin());
                end.put(partition, those.getMax() + 1);
              });
          selections.add(
              Map.of(
                  "incarnation", Integer.toString(incarnation),
                  "startOffsets", json(topic, start),
                  "endOffsets", json(topic, end)));
        });
    return selections;
  }

  private List<PartitionAccount> accounts(String topic) {
    return accounts.computeIfAbsent(
        topic,
        name ->
            ManifestLog.open(source.archive(), name, session.sessionState().newHadoopConf())
                .entry(asOf.of(name))
                .orElseThrow()
                .partitions());
  }

  private static String json(String topic, Map<Integer, Long> offsets) {
    return new String(Json.write(Map.of(topic, offsets)), StandardCharsets.UTF_8);
  }
}
