package dev.tributary.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The first command of the README, as a newcomer types it. */
class DemoIT {
  private static final Path HOME = Path.of(System.getProperty("tributary.home"));
  private static final Pattern LISTED =
      Pattern.compile("(?m)^  ([a-z0-9]+) +(?:([a-z-]+(?:, [a-z-]+)*)(?: …)?:)?");
  private static final Pattern FAMILY =
      Pattern.compile("Usage: tributary [a-z]+ ([a-z-]+(?:\\|[a-z-]+)+) \\[OPTIONS]");

  /** Every program has this setting, so that its help ends with it. */
  private static final Pattern SETTINGS = Pattern.compile("(?m)^ +--settings <path>$");

  @TempDir Path folder;

  @Test
  void theDemoEndsWithBalancedAccountsAndLeavesNothingRunning()
      throws IOException, InterruptedException {
    Path log = folder.resolve("demo.log");
    Process demo =
        launch(log, "demo", "--events", "12000", "--data", folder.resolve("data").toString());

    assertThat(demo.waitFor(20, TimeUnit.MINUTES)).isTrue();
    String output = Files.readString(log);
    assertThat(demo.exitValue()).as(output).isZero();
    assertThat(output)
        .contains("kill -9 phase 2", "POST /ddl add_column", "All accounts balance")
        .contains("not-json", "wrong-type", "missing-column");
    assertThat(output.split("BALANCED \\(every coordinate read\\)", -1)).hasSize(4);
    assertThat(folder.resolve("data/stack.json")).doesNotExist();
  }

  @Test
  @Tag("long")
  void aRecordTooManyIsToldByTheExitCode()
      throws IOException, InterruptedException, ExecutionException {
    Path log = folder.resolve("demo.log");
    Process demo =
        launch(log, "demo", "--events", "4000", "--data", folder.resolve("data").toString());
    try {
      await()
          .atMost(Duration.ofMinutes(5))
          .until(() -> Files.readString(log).contains("Started the drivers"));
      Matcher kafka = Pattern.compile("Up: Kafka ([^,]+),").matcher(Files.readString(log));
      assertThat(kafka.find()).isTrue();
      try (KafkaProducer<String, String> stranger =
          new KafkaProducer<>(
              Map.of("bootstrap.servers", kafka.group(1)),
              new StringSerializer(),
              new StringSerializer())) {
        stranger.send(new ProducerRecord<>("flights", "{\"date\":\"nobody's\"}")).get();
      }

      assertThat(demo.waitFor(20, TimeUnit.MINUTES)).isTrue();
    } finally {
      demo.destroy();
    }
    assertThat(log).content().contains("SOMETHING IS WRONG", "WRONG: the 2,000 messages must make");
    assertThat(demo.exitValue()).isEqualTo(3);
  }

  /**
   * Found by asking: what the launcher's help lists, and what a family of commands says of itself.
   */
  @Test
  @Tag("long")
  void everyCommandHasHelp() throws IOException, InterruptedException, ExecutionException {
    Map<String, Set<String>> commands = listedCommands();
    assertThat(commands.keySet()).containsAll(knownToTheLauncher());
    if (!Files.exists(HOME.resolve("benchmarks/target/classes"))) {
      // Its module is built after this one.
      commands.remove("bench");
    }
    ExecutorService askers = Executors.newFixedThreadPool(3);
    try {
      Map<String, Future<String>> families = new TreeMap<>();
      commands.keySet().forEach(each -> families.put(each, askers.submit(() -> help(each))));
      Map<String, Future<String>> members = new TreeMap<>();
      for (Map.Entry<String, Future<String>> family : families.entrySet()) {
        Set<String> names = new TreeSet<>(commands.get(family.getKey()));
        String said = family.getValue().get();
        Matcher usage = FAMILY.matcher(said);
        if (usage.find()) {
          names.addAll(List.of(usage.group(1).split("\\|")));
        } else {
          assertThat(said).as(family.getKey()).containsPattern(SETTINGS);
        }
        for (String name : names) {
          String command = family.getKey() + " " + name;
          members.put(command, askers.submit(() -> help(command)));
        }
      }
      for (String command : List.of("token-create", "token-list", "token-revoke", "backup")) {
        members.put("metastore " + command, askers.submit(() -> help("metastore " + command)));
      }
      assertThat(members)
          .containsKeys("dataset propose", "quarantine replay", "local produce", "plan void");
      for (Map.Entry<String, Future<String>> member : members.entrySet()) {
        assertThat(member.getValue().get()).as(member.getKey()).containsPattern(SETTINGS);
      }
    } finally {
      askers.shutdownNow();
    }
  }

  /** The commands of {@code ./tributary help}, each with those that it names before a colon. */
  private Map<String, Set<String>> listedCommands() throws IOException, InterruptedException {
    Map<String, Set<String>> commands = new TreeMap<>();
    Matcher listed = LISTED.matcher(printed("help"));
    while (listed.find()) {
      String members = listed.group(2) == null ? "" : listed.group(2);
      commands.put(
          listed.group(1),
          Arrays.stream(members.split(", "))
              .filter(each -> !each.isEmpty())
              .collect(Collectors.toCollection(TreeSet::new)));
    }
    return commands;
  }

  /** What the launcher's own text takes for a command. */
  private static Set<String> knownToTheLauncher() throws IOException {
    String launcher = Files.readString(HOME.resolve("tributary"));
    String choices = launcher.substring(launcher.indexOf("\ncase \"$command\" in\n"));
    Set<String> known = new TreeSet<>();
    Matcher choice = Pattern.compile("(?m)^  ([a-z0-9 |]+)\\)$").matcher(choices);
    while (choice.find()) {
      known.addAll(List.of(choice.group(1).split(" \\| ")));
    }
    assertThat(known).contains("phase1", "bench", "retain");
    return known;
  }

  private String help(String command) throws IOException, InterruptedException {
    return printed((command + " --help").split(" "));
  }

  private String printed(String... arguments) throws IOException, InterruptedException {
    Path log = folder.resolve(String.join("_", arguments) + ".log");
    Process process = launch(log, arguments);
    assertThat(process.waitFor(3, TimeUnit.MINUTES)).isTrue();
    String printed = Files.readString(log);
    assertThat(process.exitValue()).as("%s: %s", List.of(arguments), printed).isZero();
    return printed;
  }

  @Test
  void aCommandThatDoesNotExistIsAUsageError() throws IOException, InterruptedException {
    Path log = folder.resolve("unknown.log");
    Process unknown = launch(log, "fly");

    assertThat(unknown.waitFor(1, TimeUnit.MINUTES)).isTrue();
    assertThat(unknown.exitValue()).isEqualTo(2);
    assertThat(log).content().contains("there is no command 'fly'");
  }

  private static Process launch(Path log, String... arguments) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(HOME.resolve("tributary").toString())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile());
    builder.command().addAll(List.of(arguments));
    // The build that runs this test has built it all.
    builder.environment().put("TRIBUTARY_BUILD", "never");
    return builder.start();
  }
}
