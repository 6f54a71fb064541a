package dev.tributary.phase2;

import dev.tributary.core.json.Json;
import dev.tributary.core.metastore.HttpMetastore;
import dev.tributary.core.settings.Settings;
import dev.tributary.phase2.maintain.MaintenanceReport;
import dev.tributary.streaming.Driver;
import dev.tributary.streaming.TriggerSpec;
import dev.tributary.streaming.UnitSource;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;

/** The job that keeps tables in order, for spark-submit. */
public final class Maintain {
  private static final String APPLICATION = "tributary-maintain";

  private Maintain() {}

  /** Runs it; the exit code says what came of it. */
  public static void main(String[] arguments) {
    int exitCode = MaintainSettings.PROGRAM.run(arguments, Maintain::run);
    if (exitCode != 0) {
      System.exit(exitCode);
    }
  }

  private static int run(Settings settings) throws InterruptedException {
    HttpMetastore metastore = HttpMetastore.of(settings);
    // A table that is tried again reports once.
    Map<String, MaintenanceReport> reports = new ConcurrentSkipListMap<>();
    Driver.Units units =
        new Driver.Units() {
          @Override
          public boolean metastoreAway() {
            return metastore.away();
          }

          @Override
          public void check(Settings given) {
            DatasetUnits.check(given);
            MaintainSettings.check(given);
          }

          @Override
          public TriggerSpec trigger(Settings given) {
            return new TriggerSpec.AvailableNow();
          }

          @Override
          public UnitSource of(Driver.Context context) {
            return new MaintenanceUnits(
                context, metastore, report -> reports.put(report.table(), report));
          }
        };
    int exitCode = new Driver(APPLICATION, Phase2.SPARK_SETTINGS, units).run(settings);
    print(settings, reports.values());
    return exitCode;
  }

  /** As JSON one object a line, as the commands that look after archives do. */
  private static void print(Settings settings, Collection<MaintenanceReport> reports) {
    boolean json = settings.get(MaintainSettings.JSON);
    for (MaintenanceReport report : reports) {
      System.out.print(
          json
              ? new String(Json.write(report), StandardCharsets.UTF_8) + System.lineSeparator()
              : report.text());
    }
    System.out.flush();
  }
}
