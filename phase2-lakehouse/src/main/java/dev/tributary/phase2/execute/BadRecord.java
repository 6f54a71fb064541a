package dev.tributary.phase2.execute;

import dev.tributary.phase2.plan.BadRecords;
import java.io.Serializable;
import java.sql.Timestamp;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * A record that a plan sets aside: where it is, and why.
 *
 * @param unmet the expectations that do not hold for it; empty where it did not get so far
 */
record BadRecord(
    RecordId id,
    Timestamp timestamp,
    Timestamp ingestTime,
    long sequence,
    String key,
    String step,
    String code,
    String message,
    List<String> unmet)
    implements Serializable {
  private static final long serialVersionUID = 1L;

  /** In characters; what is longer is cut. */
  static final int LONGEST_KEY = 256;

  private static final int LONGEST_MESSAGE = 512;

  BadRecord {
    unmet = List.copyOf(unmet);
  }

  /** A record that is not checked any more. */
  BadRecord(
      RecordId id,
      Timestamp timestamp,
      Timestamp ingestTime,
      long sequence,
      String key,
      String step,
      String code,
      String message) {
    this(id, timestamp, ingestTime, sequence, key, step, code, message, List.of());
  }

  /** What the quarantine table adds to the coordinates. */
  static StructType reasonSchema() {
    return new StructType()
        .add("_key", DataTypes.StringType)
        .add("_step", DataTypes.StringType)
        .add("_code", DataTypes.StringType)
        .add("_message", DataTypes.StringType);
  }

  /** Of the columns that {@link Diversion#columns} names. */
  static BadRecord of(Row row, String step) {
    return new BadRecord(
        id(row),
        row.getTimestamp(4),
        row.getTimestamp(5),
        row.getLong(6),
        cut(row.getString(7), LONGEST_KEY),
        step,
        row.getString(8),
        cut(row.getString(9), LONGEST_MESSAGE));
  }

  /**
   * A record for which an expectation that quarantines does not hold. No word of its values.
   *
   * @param row coordinates and key
   * @param unmet all expectations that do not hold for it
   */
  static BadRecord unmet(Row row, Expectation expectation, List<String> unmet) {
    return new BadRecord(
        id(row),
        row.getTimestamp(4),
        row.getTimestamp(5),
        row.getLong(6),
        cut(row.getString(7), LONGEST_KEY),
        Expectations.STEP,
        expectation.code(),
        expectation.problem(),
        unmet);
  }

  /**
   * A record whose value does not meet the dataset's JSON Schema.
   *
   * @param row coordinates, key and why
   */
  static BadRecord ofSchema(Row row) {
    return new BadRecord(
        id(row),
        row.getTimestamp(4),
        row.getTimestamp(5),
        row.getLong(6),
        cut(row.getString(7), LONGEST_KEY),
        SchemaCheck.STEP,
        SchemaCheck.CODE,
        cut(row.getString(8), LONGEST_MESSAGE),
        List.of(SchemaCheck.STEP));
  }

  /** This, where another row of the same record is bad too. */
  BadRecord and(BadRecord other) {
    List<String> all =
        Stream.concat(unmet.stream(), other.unmet.stream()).distinct().sorted().toList();
    return new BadRecord(id, timestamp, ingestTime, sequence, key, step, code, message, all);
  }

  /** Of a row that begins with the coordinates. */
  static RecordId id(Row row) {
    return new RecordId(row.getString(0), row.getInt(1), row.getInt(2), row.getLong(3));
  }

  /** As the plan log holds it. */
  static BadRecord of(BadRecords.Bad bad) {
    return new BadRecord(
        new RecordId(bad.topic(), bad.incarnation(), bad.partition(), bad.offset()),
        bad.timestamp().map(Timestamp::new).orElse(null),
        new Timestamp(bad.ingestTime()),
        bad.sequence(),
        bad.key().orElse(null),
        bad.step(),
        bad.code(),
        bad.message().orElse(null),
        bad.expectations());
  }

  /** As the plan log holds it. */
  BadRecords.Bad logged() {
    return new BadRecords.Bad(
        id.topic(),
        id.incarnation(),
        id.partition(),
        id.offset(),
        Optional.ofNullable(timestamp).map(Timestamp::getTime),
        ingestTime.getTime(),
        sequence,
        Optional.ofNullable(key),
        step,
        code,
        Optional.ofNullable(message),
        unmet);
  }

  Row toRow(long plan, int generation, String dataset, long datasetVersion) {
    return RowFactory.create(
        id.topic(),
        id.incarnation(),
        id.partition(),
        id.offset(),
        timestamp,
        ingestTime,
        sequence,
        key,
        step,
        code,
        message,
        dataset,
        datasetVersion,
        plan,
        generation);
  }

  static String cutKey(String key) {
    return cut(key, LONGEST_KEY);
  }

  /** Whether a text may be the beginning of a longer key. */
  static boolean isCut(String shown) {
    return shown != null && shown.length() > LONGEST_KEY;
  }

  private static String cut(String text, int longest) {
    String known = Objects.requireNonNullElse(text, "");
    if (known.length() <= longest) {
      return text;
    }
    return text.substring(0, longest) + "…";
  }
}
