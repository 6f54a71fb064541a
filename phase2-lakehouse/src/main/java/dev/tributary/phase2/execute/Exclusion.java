package dev.tributary.phase2.execute;

import static org.apache.spark.sql.functions.broadcast;

import dev.tributary.phase2.step.Coordinates;
import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/** Leaves records out by their coordinates. */
final class Exclusion {
  /** The columns of {@link #ids}. */
  static final StructType SCHEMA =
      new StructType()
          .add(Coordinates.TOPIC, DataTypes.StringType)
          .add(Coordinates.INCARNATION, DataTypes.IntegerType)
          .add(Coordinates.PARTITION, DataTypes.IntegerType)
          .add(Coordinates.OFFSET, DataTypes.LongType);

  private Exclusion() {}

  static Dataset<Row> leaveOut(SparkSession session, Dataset<Row> rows, List<RecordId> without) {
    if (without.isEmpty()) {
      return rows;
    }
    Dataset<Row> excluded = ids(session, without).as("x");
    Dataset<Row> all = rows.as("r");
    Column same =
        Coordinates.RECORD.stream()
            .map(name -> Names.column("r", name).equalTo(Names.column("x", name)))
            .reduce(Column::and)
            .orElseThrow();
    return all.join(broadcast(excluded), same, "left_anti");
  }

  /** The coordinates of records, a row each. */
  static Dataset<Row> ids(SparkSession session, List<RecordId> records) {
    List<Row> ids =
        records.stream()
            .map(id -> RowFactory.create(id.topic(), id.incarnation(), id.partition(), id.offset()))
            .toList();
    return session.createDataFrame(ids, SCHEMA);
  }
}
