package dev.tributary.phase2;

import dev.tributary.core.metastore.Metastore;
import dev.tributary.core.settings.Settings;
import dev.tributary.phase2.backfill.BackfillRequest;
import dev.tributary.phase2.backfill.BackfillUnit;
import dev.tributary.phase2.backfill.DryRunUnit;
import dev.tributary.streaming.Driver;
import dev.tributary.streaming.PipelineMetrics;
import dev.tributary.streaming.RunUnit;

/** The job that writes a range of the archive again, for spark-submit. */
public final class Backfill {
  private static final String APPLICATION = "tributary-backfill";

  private Backfill() {}

  /** Runs it; the exit code says what came of it. */
  public static void main(String[] arguments) {
    int exitCode = BackfillSettings.PROGRAM.run(arguments, Backfill::run);
    if (exitCode != 0) {
      System.exit(exitCode);
    }
  }

  private static int run(Settings settings) throws InterruptedException {
    BackfillRequest request = BackfillSettings.request(settings);
    return SingleUnit.run(
        APPLICATION,
        settings,
        request.dataset() + ".backfill",
        (context, metastore, metrics) -> unit(context, metastore, request, metrics));
  }

  private static RunUnit unit(
      Driver.Context context,
      Metastore metastore,
      BackfillRequest request,
      PipelineMetrics metrics) {
    if (context.settings().get(BackfillSettings.DRY_RUN)) {
      return new DryRunUnit(
          context.spark(),
          metastore,
          request,
          SingleUnit.output(context, BackfillSettings.JSON),
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
