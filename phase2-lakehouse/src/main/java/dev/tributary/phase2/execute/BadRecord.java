package dev.tributary.phase2.execute;

import dev.tributary.phase2.plan.BadRecords;
import java.io.Serializable;
import java.sql.Timestamp;
import java.util.Objects;
import java.util.Optional;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/** A record that a plan sets aside: where it is, and why. */
record BadRecord(
    RecordId id,
    Timestamp timestamp,
    Timestamp ingestTime,
    long sequence,
    String key,
    String step,
    String code,
    String message)
    implements Serializable {
  private static final long serialVersionUID = 1L;
  private static final int LONGEST_KEY = 256;
  private static final int LONGEST_MESSAGE = 512;

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
        new RecordId(row.getString(0), row.getInt(1), row.getInt(2), row.getLong(3)),
        row.getTimestamp(4),
        row.getTimestamp(5),
        row.getLong(6),
        cut(row.getString(7), LONGEST_KEY),
        step,
        row.getString(8),
        cut(row.getString(9), LONGEST_MESSAGE));
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
        bad.message().orElse(null));
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
        Optional.ofNullable(message));
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

  private static String cut(String text, int longest) {
    String known = Objects.requireNonNullElse(text, "");
    if (known.length() <= longest) {
      return text;
    }
    return text.substring(0, longest) + "…";
  }
}
