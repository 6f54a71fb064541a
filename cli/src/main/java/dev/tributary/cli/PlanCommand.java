package dev.tributary.cli;

import dev.tributary.cli.table.TextTable;
import dev.tributary.core.metastore.HttpMetastore;
import dev.tributary.core.settings.Program;
import dev.tributary.core.settings.Settings;
import dev.tributary.core.settings.SettingsGroup;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.phase2.plan.Plan;
import dev.tributary.phase2.plan.PlanAccount;
import dev.tributary.phase2.plan.PlanLog;
import dev.tributary.phase2.plan.PlanRulings;
import dev.tributary.phase2.plan.Ruling;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** {@code tributary plan}: the plan log of a dataset's table, and an operator's word on a plan. */
final class PlanCommand implements Cli.Command {
  static final Program LIST =
      Program.of(
          "tributary plan list",
          "Lists the newest plans of a dataset's table and what became of their records.",
          SettingsGroup.of("Which", CommandSettings.DATASET, CommandSettings.LIMIT),
          CommandSettings.METASTORE,
          CommandSettings.STORE);
  static final Program ACCEPT = ruling("accept", "Lifts the limits for a plan.");
  static final Program VOID =
      ruling(
          "void",
          "Lets a plan write nothing; the next one takes its entries under the version that is"
              + " current then.");

  private final Subcommands subcommands =
      new Subcommands(
          "plan",
          Map.of(
              "list",
                  arguments ->
                      LIST.run(Subcommands.positional("dataset", arguments), PlanCommand::list),
              "accept",
                  arguments ->
                      ACCEPT.run(
                          Subcommands.positional("plan", arguments),
                          settings -> rule(settings, PlanRulings::accept)),
              "void",
                  arguments ->
                      VOID.run(
                          Subcommands.positional("plan", arguments),
                          settings -> rule(settings, PlanRulings::voidPlan))));

  private static Program ruling(String name, String purpose) {
    return Program.of(
        "tributary plan " + name,
        purpose + " The driver that meets the plan next carries it out.",
        SettingsGroup.of(
            "Which and why",
            CommandSettings.DATASET,
            CommandSettings.PLAN,
            CommandSettings.BY,
            CommandSettings.REASON),
        CommandSettings.METASTORE,
        CommandSettings.STORE);
  }

  /** One of the two rulings. */
  @FunctionalInterface
  private interface Rule {
    Ruling on(PlanRulings rulings, long plan, String by, String reason);
  }

  @Override
  public int run(String[] arguments) {
    return subcommands.run(arguments);
  }

  private static PlanLog open(Settings settings) {
    DatasetSpec dataset =
        new Catalog(HttpMetastore.of(settings))
            .dataset(settings.get(CommandSettings.DATASET))
            .spec();
    return PlanLog.open(dataset.target().path(), StoreConfiguration.of(settings));
  }

  private static int list(Settings settings) {
    PlanLog log = open(settings);
    OptionalLong head = log.head();
    if (head.isEmpty()) {
      System.out.printf("%s has no plans yet%n", log.folders().table());
      return 0;
    }
    TextTable table =
        new TextTable(
            List.of(
                "plan",
                "kind",
                "dataset",
                "version",
                "planned",
                "outcome",
                "read",
                "inserted",
                "updated",
                "deleted",
                "quarantined",
                "table version"));
    long first = Math.max(0, head.getAsLong() - settings.get(CommandSettings.LIMIT) + 1);
    for (long n = first; n <= head.getAsLong(); n++) {
      row(table, log.plan(n).orElseThrow(), log.account(n), log.ruling(n));
    }
    table.print(System.out, "");
    return 0;
  }

  private static void row(
      TextTable table, Plan plan, Optional<PlanAccount> account, Optional<Ruling> ruling) {
    String open = ruling.map(word -> "open, ruled " + Words.of(word.ruling())).orElse("open");
    table.row(
        plan.plan(),
        plan.again().isPresent() ? plan.kind().text() + ", again" : plan.kind().text(),
        plan.dataset(),
        plan.datasetVersion(),
        Instant.ofEpochMilli(plan.plannedAt()),
        account.map(done -> Words.of(done.outcome())).orElse(open),
        account.<Object>map(done -> done.counts().read()).orElse("-"),
        account.<Object>map(done -> done.counts().inserted()).orElse("-"),
        account.<Object>map(done -> done.counts().updated()).orElse("-"),
        account.<Object>map(done -> done.counts().deleted()).orElse("-"),
        account.<Object>map(done -> done.counts().quarantined()).orElse("-"),
        account.flatMap(done -> done.versions().table()).<Object>map(v -> v).orElse("-"));
  }

  private static int rule(Settings settings, Rule rule) {
    PlanLog log = open(settings);
    long plan = settings.get(CommandSettings.PLAN);
    Ruling ruling =
        rule.on(
            new PlanRulings(log, Clock.systemUTC()),
            plan,
            settings.get(CommandSettings.BY),
            settings.get(CommandSettings.REASON));
    System.out.printf(
        "plan %d of %s is ruled '%s'%n", plan, log.folders().table(), Words.of(ruling.ruling()));
    return 0;
  }
}
