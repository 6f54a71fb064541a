package dev.tributary.phase2;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.metastore.Metastore;
import dev.tributary.core.settings.Settings;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.SpecState;
import dev.tributary.core.spec.Versioned;
import dev.tributary.phase2.live.DatasetUnit;
import dev.tributary.phase2.live.LiveSettings;
import dev.tributary.phase2.maintain.LiveMaintenance;
import dev.tributary.streaming.Driver;
import dev.tributary.streaming.DriverSettings;
import dev.tributary.streaming.PipelineMetrics;
import dev.tributary.streaming.RunUnit;
import dev.tributary.streaming.UnitSource;
import java.util.List;
import java.util.Set;

/** A unit for each active dataset that was asked for. */
final class DatasetUnits implements UnitSource {
  private static final String PHASE = "phase2";

  private final Driver.Context context;
  private final Metastore metastore;
  private final Set<String> datasets;
  private final Set<String> groups;
  private final boolean all;
  private boolean groupsKnown;

  DatasetUnits(Driver.Context context, Metastore metastore) {
    this.context = context;
    this.metastore = metastore;
    this.datasets = Set.copyOf(context.settings().get(DriverSettings.DATASET));
    this.groups = Set.copyOf(context.settings().get(DriverSettings.GROUP));
    this.all = context.settings().get(DriverSettings.ALL);
  }

  /** Refuses a selection of nothing with SETTING_INVALID. */
  static void check(Settings settings) {
    if (settings.get(DriverSettings.DATASET).isEmpty()
        && settings.get(DriverSettings.GROUP).isEmpty()
        && !settings.get(DriverSettings.ALL)) {
      throw new TributaryException(
          ErrorCode.SETTING_INVALID,
          "Nothing says which datasets to run. Give --dataset NAME, --group NAME or --all.");
    }
  }

  @Override
  public List<RunUnit> units() {
    List<DatasetSpec> known = metastore.datasets().stream().map(Versioned::spec).toList();
    requireKnown("dataset", datasets, known.stream().map(DatasetSpec::name).toList());
    if (!groupsKnown) {
      // Only at first: a group that empties later leaves nothing to run, which is no mistake.
      requireKnown("group", groups, known.stream().map(DatasetSpec::group).distinct().toList());
      groupsKnown = true;
    }
    return known.stream()
        .filter(spec -> spec.state() == SpecState.ACTIVE)
        .filter(this::carried)
        .map(this::unit)
        .toList();
  }

  private boolean carried(DatasetSpec spec) {
    return all || datasets.contains(spec.name()) || groups.contains(spec.group());
  }

  private RunUnit unit(DatasetSpec spec) {
    String name = spec.name();
    PipelineMetrics metrics =
        context.pipelines().register(name, () -> new PipelineMetrics(name, PHASE, context.clock()));
    LiveSettings settings =
        new LiveSettings(
            context.settings().get(DriverSettings.TRIGGER),
            context.settings().get(Phase2Settings.ALIVE_INTERVAL),
            context.settings().get(Phase2Settings.ALIVE_TIMEOUT),
            context.settings().get(Phase2Settings.TABLE_REPORT_INTERVAL));
    return new DatasetUnit(
        context.spark(),
        metastore,
        name,
        context.runId(),
        settings,
        metrics,
        context.clock(),
        new LiveMaintenance(context.spark(), metastore, context.runId(), settings, context.clock()),
        this::carried);
  }

  static void requireKnown(String what, Set<String> wanted, List<String> known) {
    List<String> unknown = wanted.stream().filter(name -> !known.contains(name)).sorted().toList();
    if (!unknown.isEmpty()) {
      throw new TributaryException(
          ErrorCode.NOT_FOUND,
          "The metastore knows no %s named %s; it knows %s. Register it, or correct the name."
              .formatted(what, String.join(", ", unknown), known));
    }
  }
}
