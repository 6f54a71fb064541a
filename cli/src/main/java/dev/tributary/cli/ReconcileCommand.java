package dev.tributary.cli;

import dev.tributary.cli.reconcile.Reconciler;
import dev.tributary.cli.reconcile.Reconciliation;
import dev.tributary.cli.reconcile.ReconciliationText;
import dev.tributary.cli.reconcile.Verdict;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.json.Json;
import dev.tributary.core.metastore.HttpMetastore;
import dev.tributary.core.metastore.MetastoreSettings;
import dev.tributary.core.secret.SecretReference;
import dev.tributary.core.settings.Program;
import dev.tributary.core.settings.Settings;
import dev.tributary.core.settings.SettingsGroup;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.Versioned;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** {@code tributary reconcile}: is every Kafka offset accounted for, all the way to the table? */
final class ReconcileCommand implements Cli.Command {
  static final Program PROGRAM =
      Program.of(
          "tributary reconcile",
          "Compares Kafka's offsets, the manifest log, the plan log and the table. Exit code 0: all"
              + " is accounted for; 75: nothing is wrong, but records wait or a topic is not there"
              + " yet; 3: something is missing, twice or does not add up.",
          SettingsGroup.of(
              "What to reconcile",
              CommandSettings.DATASETS,
              CommandSettings.DEEP,
              CommandSettings.JSON),
          CommandSettings.METASTORE,
          CommandSettings.STORE);

  @Override
  public int run(String[] arguments) {
    return PROGRAM.run(arguments, ReconcileCommand::reconcile);
  }

  private static int reconcile(Settings settings) {
    Catalog catalog = new Catalog(HttpMetastore.of(settings));
    Reconciler reconciler =
        new Reconciler(StoreConfiguration.of(settings), SecretReference.ofProcess());
    Reconciler.Depth depth =
        settings.get(CommandSettings.DEEP) ? Reconciler.Depth.DATA : Reconciler.Depth.LOGS;
    Verdict worst = Verdict.BALANCED;
    List<Versioned<DatasetSpec>> datasets =
        catalog.datasets(settings.get(CommandSettings.DATASETS));
    if (datasets.isEmpty()) {
      throw new TributaryException(
          ErrorCode.NOT_FOUND,
          "There is no dataset in the metastore at %s that is not retired, so there are no accounts. Register one with: ./tributary dataset apply FILE, or name another metastore by metastore.url."
              .formatted(settings.get(MetastoreSettings.URL)));
    }
    for (Versioned<DatasetSpec> dataset : datasets) {
      Reconciliation reconciliation =
          reconciler.reconcile(dataset.spec(), catalog.source(dataset.spec()), depth);
      if (settings.get(CommandSettings.JSON)) {
        System.out.println(new String(Json.write(reconciliation), StandardCharsets.UTF_8));
      } else {
        ReconciliationText.print(reconciliation, System.out);
        System.out.println();
      }
      if (reconciliation.verdict().compareTo(worst) > 0) {
        worst = reconciliation.verdict();
      }
    }
    return worst.exitCode();
  }
}
