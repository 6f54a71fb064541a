package dev.tributary.storage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tributary.core.json.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.delta.DeltaLog;
import org.apache.spark.sql.delta.DeltaOperations;
import org.apache.spark.sql.delta.OptimisticTransaction;
import org.apache.spark.sql.delta.actions.Action;
import org.apache.spark.sql.delta.actions.SetTransaction;
import org.apache.spark.sql.delta.storage.LogStore;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import scala.Option;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Drivers in two processes that want the same thing at the same time. Each of their threads calls
 * the store by one of its three names; Delta's versions are put by the log store that Delta itself
 * finds for that name.
 */
@Tag("long")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class RaceIT {
  private static final int THREADS = 8;
  private static final List<String> SCHEMES = List.of("s3", "s3a", "s3n");

  /** 200 for each of the three things that they race for. */
  private static final int ROUNDS = Integer.getInteger("tributary.race.rounds", 600);

  /** Of whole commits of Delta: each round all 16 come through, one after the other. */
  private static final int COMMIT_ROUNDS = 3;

  private final String root = SharedS3.BUCKET + "/race/" + UUID.randomUUID();
  private final List<Process> racers = new ArrayList<>();
  private final List<BufferedReader> answers = new ArrayList<>();
  private final List<PrintStream> orders = new ArrayList<>();
  private ObjectStore store;

  @TempDir static Path folder;

  @BeforeAll
  void startRacers() throws IOException {
    for (int number = 0; number < 2; number++) {
      Process racer = racer(number);
      racers.add(racer);
      answers.add(racer.inputReader());
      orders.add(new PrintStream(racer.getOutputStream(), true, UTF_8));
    }
    store =
        ObjectStores.forPath(
            new org.apache.hadoop.fs.Path("s3a://" + root),
            SharedS3.configuration(SharedS3.endpoint()));
  }

  @AfterAll
  void endRacers() {
    racers.forEach(Process::destroyForcibly);
  }

  @Test
  void sixteenThreadsInTwoProcessesHaveOneWinnerARound() throws Exception {
    Set<String> winners = new HashSet<>();
    for (int round = 0; round < ROUNDS; round++) {
      List<String> won = race("put " + round);
      assertThat(won).as("winners of round %d", round).hasSize(1);
      assertThat(read(Target.of(round).path("s3a", root)))
          .as("what round %d left", round)
          .contains(won.get(0));
      winners.add(won.get(0).substring(0, 1));
    }
    assertThat(winners).as("the processes that won a round").containsExactlyInAnyOrder("0", "1");
  }

  @Test
  void sixteenThreadsInTwoProcessesCommitToOneTableAndEachVersionIsOneOfTheirs() throws Exception {
    orders.get(0).println("create");
    assertThat(answers.get(0).readLine()).isEqualTo("created");
    Map<Long, String> versions = new TreeMap<>();
    for (int round = 0; round < COMMIT_ROUNDS; round++) {
      for (String committed : race("commit")) {
        String[] words = committed.split("@");
        assertThat(versions.put(Long.valueOf(words[1]), words[0]))
            .as("who else committed version %s", words[1])
            .isNull();
      }
    }
    int commits = 2 * THREADS * COMMIT_ROUNDS;
    assertThat(versions).hasSize(commits);
    for (long version = 1; version <= commits; version++) {
      assertThat(applications(version))
          .as("who is in version %d", version)
          .containsExactly(versions.get(version));
    }
    assertThat(store.exists(version(commits + 1))).isFalse();
  }

  /** Gives both processes an order at once; their answers, of all threads that have one. */
  private List<String> race(String order) throws IOException {
    orders.forEach(racer -> racer.println(order));
    List<String> all = new ArrayList<>();
    for (BufferedReader answer : answers) {
      String line = answer.readLine();
      assertThat(line).as("a racer's answer; its log is in %s", folder).isNotNull();
      all.addAll(List.of(line.strip().split(" ")));
    }
    all.removeIf(String::isEmpty);
    return all;
  }

  private org.apache.hadoop.fs.Path version(long version) {
    return new org.apache.hadoop.fs.Path(
        "s3a://%s/delta/_delta_log/%020d.json".formatted(root, version));
  }

  /** The applications whose transactions a version bears. */
  private List<String> applications(long version) {
    return read(version(version))
        .lines()
        .map(line -> Json.read(line.getBytes(UTF_8), JsonNode.class))
        .filter(action -> action.has("txn"))
        .map(action -> action.path("txn").path("appId").asText())
        .toList();
  }

  private String read(org.apache.hadoop.fs.Path path) {
    return new String(store.read(path).orElseThrow(), UTF_8);
  }

  private Process racer(int number) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    // What opens Java to Spark, and the memory below.
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(argument -> argument.startsWith("-XX:") || argument.startsWith("--add-"))
        .forEach(command::add);
    command.addAll(
        List.of(
            "-Xmx512m",
            "-cp",
            System.getProperty("java.class.path"),
            Racer.class.getName(),
            SharedS3.endpoint().toString(),
            root,
            Integer.toString(number)));
    return new ProcessBuilder(command)
        .redirectError(folder.resolve("racer-%d.log".formatted(number)).toFile())
        .start();
  }

  /** What a round is about: the three things that drivers put if absent, in turn. */
  private record Target(int kind, long number) {
    static Target of(int round) {
      return new Target(round % 3, round / 3);
    }

    org.apache.hadoop.fs.Path path(String scheme, String root) {
      String file = "%020d.json".formatted(number);
      String place =
          List.of("table/_delta_log", "archive/orders/_log", "_plans/orders/00000").get(kind);
      return new org.apache.hadoop.fs.Path("%s://%s/%s/%s".formatted(scheme, root, place, file));
    }

    boolean take(org.apache.hadoop.fs.Path path, LogStore delta, Configuration hadoop, String id) {
      String content = "{\"id\":\"%s\"}".formatted(id);
      if (kind != 0) {
        return new DenseLog(ObjectStores.forPath(path, hadoop), path.getParent())
            .append(number, content.getBytes(UTF_8));
      }
      try {
        delta.write(path, CollectionConverters.asScala(List.of(content).iterator()), false, hadoop);
        return true;
      } catch (Exception e) {
        // Scala declares no exceptions.
        if (e instanceof FileAlreadyExistsException) {
          return false;
        }
        throw e;
      }
    }
  }

  /** One of the processes, with a session as the product configures it. */
  static final class Racer {
    private final String root;
    private final String number;
    private final SparkSession spark;
    private final LogStore delta;
    private final Configuration hadoop;
    private final ExecutorService executor = Executors.newFixedThreadPool(THREADS);
    private final CyclicBarrier start = new CyclicBarrier(THREADS);

    private interface Attempt {
      String by(String scheme, String id) throws Exception;
    }

    private Racer(URI endpoint, String root, String number) {
      this.root = root;
      this.number = number;
      this.spark = TestSession.start(endpoint);
      this.delta = LogStore.apply(spark);
      this.hadoop = spark.sessionState().newHadoopConf();
    }

    public static void main(String[] arguments) throws Exception {
      PrintStream answers = System.out;
      // What the libraries print is no answer.
      System.setOut(System.err);
      Racer racer = new Racer(URI.create(arguments[0]), arguments[1], arguments[2]);
      BufferedReader orders = new BufferedReader(new InputStreamReader(System.in, UTF_8));
      for (String order = orders.readLine(); order != null; order = orders.readLine()) {
        answers.println(racer.answer(order));
      }
      Runtime.getRuntime().halt(0);
    }

    private String answer(String order) throws Exception {
      if (order.equals("create")) {
        spark
            .range(0)
            .write()
            .format("delta")
            .option("delta.checkpointInterval", "1000")
            .save("s3a://%s/delta".formatted(root));
        return "created";
      }
      if (order.equals("commit")) {
        return together(this::commit);
      }
      Target target = Target.of(Integer.parseInt(order.split(" ")[1]));
      return together(
          (scheme, id) -> {
            start.await();
            return target.take(target.path(scheme, root), delta, hadoop, id) ? id : "";
          });
    }

    /** A commit that changes nothing but bears the thread's mark, on the version that all read. */
    private String commit(String scheme, String id) throws Exception {
      SparkSession.setActiveSession(spark);
      DeltaLog log =
          DeltaLog.forTable(
              spark, new org.apache.hadoop.fs.Path("%s://%s/delta".formatted(scheme, root)));
      OptimisticTransaction transaction = log.startTransaction(Option.empty(), Option.empty());
      start.await();
      Action mark = new SetTransaction(id, 1, Option.empty());
      DeltaOperations.Operation write =
          new DeltaOperations.Write(
              SaveMode.Append,
              Option.empty(),
              Option.empty(),
              Option.empty(),
              Option.empty(),
              Option.empty(),
              Option.empty(),
              Option.empty(),
              Option.empty());
      long version = transaction.commit(CollectionConverters.asScala(List.of(mark)).toSeq(), write);
      return id + "@" + version;
    }

    private String together(Attempt attempt) throws Exception {
      List<Future<String>> results = new ArrayList<>();
      for (int thread = 0; thread < THREADS; thread++) {
        String scheme = SCHEMES.get(thread % SCHEMES.size());
        String id = number + "-" + UUID.randomUUID();
        results.add(executor.submit(() -> attempt.by(scheme, id)));
      }
      StringBuilder all = new StringBuilder();
      for (Future<String> result : results) {
        all.append(result.get()).append(' ');
      }
      return all.toString();
    }
  }
}
