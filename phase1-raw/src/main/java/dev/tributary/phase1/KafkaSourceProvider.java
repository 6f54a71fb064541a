package dev.tributary.phase1;

import java.util.Map;
import org.apache.spark.sql.connector.catalog.Table;
import org.apache.spark.sql.connector.catalog.TableProvider;
import org.apache.spark.sql.connector.expressions.Transform;
import org.apache.spark.sql.sources.DataSourceRegister;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.util.CaseInsensitiveStringMap;

/** Spark's entry to the source {@code tributary-kafka}, which serves this job alone. */
public final class KafkaSourceProvider implements TableProvider, DataSourceRegister {
  /** The format's name. */
  static final String FORMAT = "tributary-kafka";

  /** The option that names the planner. */
  static final String PLANNER = "planner";

  /** For Spark. */
  public KafkaSourceProvider() {}

  @Override
  public String shortName() {
    return FORMAT;
  }

  @Override
  public StructType inferSchema(CaseInsensitiveStringMap options) {
    return RecordRow.SCHEMA;
  }

  @Override
  public Table getTable(
      StructType schema, Transform[] partitioning, Map<String, String> properties) {
    return new KafkaTable(properties.get(PLANNER));
  }
}
