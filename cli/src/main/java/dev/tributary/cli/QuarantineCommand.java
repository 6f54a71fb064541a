package dev.tributary.cli;

import dev.tributary.cli.quarantine.ArchivedValues;
import dev.tributary.cli.quarantine.KnownValues;
import dev.tributary.cli.quarantine.QuarantineFilter;
import dev.tributary.cli.quarantine.QuarantineGroup;
import dev.tributary.cli.quarantine.QuarantineTable;
import dev.tributary.cli.quarantine.QuarantineText;
import dev.tributary.cli.quarantine.QuarantinedRecord;
import dev.tributary.core.json.Json;
import dev.tributary.core.metastore.HttpMetastore;
import dev.tributary.core.settings.Program;
import dev.tributary.core.settings.Setting;
import dev.tributary.core.settings.Settings;
import dev.tributary.core.settings.SettingsGroup;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.SourceSpec;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;

/** {@code tributary quarantine}: the records of a dataset that plans have set aside, and why. */
final class QuarantineCommand implements Cli.Command {
  private static final int MOST_VALUE_BYTES = 16 << 20;

  private static final Setting<String> CODE =
      Setting.text("code", "Only records of this code, such as not-json.");

  private static final Setting<String> STEP =
      Setting.text("step", "Only records that this step refused, such as decode.");

  private static final Setting<PointInTime> SINCE =
      Setting.parsed(
          "since",
          "time or age",
          "Only records that were archived then or later: 2h, 7d, 2026-11-21 (UTC) or"
              + " 2026-11-21T08:30:00Z.",
          PointInTime::parse);

  private static final Setting<QuarantineFilter.State> STATE =
      Setting.oneOf(
              "state",
              "Which records: open ones stand in the quarantine, resolved ones did until a replay"
                  + " made rows of them or found something newer.",
              QuarantineFilter.State.class)
          .withDefault("open");

  private static final Setting<Integer> GROUPS =
      Setting.integer("limit", "How many codes and steps are listed, the most frequent.", 1, 10_000)
          .withDefault("100");

  private static final Setting<Integer> RECORDS =
      Setting.integer("limit", "How many of the newest records are shown.", 1, 10_000)
          .withDefault("20");

  private static final Setting<Boolean> VALUE =
      Setting.flag(
          "value",
          "Also shows each record's own bytes, read from the raw archive, or from the quarantine once"
              + " they have expired there, or where their file is gone or damaged: text as it is, else"
              + " base64.");

  private static final Setting<Long> VALUE_BYTES =
      Setting.bytes("value-bytes", "How many bytes of a value are shown, at most 16m.")
          .withDefault("4k");

  private static final Setting<Boolean> GROUPS_JSON =
      Setting.flag("json", "Prints JSON, one object a code and step, a line each.");

  private static final Setting<Boolean> RECORDS_JSON =
      Setting.flag("json", "Prints JSON, one object a record, a line each.");

  static final Program LIST =
      Program.of(
          "tributary quarantine list",
          "Counts the records of a dataset that were set aside, by code and step, with the first,"
              + " the last and an example of each.",
          SettingsGroup.of(
              "Which", CommandSettings.DATASET, CODE, STEP, SINCE, STATE, GROUPS, GROUPS_JSON),
          CommandSettings.METASTORE,
          CommandSettings.STORE);

  static final Program SHOW =
      Program.of(
          "tributary quarantine show",
          "Shows the newest records of a dataset that were set aside, the oldest of them first:"
              + " where each is, why, and with --value what it holds.",
          SettingsGroup.of(
              "Which",
              CommandSettings.DATASET,
              CODE,
              STEP,
              SINCE,
              STATE,
              RECORDS,
              VALUE,
              VALUE_BYTES,
              RECORDS_JSON),
          CommandSettings.METASTORE,
          CommandSettings.STORE);

  private final Clock clock;
  private final Subcommands subcommands =
      new Subcommands(
          "quarantine",
          Map.of(
              "replay", arguments -> replay(),
              "list",
                  arguments -> LIST.run(Subcommands.positional("dataset", arguments), this::list),
              "show",
                  arguments -> SHOW.run(Subcommands.positional("dataset", arguments), this::show)));

  QuarantineCommand() {
    this(Clock.systemUTC());
  }

  QuarantineCommand(Clock clock) {
    this.clock = clock;
  }

  @Override
  public int run(String[] arguments) {
    return subcommands.run(arguments);
  }

  private int list(Settings settings) {
    DatasetSpec dataset = dataset(settings, new Catalog(HttpMetastore.of(settings)));
    QuarantineTable table = QuarantineTable.open(dataset, StoreConfiguration.of(settings));
    QuarantineTable.Findings<QuarantineGroup> groups =
        table.groups(filter(settings), settings.get(GROUPS));
    if (settings.get(GROUPS_JSON)) {
      groups.found().forEach(QuarantineCommand::printJson);
      return 0;
    }
    if (groups.nothing().isPresent()) {
      System.out.println(groups.nothing().get());
      return 0;
    }
    QuarantineText.printGroups(groups, System.out);
    System.out.printf(
        "%nThe records:  ./tributary quarantine show --dataset %s%nOnce the cause is mended:  ./tributary quarantine replay --dataset %s%n",
        dataset.name(), dataset.name());
    return 0;
  }

  private int show(Settings settings) {
    Catalog catalog = new Catalog(HttpMetastore.of(settings));
    DatasetSpec dataset = dataset(settings, catalog);
    Configuration configuration = StoreConfiguration.of(settings);
    QuarantineTable table = QuarantineTable.open(dataset, configuration);
    QuarantineTable.Findings<QuarantinedRecord> records =
        table.newest(filter(settings), settings.get(RECORDS));
    Optional<KnownValues> values =
        settings.get(VALUE)
            ? Optional.of(
                values(settings, catalog.source(dataset), configuration, table, records.found()))
            : Optional.empty();
    boolean json = settings.get(RECORDS_JSON);
    for (QuarantinedRecord record : records.found()) {
      QuarantinedRecord shown =
          values.map(known -> record.withValue(known.of(record))).orElse(record);
      if (json) {
        printJson(shown);
      } else {
        QuarantineText.print(shown, System.out);
      }
    }
    values
        .flatMap(KnownValues::damage)
        .ifPresent(
            damage -> System.err.printf("%s What is shown of it is the quarantine's.%n", damage));
    if (!json) {
      System.out.println(
          records
              .nothing()
              .orElseGet(
                  () ->
                      records.matching() == records.found().size()
                          ? "%,d in all".formatted(records.matching())
                          : "The newest %,d of %,d; --limit shows more"
                              .formatted(records.found().size(), records.matching())));
    }
    return 0;
  }

  private static KnownValues values(
      Settings settings,
      SourceSpec source,
      Configuration configuration,
      QuarantineTable table,
      List<QuarantinedRecord> shown) {
    int most = (int) Math.min(settings.get(VALUE_BYTES), MOST_VALUE_BYTES);
    return new KnownValues(new ArchivedValues(source, configuration, most), table, shown, most);
  }

  private static DatasetSpec dataset(Settings settings, Catalog catalog) {
    return catalog.dataset(settings.get(CommandSettings.DATASET)).spec();
  }

  private QuarantineFilter filter(Settings settings) {
    return new QuarantineFilter(
        settings.find(CODE),
        settings.find(STEP),
        settings.find(SINCE).map(since -> since.at(clock.instant())),
        settings.get(STATE));
  }

  private static int replay() {
    System.err.println(
        "tributary: a replay is a Spark job. Start it with ./tributary quarantine replay, or submit"
            + " the class dev.tributary.phase2.Replay as docs/operating.md says.");
    return 2;
  }

  private static void printJson(Object value) {
    System.out.println(new String(Json.write(value), StandardCharsets.UTF_8));
  }
}
