package dev.tributary.archive.spark;

import static org.apache.spark.sql.types.DataTypes.BinaryType;
import static org.apache.spark.sql.types.DataTypes.IntegerType;
import static org.apache.spark.sql.types.DataTypes.LongType;
import static org.apache.spark.sql.types.DataTypes.StringType;

import dev.tributary.archive.Author;
import dev.tributary.archive.Genesis;
import dev.tributary.archive.ManifestEntry;
import dev.tributary.archive.ManifestLog;
import dev.tributary.archive.PartitionStart;
import dev.tributary.core.spec.Isolation;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import scala.jdk.javaapi.CollectionConverters;

/** An archive on disk, and rows for its sink. */
final class TestArchive {
  static final Author AUTHOR = new Author("test", "test 1");
  static final long NOON = 1_763_726_400_000L;

  /** The rows of a reader that plans its ranges. */
  static final StructType PLANNED =
      schema(
          true,
          "topic",
          StringType,
          "incarnation",
          IntegerType,
          "partition",
          IntegerType,
          "offset",
          LongType,
          "timestamp",
          LongType,
          "timestampType",
          IntegerType,
          "key",
          BinaryType,
          "value",
          BinaryType,
          "headers",
          DataTypes.createArrayType(schema(true, "key", StringType, "value", BinaryType)),
          "rangeStart",
          LongType,
          "rangeEnd",
          LongType,
          "gaps",
          StringType);

  /** A record as every reader and oracle of these tests sees it. */
  record Seen(String topic, int partition, long offset, String key, String value, String headers) {}

  private final Path folder;

  TestArchive(Path folder) {
    this.folder = folder;
  }

  private static StructType schema(boolean nullable, Object... namesAndTypes) {
    List<StructField> fields = new ArrayList<>();
    for (int i = 0; i < namesAndTypes.length; i += 2) {
      fields.add(
          DataTypes.createStructField(
              (String) namesAndTypes[i],
              (org.apache.spark.sql.types.DataType) namesAndTypes[i + 1],
              nullable));
    }
    return DataTypes.createStructType(fields);
  }

  String location() {
    return folder.toUri().toString();
  }

  Path folder() {
    return folder;
  }

  ManifestLog log(String topic) {
    return ManifestLog.open(location(), topic, new Configuration());
  }

  /** Opens the archive of a topic with partitions that begin at 0. */
  TestArchive open(String topic, int partitions) {
    List<PartitionStart> starts = new ArrayList<>();
    for (int partition = 0; partition < partitions; partition++) {
      starts.add(new PartitionStart(partition, 0));
    }
    log(topic)
        .createGenesis(
            new Genesis(topic, "cluster", "id-" + topic, Isolation.READ_COMMITTED, starts),
            AUTHOR,
            NOON);
    return this;
  }

  ManifestEntry head(String topic) {
    return log(topic).requireHead();
  }

  /** A record row with a JSON value of about 100 bytes. */
  static Row record(String topic, int partition, long offset) {
    String value =
        "{\"id\":%d,\"partition\":%d,\"text\":\"%s\"}".formatted(offset, partition, "x".repeat(60));
    return record(topic, partition, offset, ("k" + offset).getBytes(), value.getBytes());
  }

  static Row record(String topic, int partition, long offset, byte[] key, byte[] value) {
    return RowFactory.create(
        topic, 0, partition, offset, NOON + offset, 0, key, value, null, null, null, null);
  }

  static Row recordWithHeaders(String topic, int partition, long offset, Row... headers) {
    return RowFactory.create(
        topic,
        0,
        partition,
        offset,
        -1L,
        -1,
        null,
        null,
        CollectionConverters.asScala(List.of(headers)).toSeq(),
        null,
        null,
        null);
  }

  static Row range(String topic, int partition, long start, long end, String gaps) {
    return RowFactory.create(
        topic, 0, partition, null, null, null, null, null, null, start, end, gaps);
  }

  /** The rows of a full range: its records and the range. */
  static List<Row> full(String topic, int partition, long start, long end) {
    List<Row> rows = new ArrayList<>();
    for (long offset = start; offset < end; offset++) {
      rows.add(record(topic, partition, offset));
    }
    rows.add(range(topic, partition, start, end, null));
    return rows;
  }

  /** What rows for the sink hold. */
  static List<Seen> expected(List<Row> rows) {
    return rows.stream()
        .filter(row -> !row.isNullAt(3))
        .map(
            row ->
                new Seen(
                    row.getString(0),
                    row.getInt(2),
                    row.getLong(3),
                    hex(row.getAs(6)),
                    hex(row.getAs(7)),
                    headers(row.isNullAt(8) ? List.of() : row.getList(8))))
        .toList();
  }

  /** What the archive holds of topics, by the connector. */
  List<Seen> read(String topics) {
    return seen(
        SharedSpark.session()
            .read()
            .format("raw-archive")
            .option("path", location())
            .option("topics", topics)
            .load());
  }

  static List<Seen> seen(Dataset<Row> envelope) {
    return envelope
        .select("_topic", "_partition", "_offset", "key", "value", "headers")
        .collectAsList()
        .stream()
        .map(
            row ->
                new Seen(
                    row.getString(0),
                    row.getInt(1),
                    row.getLong(2),
                    hex(row.getAs(3)),
                    hex(row.getAs(4)),
                    headers(row.isNullAt(5) ? List.of() : row.getList(5))))
        .toList();
  }

  private static String headers(List<Row> headers) {
    return headers.stream()
        .map(header -> header.getString(0) + "=" + hex(header.getAs(1)))
        .toList()
        .toString();
  }

  private static String hex(byte[] bytes) {
    return bytes == null ? "null" : HexFormat.of().formatHex(bytes);
  }
}
