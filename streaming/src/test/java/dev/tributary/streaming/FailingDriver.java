package dev.tributary.streaming;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.metastore.MetastoreSettings;
import dev.tributary.core.settings.Program;
import java.time.Clock;
import java.util.List;
import java.util.Map;

/** A driver whose one unit fails for good, run as a process of its own. */
final class FailingDriver {
  private FailingDriver() {}

  public static void main(String[] arguments) {
    Program program =
        Program.of(
            "failing", "Fails.", DriverSettings.RUN, DriverSettings.STORE, MetastoreSettings.GROUP);
    Driver driver =
        new Driver(
            "failing-driver",
            Map.of("spark.master", "local[1]", "spark.ui.enabled", "false"),
            context -> () -> List.of(new Failing()));
    System.exit(program.run(arguments, driver::run));
  }

  private static final class Failing implements RunUnit {
    private final PipelineMetrics metrics =
        new PipelineMetrics("orders", "phase1", Clock.systemUTC());

    @Override
    public String name() {
      return "orders";
    }

    @Override
    public List<PipelineMetrics> pipelines() {
      return List.of(metrics);
    }

    @Override
    public void run(StopSignal stop) {
      throw new TributaryException(
          ErrorCode.KAFKA_RETENTION_LOSS, "Offsets are gone:\n\"5\" to \"7\".");
    }
  }
}
