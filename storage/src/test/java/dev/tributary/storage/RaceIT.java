package dev.tributary.storage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.storage.delta.ConditionalLogStore;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Drivers in two processes that want the same thing at the same time. */
@Tag("long")
final class RaceIT {
  private static final int THREADS = 8;

  /** 200 for each of the three things that they race for. */
  private static final int ROUNDS = Integer.getInteger("tributary.race.rounds", 600);

  @TempDir Path folder;

  @Test
  void sixteenThreadsInTwoProcessesHaveOneWinnerARound() throws Exception {
    String root = SharedS3.BUCKET + "/race/" + UUID.randomUUID();
    Process[] racers = {racer(root, 0), racer(root, 1)};
    try {
      List<BufferedReader> answers = new ArrayList<>();
      List<PrintStream> orders = new ArrayList<>();
      for (Process racer : racers) {
        answers.add(racer.inputReader());
        orders.add(new PrintStream(racer.getOutputStream(), true, UTF_8));
      }
      ObjectStore store =
          ObjectStores.forPath(
              new org.apache.hadoop.fs.Path("s3a://" + root),
              SharedS3.configuration(SharedS3.endpoint()));
      for (int round = 0; round < ROUNDS; round++) {
        for (PrintStream order : orders) {
          order.println(round);
        }
        List<String> won = new ArrayList<>();
        for (BufferedReader answer : answers) {
          String line = answer.readLine();
          assertThat(line).as("a racer's answer; its log is in %s", folder).isNotNull();
          won.addAll(List.of(line.strip().split(" ")));
        }
        won.removeIf(String::isEmpty);
        assertThat(won).as("winners of round %d", round).hasSize(1);
        assertThat(new String(store.read(Target.of(round).path("s3a", root)).orElseThrow(), UTF_8))
            .as("what round %d left", round)
            .contains(won.get(0));
      }
    } finally {
      for (Process racer : racers) {
        racer.destroyForcibly();
      }
    }
  }

  private Process racer(String root, int number) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx256m",
            "-cp",
            System.getProperty("java.class.path"),
            Racer.class.getName(),
            SharedS3.endpoint().toString(),
            root)
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

    boolean take(String scheme, String root, Configuration configuration, String id)
        throws IOException {
      org.apache.hadoop.fs.Path path = path(scheme, root);
      String content = "{\"id\":\"%s\"}".formatted(id);
      if (kind != 0) {
        return new DenseLog(ObjectStores.forPath(path, configuration), path.getParent())
            .append(number, content.getBytes(UTF_8));
      }
      try {
        new ConditionalLogStore(configuration)
            .write(path, List.of(content).iterator(), false, configuration);
        return true;
      } catch (FileAlreadyExistsException e) {
        return false;
      }
    }
  }

  /** One of the processes: half of its threads say s3, half s3a. */
  static final class Racer {
    private Racer() {}

    public static void main(String[] arguments) throws Exception {
      Configuration configuration = SharedS3.configuration(java.net.URI.create(arguments[0]));
      configuration.unset("fs.s3a.impl.disable.cache");
      configuration.unset("fs.s3.impl.disable.cache");
      String root = arguments[1];
      ExecutorService executor = Executors.newFixedThreadPool(THREADS);
      CyclicBarrier start = new CyclicBarrier(THREADS);
      BufferedReader orders = new BufferedReader(new InputStreamReader(System.in, UTF_8));
      for (String order = orders.readLine(); order != null; order = orders.readLine()) {
        Target target = Target.of(Integer.parseInt(order));
        List<Future<String>> results = new ArrayList<>();
        for (int thread = 0; thread < THREADS; thread++) {
          String scheme = thread % 2 == 0 ? "s3" : "s3a";
          results.add(
              executor.submit(
                  () -> {
                    String id = UUID.randomUUID().toString();
                    start.await();
                    return target.take(scheme, root, configuration, id) ? id : "";
                  }));
        }
        StringBuilder won = new StringBuilder();
        for (Future<String> result : results) {
          won.append(result.get()).append(' ');
        }
        System.out.println(won);
      }
      System.exit(0);
    }
  }
}
