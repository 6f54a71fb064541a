package dev.tributary.cli;

import dev.tributary.archive.ManifestLog;
import dev.tributary.cli.drift.ArchivedRecords;
import dev.tributary.cli.drift.Drift;
import dev.tributary.cli.drift.DriftFinding;
import dev.tributary.cli.drift.DriftText;
import dev.tributary.core.json.Json;
import dev.tributary.core.metastore.HttpMetastore;
import dev.tributary.core.settings.Program;
import dev.tributary.core.settings.Setting;
import dev.tributary.core.settings.Settings;
import dev.tributary.core.settings.SettingsGroup;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.SourceSpec;
import dev.tributary.phase2.live.TransformJars;
import dev.tributary.phase2.plan.PlanLog;
import dev.tributary.phase2.step.StandaloneSteps;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;

/** {@code tributary drift}: what of a dataset's records its columns do not say. */
final class DriftCommand implements Cli.Command {
  private static final Setting<Integer> RECORDS =
      Setting.integer(
              "records",
              "Looks at about so many of the newest records, as many of each topic: whole entries"
                  + " of the archive, at least one.",
              1,
              100_000_000)
          .withDefault("10000");

  private static final Setting<PointInTime> FROM =
      Setting.parsed(
          "from",
          "time or age",
          "Looks at all records that were archived then or later instead: 2h, 7d, 2026-11-21 (UTC)"
              + " or 2026-11-21T08:30:00Z.",
          PointInTime::parse);

  private static final Setting<Boolean> JSON =
      Setting.flag("json", "Prints JSON, one object a finding, a line each.");

  static final Program PROGRAM =
      Program.of(
          "tributary drift",
          "Looks at archived records and lists the fields that no column of the dataset reads and"
              + " the values that its columns do not take: what kinds of values, how many, the"
              + " first of them, and the change that takes them in. No value is shown.",
          SettingsGroup.of("Which", CommandSettings.DATASET, RECORDS, FROM, JSON),
          CommandSettings.METASTORE,
          CommandSettings.STORE);

  private final Clock clock;

  DriftCommand() {
    this(Clock.systemUTC());
  }

  DriftCommand(Clock clock) {
    this.clock = clock;
  }

  @Override
  public int run(String[] arguments) {
    return PROGRAM.run(Subcommands.positional("dataset", arguments), this::drift);
  }

  private int drift(Settings settings) {
    HttpMetastore metastore = HttpMetastore.of(settings);
    Catalog catalog = new Catalog(metastore);
    DatasetSpec dataset = catalog.dataset(settings.get(CommandSettings.DATASET)).spec();
    SourceSpec source = catalog.source(dataset);
    Configuration configuration = StoreConfiguration.of(settings);
    PlanLog plans = PlanLog.open(dataset.target().path(), configuration);
    TransformJars jars = new TransformJars(plans, metastore, configuration);
    try (StandaloneSteps steps = StandaloneSteps.load(dataset, jars.of(dataset))) {
      Drift drift = new Drift(dataset, steps.steps());
      for (String topic : source.topics()) {
        ManifestLog log = ManifestLog.open(source.archive().location(), topic, configuration);
        records(settings, source, log).read(drift);
      }
      print(settings, dataset, drift);
    }
    return 0;
  }

  private ArchivedRecords records(Settings settings, SourceSpec source, ManifestLog log) {
    Optional<PointInTime> from = settings.find(FROM);
    if (from.isPresent()) {
      return ArchivedRecords.since(log, from.get().at(clock.instant()).toEpochMilli());
    }
    return ArchivedRecords.newest(log, Math.max(1, settings.get(RECORDS) / source.topics().size()));
  }

  private static void print(Settings settings, DatasetSpec dataset, Drift drift) {
    List<DriftFinding> findings = drift.findings();
    if (!settings.get(JSON)) {
      new DriftText(dataset, System.out).print(drift.counts(), findings);
      return;
    }
    findings.forEach(
        finding -> System.out.println(new String(Json.write(finding), StandardCharsets.UTF_8)));
  }
}
