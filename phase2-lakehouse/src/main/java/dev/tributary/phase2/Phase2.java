package dev.tributary.phase2;

import dev.tributary.core.metastore.HttpMetastore;
import dev.tributary.core.settings.Settings;
import dev.tributary.streaming.Driver;
import dev.tributary.streaming.UnitSource;
import java.util.Map;

/** The job raw archive to Delta, for spark-submit. */
public final class Phase2 {
  private static final String APPLICATION = "tributary-phase2";

  /** What Delta asks of a session. */
  static final Map<String, String> SPARK_SETTINGS =
      Map.of(
          "spark.sql.extensions", "io.delta.sql.DeltaSparkSessionExtension",
          "spark.sql.catalog.spark_catalog", "org.apache.spark.sql.delta.catalog.DeltaCatalog",
          // Small tables need few tasks to read their log; great ones are read incrementally.
          "spark.databricks.delta.snapshotPartitions", "2",
          // Else ${env:NAME} in a spec's SQL, or in a value that becomes SQL, is what the driver's
          // environment or settings hold, secrets among them.
          "spark.sql.variable.substitute", "false");

  private Phase2() {}

  /** Runs it; the exit code says what came of it. */
  public static void main(String[] arguments) {
    int exitCode = Phase2Settings.PROGRAM.run(arguments, Phase2::run);
    if (exitCode != 0) {
      System.exit(exitCode);
    }
  }

  private static int run(Settings settings) throws InterruptedException {
    HttpMetastore metastore = HttpMetastore.of(settings);
    Driver.Units units =
        new Driver.Units() {
          @Override
          public boolean metastoreAway() {
            return metastore.away();
          }

          @Override
          public void check(Settings given) {
            DatasetUnits.check(given);
          }

          @Override
          public UnitSource of(Driver.Context context) {
            return new DatasetUnits(context, metastore);
          }
        };
    return new Driver(APPLICATION, SPARK_SETTINGS, units).run(settings);
  }
}
