package dev.tributary.cli;

import dev.tributary.core.apply.Applier;
import dev.tributary.core.apply.Applier.Others;
import dev.tributary.core.apply.Applier.Stayed;
import dev.tributary.core.apply.DatasetFile;
import dev.tributary.core.apply.Plan;
import dev.tributary.core.apply.Step.Kind;
import dev.tributary.core.error.ErrorCategory;
import dev.tributary.core.metastore.HttpMetastoreAdmin;
import dev.tributary.core.metastore.MetastoreConnection;
import dev.tributary.core.settings.Program;
import dev.tributary.core.settings.Setting;
import dev.tributary.core.settings.Settings;
import dev.tributary.core.settings.SettingsGroup;
import java.io.Console;
import java.nio.file.Path;
import java.util.List;

/** {@code tributary apply FILE}: makes the metastore hold what a file says. */
final class ApplyCommand implements Cli.Command {
  private static final Setting<Path> FILE =
      Setting.path("file", "A YAML file of sources and datasets.").required();
  private static final Setting<String> ENVIRONMENT =
      Setting.text("environment", "Whose values of the file hold.");
  private static final Setting<Boolean> PLAN_ONLY =
      Setting.flag("plan", "Shows what would change, and changes nothing.");
  private static final Setting<Boolean> YES =
      Setting.flag("yes", "Applies the plan without asking.");
  private static final Setting<Boolean> PRUNE =
      Setting.flag("prune", "Retires what the metastore knows and the file does not.");

  static final Program PROGRAM =
      Program.of(
          "tributary apply FILE",
          "Makes the metastore hold what a file says, after it has shown what that changes.",
          SettingsGroup.of("What", FILE, ENVIRONMENT, PLAN_ONLY, YES, PRUNE),
          CommandSettings.METASTORE);

  @Override
  public int run(String[] arguments) {
    return PROGRAM.run(Subcommands.positional("file", arguments), ApplyCommand::apply);
  }

  private static int apply(Settings settings) {
    Applier applier = new Applier(new HttpMetastoreAdmin(MetastoreConnection.of(settings)));
    Plan plan =
        applier.plan(
            DatasetFile.read(settings.get(FILE), settings.find(ENVIRONMENT)),
            settings.get(PRUNE) ? Others.RETIRE : Others.KEEP);
    System.out.print(plan.text());
    if (plan.count(Kind.REFUSED) > 0) {
      System.err.println("tributary apply: nothing is applied while the metastore refuses a part.");
      return ErrorCategory.USAGE.exitCode();
    }
    if (settings.get(PLAN_ONLY) || !plan.changesAnything()) {
      return 0;
    }
    if (!settings.get(YES) && !confirmed()) {
      System.err.println("tributary apply: nothing was changed. --yes applies without asking.");
      return ErrorCategory.USAGE.exitCode();
    }
    List<Stayed> stayed = applier.apply(plan);
    if (!stayed.isEmpty()) {
      stayed.forEach(
          each -> System.err.printf("! %s is not retired: %s%n", each.path(), each.reason()));
      System.err.printf(
          "tributary apply: all else is applied. What is not retired, %d of %d, is tried again by"
              + " the next --prune.%n",
          stayed.size(), plan.count(Kind.RETIRE));
      return ErrorCategory.USAGE.exitCode();
    }
    System.out.println("Applied.");
    return 0;
  }

  private static boolean confirmed() {
    Console console = System.console();
    return console != null && "yes".equals(console.readLine("Apply this? Only 'yes' is taken: "));
  }
}
