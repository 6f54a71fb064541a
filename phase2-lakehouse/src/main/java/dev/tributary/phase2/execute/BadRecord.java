package dev.tributary.phase2.execute;

import java.io.Serializable;
import java.sql.Timestamp;
import java.util.Objects;
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

  private static String cut(String text, int longest) {
    String known = Objects.requireNonNullElse(text, "");
    if (known.length() <= longest) {
      return text;
    }
    return text.substring(0, longest) + "…";
  }
}
