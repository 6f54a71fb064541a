package dev.tributary.archive.spark;

import java.util.Map;
import org.apache.spark.sql.connector.catalog.Table;
import org.apache.spark.sql.connector.catalog.TableProvider;
import org.apache.spark.sql.connector.expressions.Transform;
import org.apache.spark.sql.sources.DataSourceRegister;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.util.CaseInsensitiveStringMap;

/**
 * {@code format("raw-archive")}. Its options are documented in docs/raw-archive-connector.md. Spark
 * makes it by its name.
 */
public final class RawArchiveProvider implements TableProvider, DataSourceRegister {
  /** Made by Spark. */
  public RawArchiveProvider() {}

  @Override
  public String shortName() {
    return "raw-archive";
  }

  @Override
  public StructType inferSchema(CaseInsensitiveStringMap options) {
    return RowLayout.of(options).schema();
  }

  @Override
  public Table getTable(
      StructType schema, Transform[] partitioning, Map<String, String> properties) {
    return new RawArchiveTable(new CaseInsensitiveStringMap(properties));
  }
}
