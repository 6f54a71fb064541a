package dev.tributary.cli;

import java.util.Arrays;
import java.util.Map;

/**
 * The operator's commands: {@code apply}, {@code reconcile}, {@code status}, {@code source}, {@code
 * dataset}, {@code audit}, {@code plan}, {@code quarantine}, {@code drift}, {@code table}, {@code
 * sweep}, {@code compact}, {@code retain}.
 */
public final class Cli {
  private static final Map<String, Command> COMMANDS =
      Map.ofEntries(
          Map.entry("apply", new ApplyCommand()),
          Map.entry("reconcile", new ReconcileCommand()),
          Map.entry("recover", new RecoverCommand()),
          Map.entry("transform", new TransformCommand()),
          Map.entry("status", new StatusCommand()),
          Map.entry("source", new SourceCommand()),
          Map.entry("dataset", new DatasetCommand()),
          Map.entry("audit", new AuditCommand()),
          Map.entry("plan", new PlanCommand()),
          Map.entry("quarantine", new QuarantineCommand()),
          Map.entry("drift", new DriftCommand()),
          Map.entry("table", new TableCommand()),
          Map.entry("sweep", new SweepCommand()),
          Map.entry("compact", new CompactCommand()),
          Map.entry("retain", new RetainCommand()));

  private Cli() {}

  /** A command; the arguments are those after its name. Answers the exit code. */
  @FunctionalInterface
  interface Command {
    int run(String[] arguments);
  }

  /** Runs the command that the first argument names and ends the process with its exit code. */
  public static void main(String[] arguments) {
    Command command = arguments.length == 0 ? null : COMMANDS.get(arguments[0]);
    if (command == null) {
      System.err.printf(
          "tributary: there is no command '%s'. Use one of %s.%n",
          arguments.length == 0 ? "" : arguments[0], COMMANDS.keySet().stream().sorted().toList());
      System.exit(2);
      return;
    }
    System.exit(command.run(Arrays.copyOfRange(arguments, 1, arguments.length)));
  }
}
