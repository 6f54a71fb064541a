package dev.tributary.cli;

import dev.tributary.cli.status.DatasetStatus;
import dev.tributary.cli.status.StatusReader;
import dev.tributary.cli.table.TextTable;
import dev.tributary.core.json.Json;
import dev.tributary.core.metastore.HttpMetastore;
import dev.tributary.core.metastore.HttpMetastoreAdmin;
import dev.tributary.core.metastore.MetastoreConnection;
import dev.tributary.core.secret.SecretReference;
import dev.tributary.core.settings.Program;
import dev.tributary.core.settings.Settings;
import dev.tributary.core.settings.SettingsGroup;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.Versioned;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** {@code tributary status}: what someone woken at night needs. */
final class StatusCommand implements Cli.Command {
  static final Program PROGRAM =
      Program.of(
          "tributary status",
          "Says of each dataset how it is, why, how far it is, how long Kafka still keeps what is"
              + " not archived, and the command to run next. Exit code 0: all is well; 3: something"
              + " needs a person.",
          SettingsGroup.of("What", CommandSettings.DATASETS, CommandSettings.JSON),
          CommandSettings.METASTORE,
          CommandSettings.STORE);

  @Override
  public int run(String[] arguments) {
    return PROGRAM.run(arguments, StatusCommand::status);
  }

  private static int status(Settings settings) {
    Catalog catalog = new Catalog(HttpMetastore.of(settings));
    StatusReader reader =
        new StatusReader(
            StoreConfiguration.of(settings),
            SecretReference.ofProcess(),
            new HttpMetastoreAdmin(MetastoreConnection.of(settings)),
            Clock.systemUTC());
    List<DatasetStatus> all = new ArrayList<>();
    for (Versioned<DatasetSpec> dataset :
        catalog.datasets(settings.get(CommandSettings.DATASETS))) {
      all.add(reader.read(dataset, catalog.source(dataset.spec())));
    }
    if (settings.get(CommandSettings.JSON)) {
      all.forEach(each -> System.out.println(new String(Json.write(each), StandardCharsets.UTF_8)));
    } else {
      print(all);
    }
    return all.stream().anyMatch(each -> each.state().needsSomebody()) ? 3 : 0;
  }

  private static void print(List<DatasetStatus> all) {
    TextTable table =
        new TextTable(
            List.of(
                "dataset",
                "version",
                "state",
                "phase 1",
                "to archive",
                "archived",
                "phase 2",
                "to write",
                "written",
                "lag",
                "retention left"));
    for (DatasetStatus each : all) {
      table.row(
          each.dataset(),
          each.version(),
          Words.of(each.state()),
          each.phase1().orElse("-"),
          waiting(each, each.toArchive()),
          ago(each.archivedAgoMillis()),
          each.phase2().orElse("-"),
          waiting(each, each.toWrite()),
          ago(each.writtenAgoMillis()),
          each.lagSeconds().map(lag -> Words.of(Duration.ofSeconds(lag))).orElse("-"),
          each.retentionLeftMillis().map(left -> Words.of(Duration.ofMillis(left))).orElse("-"));
    }
    table.print(System.out, "");
    for (DatasetStatus each : all) {
      each.cause().ifPresent(cause -> System.out.printf("%n%s: %s%n", each.dataset(), cause));
      each.next().ifPresent(next -> System.out.printf("%s: run  %s%n", each.dataset(), next));
    }
  }

  private static String waiting(DatasetStatus of, long records) {
    return of.state() == DatasetStatus.State.UNREACHABLE ? "-" : Long.toString(records);
  }

  private static String ago(Optional<Long> millis) {
    return millis.map(ago -> Words.of(Duration.ofMillis(ago)) + " ago").orElse("never");
  }
}
