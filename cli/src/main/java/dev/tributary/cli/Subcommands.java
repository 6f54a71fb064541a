package dev.tributary.cli;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A command that is a family: {@code dataset list}, {@code dataset show}. */
final class Subcommands implements Cli.Command {
  private final String name;
  private final Map<String, Cli.Command> commands;

  Subcommands(String name, Map<String, Cli.Command> commands) {
    this.name = name;
    this.commands = new TreeMap<>(commands);
  }

  @Override
  public int run(String[] arguments) {
    if (arguments.length > 0 && commands.containsKey(arguments[0])) {
      return commands.get(arguments[0]).run(Arrays.copyOfRange(arguments, 1, arguments.length));
    }
    if (arguments.length > 0 && !arguments[0].startsWith("-")) {
      System.err.printf(
          "tributary: '%s' has no command '%s'. Use one of %s.%n",
          name, arguments[0], String.join(", ", commands.keySet()));
      return 2;
    }
    boolean asked = arguments.length > 0 && List.of("-h", "--help").contains(arguments[0]);
    (asked ? System.out : System.err)
        .printf(
            "Usage: tributary %s %s [OPTIONS]; each with --help.%n",
            name, String.join("|", commands.keySet()));
    return asked ? 0 : 2;
  }

  /** The same arguments, where a first one that is no flag is the value of the given flag. */
  static String[] positional(String flag, String[] arguments) {
    if (arguments.length == 0 || arguments[0].startsWith("-")) {
      return arguments;
    }
    String[] flags = Arrays.copyOf(arguments, arguments.length);
    flags[0] = "--" + flag + "=" + arguments[0];
    return flags;
  }
}
