package dev.tributary.phase2;

import dev.tributary.core.settings.Settings;
import dev.tributary.phase2.rebuild.RebuildRequest;
import dev.tributary.phase2.rebuild.RebuildUnit;

/** The job that makes a table anew beside its stream, for spark-submit. */
public final class Rebuild {
  private static final String APPLICATION = "tributary-rebuild";

  private Rebuild() {}

  /** Runs it; the exit code says what came of it. */
  public static void main(String[] arguments) {
    int exitCode = RebuildSettings.PROGRAM.run(arguments, Rebuild::run);
    if (exitCode != 0) {
      System.exit(exitCode);
    }
  }

  private static int run(Settings settings) throws InterruptedException {
    RebuildRequest request = RebuildSettings.request(settings);
    return SingleUnit.run(
        APPLICATION,
        settings,
        request.dataset() + ".rebuild",
        (context, metastore, metrics) ->
            new RebuildUnit(
                context.spark(),
                metastore,
                request,
                context.runId(),
                context.settings().get(Phase2Settings.ALIVE_INTERVAL),
                context.settings().get(Phase2Settings.ALIVE_TIMEOUT),
                SingleUnit.output(context, RebuildSettings.JSON),
                metrics,
                context.clock()));
  }
}
