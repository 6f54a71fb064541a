package dev.tributary.phase2;

import dev.tributary.core.metastore.HttpMetastore;
import dev.tributary.core.settings.Settings;
import dev.tributary.phase2.backfill.DryRunUnit;
import dev.tributary.phase2.backfill.ReplayUnit;
import dev.tributary.phase2.erase.EraseRequest;
import dev.tributary.phase2.erase.EraseUnit;
import dev.tributary.streaming.Driver;
import dev.tributary.streaming.PipelineMetrics;
import dev.tributary.streaming.RunUnit;
import dev.tributary.streaming.TriggerSpec;
import dev.tributary.streaming.UnitSource;
import java.util.List;

/** The job that takes a key out of an archive and its tables, for spark-submit. */
public final class Erase {
  private static final String APPLICATION = "tributary-erase";
  private static final String PHASE = "phase2";

  private Erase() {}

  /** Runs it; the exit code says what came of it. */
  public static void main(String[] arguments) {
    int exitCode = EraseSettings.PROGRAM.run(arguments, Erase::run);
    if (exitCode != 0) {
      System.exit(exitCode);
    }
  }

  private static int run(Settings settings) throws InterruptedException {
    HttpMetastore metastore = HttpMetastore.of(settings);
    EraseRequest request = EraseSettings.request(settings);
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
      Driver.Context context, HttpMetastore metastore, EraseRequest request) {
    String name = request.datasets().get(0) + ".erase";
    PipelineMetrics metrics =
        context.pipelines().register(name, () -> new PipelineMetrics(name, PHASE, context.clock()));
    return new EraseUnit(
        context.spark(),
        metastore,
        request,
        context.runId(),
        context.settings().get(Phase2Settings.ALIVE_INTERVAL),
        context.settings().get(Phase2Settings.ALIVE_TIMEOUT),
        new ReplayUnit.Output(
            context.settings().get(EraseSettings.JSON)
                ? DryRunUnit.Form.JSON
                : DryRunUnit.Form.TEXT,
            System.out),
        metrics,
        context.clock());
  }
}
