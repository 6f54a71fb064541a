package dev.tributary.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Both jobs on Spark standalone, submitted by spark-submit as {@link SparkHome} has it: a master
 * and two workers, executors in JVMs of their own, nothing but Spark on the nodes. Each kind of
 * process is killed with -9 while it works.
 */
@Tag("delivery")
class StandaloneClusterIT {
  private static final Duration PATIENCE = Duration.ofSeconds(240);

  private final List<Process> daemons = new ArrayList<>();
  private final List<Process> workers = new ArrayList<>();

  @Test
  void nothingIsLostOrThereTwiceWhereExecutorsWorkersDriversAndTheMasterAreKilled()
      throws Exception {
    Pipeline pipeline =
        Pipeline.create("cluster", 4)
            .filteredBy(List.of(BasicSteps.filterFromS3("n % 3 <> 1")), event -> event.n() % 3 != 1)
            .withAppendTable()
            .withUpsertTable();
    SparkHome spark = SparkHome.in(DeliveryStack.shared().folder().resolve("cluster"));
    int port = freePort();
    String master = "spark://127.0.0.1:" + port;
    Process lost = startMaster(spark, port);
    Path log = spark.folder().resolve("master.log");
    startWorker(spark, master, log);
    startWorker(spark, master, log);
    pipeline.set("SPARK_HOME", spark.folder().toString());
    pipeline.set(
        "SPARK_SUBMIT_OPTIONS",
        "--master %s --driver-memory 1g --conf spark.driver.host=127.0.0.1".formatted(master)
            + " --conf spark.driver.extraJavaOptions=-XX:TieredStopAtLevel=1"
            + " --conf spark.executor.extraJavaOptions=-XX:TieredStopAtLevel=1"
            + " --conf spark.executor.memory=640m --conf spark.executor.cores=1"
            + " --conf spark.cores.max=2 --conf spark.ui.enabled=false");

    phase1LosesAnExecutorAWorkerAndItsDriver(pipeline);
    pipeline.assertArchiveExact();
    startWorker(spark, master, log);
    phase2LosesAnExecutorAWorkerAndItsDriver(pipeline);
    pipeline.assertTablesExact();

    DriverRun driver = pipeline.phase1("--trigger", "200ms");
    pipeline.produce(200);
    pipeline.awaitArchiveExact(driver);
    lost.destroyForcibly().waitFor();
    pipeline.produce(800);
    // With the executors that it has.
    pipeline.awaitArchiveExact(driver);
    startMaster(spark, port);
    await("the worker at the next master").atMost(PATIENCE).until(() -> registered(log) > 0);
    pipeline.produce(800);
    driver.kill();
    pipeline.phase1("--trigger", "available-now").expectExit(0);
    pipeline.assertArchiveExact();
    pipeline.phase2("--trigger", "available-now").expectExit(0);
    pipeline.assertTablesExact();
    Pipeline.assertReconciled(List.of(pipeline));
  }

  private void phase1LosesAnExecutorAWorkerAndItsDriver(Pipeline pipeline) {
    DriverRun driver = pipeline.phase1("--trigger", "200ms");
    pipeline.produce(200);
    pipeline.awaitArchiveExact(driver);

    pipeline.produce(1_600);
    awaitNextEntry(pipeline);
    killExecutorOf(workers.get(0));
    pipeline.awaitArchiveExact(driver);

    pipeline.produce(1_600);
    awaitNextEntry(pipeline);
    workers.remove(0).destroyForcibly();
    pipeline.awaitArchiveExact(driver);

    pipeline.produce(1_600);
    awaitNextEntry(pipeline);
    driver.kill();
    pipeline.phase1("--trigger", "available-now").expectExit(0);
  }

  /** There are thirteen plans of each table. */
  private void phase2LosesAnExecutorAWorkerAndItsDriver(Pipeline pipeline) {
    DriverRun driver = pipeline.phase2("--trigger", "200ms");
    awaitPlan(pipeline, driver, 2);
    killExecutorOf(workers.get(1));
    awaitPlan(pipeline, driver, 5);
    workers.remove(0).destroyForcibly();
    awaitPlan(pipeline, driver, 9);
    assertThat(pipeline.plans().account(12)).as("there is work left").isEmpty();
    driver.kill();
    pipeline.phase2("--trigger", "available-now").expectExit(0);
  }

  /** From now on phase 1 has more to do. */
  private static void awaitNextEntry(Pipeline pipeline) {
    long before = pipeline.log().requireHead().sequence();
    await("the next entry")
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(20))
        .until(() -> pipeline.log().requireHead().sequence() > before);
  }

  private static void awaitPlan(Pipeline pipeline, DriverRun driver, long number) {
    await("plan " + number)
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(50))
        .until(
            () -> {
              DriverRun.requireAlive(driver);
              return pipeline.plans().head().orElse(-1) >= number;
            });
  }

  private static void killExecutorOf(Process worker) {
    List<ProcessHandle> executors =
        worker
            .descendants()
            .filter(each -> CommandLine.of(each).contains("CoarseGrainedExecutorBackend"))
            .toList();
    assertThat(executors).as("executors of a worker").isNotEmpty();
    executors.forEach(ProcessHandle::destroyForcibly);
  }

  @AfterEach
  void stopCluster() {
    daemons.forEach(Process::destroyForcibly);
  }

  private Process startMaster(SparkHome spark, int port) throws IOException {
    Process master =
        daemon(
            spark,
            "master",
            "org.apache.spark.deploy.master.Master",
            "--host",
            "127.0.0.1",
            "--port",
            String.valueOf(port),
            "--webui-port",
            "0");
    await()
        .atMost(PATIENCE)
        .until(
            () ->
                Files.readString(spark.folder().resolve("master.log"))
                    .contains("New state: ALIVE"));
    return master;
  }

  private void startWorker(SparkHome spark, String master, Path log) throws IOException {
    long before = registered(log);
    String name = "worker-" + before;
    workers.add(
        daemon(
            spark,
            name,
            "org.apache.spark.deploy.worker.Worker",
            "--host",
            "127.0.0.1",
            "--cores",
            "1",
            "--memory",
            "1g",
            "--webui-port",
            "0",
            "--work-dir",
            spark.folder().resolve(name).toString(),
            master));
    await().atMost(PATIENCE).until(() -> registered(log) > before);
  }

  private static long registered(Path log) throws IOException {
    return Files.readString(log)
        .lines()
        .filter(line -> line.contains("Registering worker"))
        .count();
  }

  private Process daemon(SparkHome spark, String name, String mainClass, String... arguments)
      throws IOException {
    Path folder = spark.folder();
    Path log = folder.resolve(name + ".log");
    List<String> command = new ArrayList<>(List.of(Home.java()));
    command.addAll(
        Arrays.stream(System.getProperty("tributary.spark.jvm.options", "").split("\\s+"))
            .filter(option -> !option.isEmpty())
            .toList());
    command.addAll(
        List.of(
            "-Xmx512m",
            "-XX:TieredStopAtLevel=1",
            "-cp",
            folder.resolve("jars") + "/*",
            mainClass));
    command.addAll(List.of(arguments));
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile());
    Map<String, String> environment = builder.environment();
    environment.put("SPARK_HOME", folder.toString());
    environment.put("SPARK_SCALA_VERSION", "2.13");
    environment.put("JAVA_HOME", System.getProperty("java.home"));
    // What a role would give an executor on a real cluster.
    environment.putAll(DeliveryStack.shared().environment());
    Process process = builder.start();
    daemons.add(process);
    Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
    return process;
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }
}
