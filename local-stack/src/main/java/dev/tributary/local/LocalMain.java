package dev.tributary.local;

import dev.tributary.cli.table.TextTable;
import dev.tributary.core.settings.Program;
import dev.tributary.core.settings.Settings;
import dev.tributary.local.demo.Demo;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** {@code tributary local up|down|status|produce} and {@code tributary demo}. */
public final class LocalMain {
  private static final int NOT_UP = 75;

  static final Program UP =
      Program.of(
          "tributary local up",
          "Starts Kafka, an S3 server and the metastore on this machine; they run on until 'local"
              + " down'.",
          LocalSettings.FOLDER,
          LocalSettings.SERVERS);
  static final Program SERVE =
      Program.of(
          "tributary local serve",
          "Holds the servers that 'local up' started.",
          LocalSettings.FOLDER,
          LocalSettings.SERVERS);
  static final Program DOWN =
      Program.of("tributary local down", "Stops them; their data stays.", LocalSettings.FOLDER);
  static final Program STATUS =
      Program.of("tributary local status", "Says what is up.", LocalSettings.FOLDER);

  private LocalMain() {}

  /** Runs the command that the arguments name and ends the process with its exit code. */
  public static void main(String[] arguments) {
    System.exit(run(arguments));
  }

  private static int run(String[] arguments) {
    List<String> words = Arrays.asList(arguments);
    if (!words.isEmpty() && words.get(0).equals("demo")) {
      return Demo.PROGRAM.run(rest(arguments, 1), Demo::run);
    }
    String[] flags = rest(arguments, 2);
    return switch (words.size() > 1 ? words.get(1) : "") {
      case "up" -> UP.run(flags, settings -> up(settings, List.of(flags)));
      case "down" -> DOWN.run(flags, LocalMain::down);
      case "status" -> STATUS.run(flags, LocalMain::status);
      case "produce" -> LocalProduce.PROGRAM.run(topicFirst(flags), LocalMain::produce);
      case "serve" ->
          SERVE.run(flags, settings -> new LocalServe(folder(settings), settings).run());
      case "--help", "-h" -> usage(0);
      case "" -> usage(2);
      default -> unknown(words.get(1));
    };
  }

  private static String[] rest(String[] arguments, int from) {
    return arguments.length <= from
        ? new String[0]
        : Arrays.copyOfRange(arguments, from, arguments.length);
  }

  private static int unknown(String command) {
    System.err.printf(
        "tributary: 'local' has no command '%s'. Use one of up, down, status, produce.%n", command);
    return 2;
  }

  private static int usage(int exitCode) {
    (exitCode == 0 ? System.out : System.err)
        .println("Usage: tributary local up|down|status|produce [OPTIONS]; each with --help.");
    return exitCode;
  }

  private static StackFolder folder(Settings settings) {
    return new StackFolder(settings.get(LocalSettings.DATA));
  }

  private static int up(Settings settings, List<String> flags) throws InterruptedException {
    StackFolder folder = folder(settings);
    Optional<StackState> running = folder.running();
    if (running.isPresent()) {
      System.out.printf("It is up already, in %s:%n", folder.root());
      print(running.get());
      return 0;
    }
    GivenServers.require(settings);
    StackState state = LocalUp.start(folder, flags);
    print(state);
    System.out.printf(
        "%nData, logs and settings are in %s.%nFor other tools: . %s%n",
        folder.root(), folder.env());
    return 0;
  }

  private static int down(Settings settings) throws InterruptedException {
    StackFolder folder = folder(settings);
    Optional<StackState> state = folder.state();
    if (state.isEmpty()) {
      System.out.printf("Nothing is up in %s.%n", folder.root());
      return 0;
    }
    LocalDown.stop(folder, state.get());
    System.out.printf("Stopped; the data is still in %s.%n", folder.root());
    return 0;
  }

  /** The same arguments, where a first one that is no flag is the topic. */
  private static String[] topicFirst(String[] arguments) {
    if (arguments.length == 0 || arguments[0].startsWith("-")) {
      return arguments;
    }
    String[] flags = arguments.clone();
    flags[0] = "--topic=" + arguments[0];
    return flags;
  }

  private static int produce(Settings settings) throws InterruptedException, IOException {
    Optional<String> given = settings.find(LocalProduce.KAFKA);
    if (given.isPresent()) {
      return LocalProduce.run(settings, given.get(), System.in);
    }
    StackFolder folder = folder(settings);
    Optional<StackState> running = folder.running();
    if (running.isEmpty()) {
      System.err.printf(
          "Nothing is up in %s. Start it: ./tributary local up, or name a Kafka by --kafka%n",
          folder.root());
      return NOT_UP;
    }
    return LocalProduce.run(settings, running.get().kafka(), System.in);
  }

  private static int status(Settings settings) {
    StackFolder folder = folder(settings);
    Optional<StackState> state = folder.state();
    if (state.isEmpty()) {
      System.out.printf("Nothing is up in %s. Start it: ./tributary local up%n", folder.root());
      return NOT_UP;
    }
    print(state.get());
    boolean allAlive =
        state.get().supervised()
            && state.get().servers().stream().allMatch(each -> each.process().find().isPresent());
    return allAlive ? 0 : NOT_UP;
  }

  private static void print(StackState state) {
    TextTable table = new TextTable(List.of("server", "state", "process", "address", "log"));
    for (StackState.Server server : state.servers()) {
      table.row(
          server.name(),
          server.process().find().isPresent() ? "up" : "DOWN",
          String.valueOf(server.process().pid()),
          server.address(),
          server.log());
    }
    if (state.servers().stream().noneMatch(server -> server.name().equals("kafka"))) {
      table.row("kafka", "given", "-", state.kafka(), "-");
    }
    if (state.servers().stream().noneMatch(server -> server.name().equals("s3"))) {
      table.row("s3", "given", "-", state.s3Endpoint(), "-");
    }
    table.print(System.out, "");
  }
}
