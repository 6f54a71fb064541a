package dev.tributary.phase2;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.settings.Settings;
import dev.tributary.phase2.erase.EraseRequest;
import dev.tributary.phase2.erase.EraseUnit;
import java.util.concurrent.atomic.AtomicReference;

/** The job that takes a key out of an archive and its tables, for spark-submit. */
public final class Erase {
  private static final String APPLICATION = "tributary-erase";

  private Erase() {}

  /** Runs it; the exit code says what came of it. */
  public static void main(String[] arguments) {
    int exitCode = EraseSettings.PROGRAM.run(arguments, Erase::run);
    if (exitCode != 0) {
      System.exit(exitCode);
    }
  }

  private static int run(Settings settings) throws InterruptedException {
    EraseRequest request = EraseSettings.request(settings);
    AtomicReference<EraseUnit> unit = new AtomicReference<>();
    int exitCode = run(settings, request, unit);
    if (exitCode != 0 || (unit.get() != null && unit.get().finished())) {
      return exitCode;
    }
    // A stop that came before the unit began; whoever asked must not take the records for erased.
    System.err.println(
        "%s: The run was stopped before anything was looked for. Begin the same command again."
            .formatted(ErrorCode.STOP_TIMED_OUT.code()));
    return ErrorCode.STOP_TIMED_OUT.category().exitCode();
  }

  private static int run(Settings settings, EraseRequest request, AtomicReference<EraseUnit> unit)
      throws InterruptedException {
    return SingleUnit.run(
        APPLICATION,
        settings,
        request.datasets().get(0) + ".erase",
        (context, metastore, metrics) -> {
          unit.set(
              new EraseUnit(
                  context.spark(),
                  metastore,
                  request,
                  context.runId(),
                  context.settings().get(Phase2Settings.ALIVE_INTERVAL),
                  context.settings().get(Phase2Settings.ALIVE_TIMEOUT),
                  SingleUnit.output(context, EraseSettings.JSON),
                  metrics,
                  context.clock()));
          return unit.get();
        });
  }
}
