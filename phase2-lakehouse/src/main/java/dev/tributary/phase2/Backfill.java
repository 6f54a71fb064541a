package dev.tributary.phase2;

import dev.tributary.core.metastore.HttpMetastore;
import dev.tributary.core.settings.Settings;
import dev.tributary.phase2.backfill.BackfillRequest;
import dev.tributary.phase2.backfill.BackfillUnit;
import dev.tributary.phase2.backfill.DryRunUnit;
import dev.tributary.streaming.Driver;
import dev.tributary.streaming.PipelineMetrics;
import dev.tributary.streaming.RunUnit;
import dev.tributary.streaming.TriggerSpec;
import dev.tributary.streaming.UnitSource;
import java.util.List;

/** The job that writes a range of the archive again, for spark-submit. */
public final class Backfill {
  private static final String APPLICATION = "tributary-backfill";
  private static final String PHASE = "phase2";

  private Backfill() {}

  /** Runs it; the exit code says what came of it. */
  public static void main(String[] arguments) {
    int exitCode = BackfillSettings.PROGRAM.run(arguments, Backfill::run);
    if (exitCode != 0) {
      System.exit(exitCode);
    }
  }

  private static int run(Settings settings) throws InterruptedException {
    HttpMetastore metastore = HttpMetastore.of(settings);
    BackfillRequest request = BackfillSettings.request(settings);
    Driver.Units units =
        new Driver.Units() {
          @Override
          public boolean metastoreAway() {
            return metastore.away();
          }

          @Override
          public TriggerSpec trigger(Settings given) {
            return new TriggerSpec.AvailableNow();
          }

          @Override
          public UnitSource of(Driver.Context context) {
            RunUnit unit = unit(context, metastore, request);
            return () -> List.of(unit);
          }
        };
    return new Driver(APPLICATION, Phase2.SPARK_SETTINGS, units).run(settings);
  }

  private static RunUnit unit(
      Driver.Context context, HttpMetastore metastore, BackfillRequest request) {
    String name = request.dataset() + ".backfill";
    PipelineMetrics metrics =
        context.pipelines().register(name, () -> new PipelineMetrics(name, PHASE, context.clock()));
    if (context.settings().get(BackfillSettings.DRY_RUN)) {
      return new DryRunUnit(
          context.spark(),
          metastore,
          request,
          context.settings().get(BackfillSettings.JSON)
              ? DryRunUnit.Form.JSON
              : DryRunUnit.Form.TEXT,
          System.out,
          metrics,
          context.clock());
    }
    return new BackfillUnit(
        context.spark(),
        metastore,
        request,
        context.runId(),
        context.settings().get(Phase2Settings.ALIVE_INTERVAL),
        context.settings().get(Phase2Settings.ALIVE_TIMEOUT),
        metrics,
        context.clock());
  }
}
