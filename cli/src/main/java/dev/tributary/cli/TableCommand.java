package dev.tributary.cli;

import dev.tributary.cli.table.TableTiersText;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.json.Json;
import dev.tributary.core.metastore.HttpMetastore;
import dev.tributary.core.metastore.TableTiers;
import dev.tributary.core.settings.Program;
import dev.tributary.core.settings.Settings;
import dev.tributary.core.settings.SettingsGroup;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.Versioned;
import dev.tributary.phase2.tiers.TiersReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** {@code tributary table}: what datasets have in the archive, the table and beside it. */
final class TableCommand implements Cli.Command {
  static final Program LIST =
      program(
          "list", "Says of each dataset what its archive, table and quarantine hold, a line each.");
  static final Program SHOW =
      program(
          "show",
          "Says of each dataset what its tiers are: the archive's records, bytes and watermarks; of"
              + " the table, its quarantine, its tombstones and its late rows the URI, columns, properties,"
              + " version, files, rows and bytes; the newest plan and the position.");

  private final Subcommands subcommands =
      new Subcommands(
          "table",
          Map.of(
              "list",
                  arguments ->
                      LIST.run(
                          Subcommands.positional("dataset", arguments),
                          settings -> run(settings, TableTiersText::printList)),
              "show",
                  arguments ->
                      SHOW.run(
                          Subcommands.positional("dataset", arguments),
                          settings -> run(settings, TableTiersText::printAll))));

  private static Program program(String name, String purpose) {
    return Program.of(
        "tributary table " + name,
        purpose,
        SettingsGroup.of("Which", CommandSettings.DATASETS, CommandSettings.JSON),
        CommandSettings.METASTORE,
        CommandSettings.STORE);
  }

  /** How all of them are printed for people. */
  @FunctionalInterface
  private interface Text {
    void print(List<TableTiers> all, PrintStream out);
  }

  @Override
  public int run(String[] arguments) {
    return subcommands.run(arguments);
  }

  /** One that cannot be read does not hide the others. */
  private static int run(Settings settings, Text text) {
    Catalog catalog = new Catalog(HttpMetastore.of(settings));
    TiersReader reader = new TiersReader(StoreConfiguration.of(settings));
    List<TableTiers> all = new ArrayList<>();
    int exitCode = 0;
    for (Versioned<DatasetSpec> dataset :
        catalog.datasets(settings.get(CommandSettings.DATASETS))) {
      try {
        all.add(reader.of(dataset, catalog.source(dataset.spec())));
      } catch (TributaryException e) {
        System.err.printf(
            "tributary table: %s: %s: %s%n",
            dataset.spec().name(), e.code().code(), e.getMessage());
        exitCode = e.code().category().exitCode();
      }
    }
    if (settings.get(CommandSettings.JSON)) {
      all.forEach(each -> System.out.println(new String(Json.write(each), StandardCharsets.UTF_8)));
    } else {
      text.print(all, System.out);
    }
    return exitCode;
  }
}
