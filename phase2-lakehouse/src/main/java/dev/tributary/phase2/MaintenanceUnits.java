package dev.tributary.phase2;

import dev.tributary.core.metastore.Metastore;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.SpecState;
import dev.tributary.core.spec.Versioned;
import dev.tributary.phase2.maintain.MaintenanceReport;
import dev.tributary.phase2.maintain.MaintenanceUnit;
import dev.tributary.phase2.maintain.MaintenanceUnit.MaintenanceRun;
import dev.tributary.phase2.plan.TableFolders;
import dev.tributary.streaming.Driver;
import dev.tributary.streaming.DriverSettings;
import dev.tributary.streaming.PipelineMetrics;
import dev.tributary.streaming.RunUnit;
import dev.tributary.streaming.UnitSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;
import org.apache.hadoop.fs.Path;

/** A unit for each table that a dataset which was asked for writes into. */
final class MaintenanceUnits implements UnitSource {
  private static final String PHASE = "phase2";

  private final Driver.Context context;
  private final Metastore metastore;
  private final MaintenanceRun within;
  private final Set<String> named;
  private final Set<String> groups;
  private final boolean all;

  MaintenanceUnits(
      Driver.Context context, Metastore metastore, Consumer<MaintenanceReport> reports) {
    this.context = context;
    this.metastore = metastore;
    this.within =
        new MaintenanceRun(
            context.runId(),
            context.settings().get(Phase2Settings.ALIVE_INTERVAL),
            context.settings().get(Phase2Settings.ALIVE_TIMEOUT),
            new Semaphore(1, true),
            reports);
    this.named = Set.copyOf(context.settings().get(DriverSettings.DATASET));
    this.groups = Set.copyOf(context.settings().get(DriverSettings.GROUP));
    this.all = context.settings().get(DriverSettings.ALL);
  }

  @Override
  public List<RunUnit> units() {
    List<DatasetSpec> known = metastore.datasets().stream().map(Versioned::spec).toList();
    DatasetUnits.requireKnown("dataset", named, known.stream().map(DatasetSpec::name).toList());
    DatasetUnits.requireKnown(
        "group", groups, known.stream().map(DatasetSpec::group).distinct().toList());
    Map<Path, List<DatasetSpec>> tables = new LinkedHashMap<>();
    known.stream()
        .filter(this::asked)
        .forEach(
            spec ->
                tables
                    .computeIfAbsent(
                        TableFolders.of(spec.target().path()).table(), path -> new ArrayList<>())
                    .add(spec));
    return tables.entrySet().stream()
        .map(table -> unit(table.getValue(), writers(table.getKey(), known)))
        .toList();
  }

  /** The table of a paused dataset needs care as well; that of a retired one when it is named. */
  private boolean asked(DatasetSpec spec) {
    return named.contains(spec.name())
        || (spec.state() != SpecState.RETIRED && (all || groups.contains(spec.group())));
  }

  /** Whose maintenance counts for a table, asked for or not. */
  private List<DatasetSpec> writers(Path table, List<DatasetSpec> known) {
    return known.stream()
        .filter(spec -> spec.state() != SpecState.RETIRED || asked(spec))
        .filter(spec -> TableFolders.of(spec.target().path()).table().equals(table))
        .toList();
  }

  private RunUnit unit(List<DatasetSpec> datasets, List<DatasetSpec> writers) {
    String name = datasets.get(0).name() + ".maintain";
    PipelineMetrics metrics =
        context.pipelines().register(name, () -> new PipelineMetrics(name, PHASE, context.clock()));
    return new MaintenanceUnit(
        context.spark(),
        metastore,
        datasets,
        MaintainSettings.request(context.settings(), writers),
        within,
        metrics,
        context.clock());
  }
}
