package dev.tributary.delivery;

import static org.awaitility.Awaitility.await;

import dev.tributary.core.spec.TransformSpec;
import dev.tributary.transforms.basic.FilterTransform;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Both jobs on Spark standalone: executors in JVMs of their own, nothing but Spark on the nodes.
 */
@Tag("long")
class StandaloneClusterIT {
  private final List<Process> daemons = new ArrayList<>();

  @Test
  void bothPhasesAndTransformsWorkWithExecutorsInOtherProcesses() throws Exception {
    Pipeline pipeline =
        Pipeline.create("cluster", 4)
            .filteredBy(List.of(filter("n % 3 <> 1")), event -> event.n() % 3 != 1)
            .withAppendTable();
    String master = startCluster(DeliveryStack.shared().folder().resolve("cluster"));
    pipeline.set("SPARK_MASTER", master);
    pipeline.set(
        "SPARK_SUBMIT_OPTIONS",
        "--conf spark.executor.extraJavaOptions=-XX:TieredStopAtLevel=1 --conf"
            + " spark.executor.memory=768m --conf spark.cores.max=2 --conf spark.executor.cores=1"
            + " --conf spark.driver.host=127.0.0.1 --conf spark.ui.enabled=false");
    pipeline.produce(600);

    pipeline.catchUp();

    pipeline.assertArchiveExact();
    pipeline.assertTablesExact();
    Pipeline.assertReconciled(List.of(pipeline));
  }

  /** A step from the project's own plug-in, loaded from its JAR as any user's. */
  private static TransformSpec filter(String where) throws Exception {
    Path classes =
        Path.of(FilterTransform.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    Path jar =
        Files.isDirectory(classes)
            ? classes.resolveSibling("transforms-basic-0.1.0-SNAPSHOT.jar")
            : classes;
    byte[] hash = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(jar));
    return new TransformSpec(
        jar.toUri().toString(), HexFormat.of().formatHex(hash), "filter", Map.of("where", where));
  }

  @AfterEach
  void stopCluster() {
    daemons.forEach(Process::destroyForcibly);
  }

  private String startCluster(Path folder) throws IOException {
    // A worker builds its executors' class path from SPARK_HOME/jars.
    Files.createDirectories(folder);
    Path jars = folder.resolve("jars");
    if (!Files.exists(jars)) {
      Files.createSymbolicLink(jars, Home.folder().resolve("local-stack/spark-runtime/target/lib"));
    }
    int port = freePort();
    String master = "spark://127.0.0.1:" + port;
    Path log =
        daemon(
            folder,
            "master",
            "org.apache.spark.deploy.master.Master",
            "--host",
            "127.0.0.1",
            "--port",
            String.valueOf(port),
            "--webui-port",
            "0");
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> Files.readString(log).contains("New state: ALIVE"));
    for (int worker = 1; worker <= 2; worker++) {
      daemon(
          folder,
          "worker-" + worker,
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
          folder.resolve("work-" + worker).toString(),
          master);
    }
    await()
        .atMost(Duration.ofSeconds(60))
        .until(
            () ->
                Files.readString(log).lines().filter(l -> l.contains("Registering worker")).count()
                    == 2);
    return master;
  }

  private Path daemon(Path folder, String name, String mainClass, String... arguments)
      throws IOException {
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
    return log;
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }
}
