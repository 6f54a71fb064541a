package dev.tributary.phase1;

import dev.tributary.core.metastore.HttpMetastore;
import dev.tributary.core.settings.Settings;
import dev.tributary.streaming.Driver;
import dev.tributary.streaming.UnitSource;
import java.util.Map;

/** The job Kafka to raw archive, for spark-submit. */
public final class Phase1 {
  private static final String APPLICATION = "tributary-phase1";

  private Phase1() {}

  /** Runs it; the exit code says what came of it. */
  public static void main(String[] arguments) {
    int exitCode = Phase1Settings.PROGRAM.run(arguments, Phase1::run);
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
            SourceSelection.of(given, metastore);
          }

          @Override
          public UnitSource of(Driver.Context context) {
            SourceSelection selection = SourceSelection.of(context.settings(), metastore);
            return new IngestUnits(selection, metastore, context, APPLICATION);
          }
        };
    return new Driver(APPLICATION, Map.of(), units).run(settings);
  }
}
