package dev.tributary.phase1;

import java.util.EnumSet;
import java.util.Set;
import org.apache.spark.sql.connector.catalog.SupportsRead;
import org.apache.spark.sql.connector.catalog.TableCapability;
import org.apache.spark.sql.connector.read.Scan;
import org.apache.spark.sql.connector.read.ScanBuilder;
import org.apache.spark.sql.connector.read.streaming.MicroBatchStream;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.util.CaseInsensitiveStringMap;

/** The topics of a planner as a table that can only be streamed. */
final class KafkaTable implements SupportsRead {
  private final String planner;

  KafkaTable(String planner) {
    this.planner = planner;
  }

  @Override
  public String name() {
    return KafkaSourceProvider.FORMAT;
  }

  @Override
  @SuppressWarnings("deprecation") // still what the interface asks for beside columns()
  public StructType schema() {
    return RecordRow.SCHEMA;
  }

  @Override
  public Set<TableCapability> capabilities() {
    return EnumSet.of(TableCapability.MICRO_BATCH_READ);
  }

  @Override
  public ScanBuilder newScanBuilder(CaseInsensitiveStringMap options) {
    return () ->
        new Scan() {
          @Override
          public StructType readSchema() {
            return RecordRow.SCHEMA;
          }

          @Override
          public String description() {
            return KafkaSourceProvider.FORMAT;
          }

          @Override
          public MicroBatchStream toMicroBatchStream(String checkpointLocation) {
            return new KafkaMicroBatchStream(PlannerRegistry.get(planner));
          }
        };
  }
}
