package dev.tributary.phase2;

import dev.tributary.core.metastore.HttpMetastore;
import dev.tributary.core.settings.Settings;
import dev.tributary.phase2.backfill.DryRunUnit;
import dev.tributary.phase2.backfill.ReplayDryRunUnit;
import dev.tributary.phase2.backfill.ReplayRequest;
import dev.tributary.phase2.backfill.ReplayUnit;
import dev.tributary.streaming.Driver;
import dev.tributary.streaming.PipelineMetrics;
import dev.tributary.streaming.RunUnit;
import dev.tributary.streaming.TriggerSpec;
import dev.tributary.streaming.UnitSource;
import java.util.List;

/** The job that takes up quarantined records again, for spark-submit. */
public final class Replay {
  private static final String APPLICATION = "tributary-replay";
  private static final String PHASE = "phase2";

  private Replay() {}

  /** Runs it; the exit code says what came of it. A first argument that is no flag is a dataset. */
  public static void main(String[] arguments) {
    int exitCode = ReplaySettings.PROGRAM.run(named(arguments), Replay::run);
    if (exitCode != 0) {
      System.exit(exitCode);
    }
  }

  private static String[] named(String[] arguments) {
    if (arguments.length == 0 || arguments[0].startsWith("-")) {
      return arguments;
    }
    String[] flags = arguments.clone();
    flags[0] = "--" + ReplaySettings.DATASET.key() + "=" + arguments[0];
    return flags;
  }

  private static int run(Settings settings) throws InterruptedException {
    HttpMetastore metastore = HttpMetastore.of(settings);
    ReplayRequest request = ReplaySettings.request(settings);
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
      Driver.Context context, HttpMetastore metastore, ReplayRequest request) {
    String name = request.dataset() + ".replay";
    PipelineMetrics metrics =
        context.pipelines().register(name, () -> new PipelineMetrics(name, PHASE, context.clock()));
    ReplayUnit.Output output =
        new ReplayUnit.Output(
            context.settings().get(ReplaySettings.JSON)
                ? DryRunUnit.Form.JSON
                : DryRunUnit.Form.TEXT,
            System.out);
    if (context.settings().get(ReplaySettings.DRY_RUN)) {
      return new ReplayDryRunUnit(
          context.spark(), metastore, request, output, metrics, context.clock());
    }
    return new ReplayUnit(
        context.spark(),
        metastore,
        request,
        context.runId(),
        context.settings().get(Phase2Settings.ALIVE_INTERVAL),
        context.settings().get(Phase2Settings.ALIVE_TIMEOUT),
        output,
        metrics,
        context.clock());
  }
}
