package dev.tributary.phase2;

import dev.tributary.core.metastore.Metastore;
import dev.tributary.core.settings.Settings;
import dev.tributary.phase2.backfill.ReplayDryRunUnit;
import dev.tributary.phase2.backfill.ReplayRequest;
import dev.tributary.phase2.backfill.ReplayUnit;
import dev.tributary.phase2.report.ReportOutput;
import dev.tributary.streaming.Driver;
import dev.tributary.streaming.PipelineMetrics;
import dev.tributary.streaming.RunUnit;

/** The job that takes up quarantined records again, for spark-submit. */
public final class Replay {
  private static final String APPLICATION = "tributary-replay";

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
    ReplayRequest request = ReplaySettings.request(settings);
    return SingleUnit.run(
        APPLICATION,
        settings,
        request.dataset() + ".replay",
        (context, metastore, metrics) -> unit(context, metastore, request, metrics));
  }

  private static RunUnit unit(
      Driver.Context context, Metastore metastore, ReplayRequest request, PipelineMetrics metrics) {
    ReportOutput output = SingleUnit.output(context, ReplaySettings.JSON);
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
