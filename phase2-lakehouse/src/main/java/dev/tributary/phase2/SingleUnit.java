package dev.tributary.phase2;

import dev.tributary.core.metastore.HttpMetastore;
import dev.tributary.core.metastore.Metastore;
import dev.tributary.core.settings.Setting;
import dev.tributary.core.settings.Settings;
import dev.tributary.phase2.report.ReportOutput;
import dev.tributary.streaming.Driver;
import dev.tributary.streaming.PipelineMetrics;
import dev.tributary.streaming.RunUnit;
import dev.tributary.streaming.TriggerSpec;
import dev.tributary.streaming.UnitSource;
import java.util.List;

/**
 * A job of phase 2 that does one thing and leaves.
 *
 * @param metastore that says what the datasets are
 * @param pipeline its name in metrics and results
 */
record SingleUnit(HttpMetastore metastore, String pipeline, Factory factory)
    implements Driver.Units {
  private static final String PHASE = "phase2";

  /** Makes the unit. */
  @FunctionalInterface
  interface Factory {
    RunUnit of(Driver.Context context, Metastore metastore, PipelineMetrics metrics);
  }

  /** Runs it under the application's name; the exit code says what came of it. */
  static int run(String application, Settings settings, String pipeline, Factory factory)
      throws InterruptedException {
    return new Driver(
            application,
            Phase2.SPARK_SETTINGS,
            new SingleUnit(HttpMetastore.of(settings), pipeline, factory))
        .run(settings);
  }

  /** Where the report of such a job goes. */
  static ReportOutput output(Driver.Context context, Setting<Boolean> json) {
    return new ReportOutput(context.settings().get(json), System.out);
  }

  @Override
  public boolean metastoreAway() {
    return metastore.away();
  }

  @Override
  public TriggerSpec trigger(Settings settings) {
    return new TriggerSpec.AvailableNow();
  }

  @Override
  public UnitSource of(Driver.Context context) {
    RunUnit unit =
        factory.of(
            context,
            metastore,
            context
                .pipelines()
                .register(pipeline, () -> new PipelineMetrics(pipeline, PHASE, context.clock())));
    return () -> List.of(unit);
  }
}
