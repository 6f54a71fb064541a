package dev.tributary.delivery;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tributary.core.json.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * A whole Airflow, {@code airflow standalone}: API server, scheduler with local workers, DAG
 * processor and triggerer, on a database of its own. What a person does in its pages goes through
 * its REST API here.
 */
final class AirflowServer implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(600);
  private static final String PASSWORD = "only-for-this-test";

  private final Path folder;
  private final URI api;
  // Airflow's server loses the body of a request that asks for an upgrade to HTTP/2.
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final Process process;
  private Optional<String> token = Optional.empty();

  private AirflowServer(Path folder, int port, Process process) {
    this.folder = folder;
    this.api = URI.create("http://127.0.0.1:" + port);
    this.process = process;
  }

  /** Starts it with the project's DAGs and waits until it answers. */
  static AirflowServer start(Path folder, Map<String, String> environment) {
    try {
      Files.createDirectories(folder);
      Path venv = environment(folder);
      int port = freePort();
      ProcessBuilder builder =
          new ProcessBuilder(venv.resolve("bin/airflow").toString(), "standalone")
              .directory(folder.toFile())
              .redirectErrorStream(true)
              .redirectOutput(folder.resolve("airflow.log").toFile());
      Map<String, String> all = builder.environment();
      all.keySet().removeIf(name -> name.startsWith("AIRFLOW_"));
      all.put("PATH", venv.resolve("bin") + ":" + all.get("PATH"));
      Files.writeString(
          folder.resolve("passwords.json"), "{\"admin\": \"%s\"}".formatted(PASSWORD));
      all.putAll(settings(folder, port));
      all.put("TRIBUTARY_AIRFLOW_API_URL", "http://127.0.0.1:" + port);
      all.put("TRIBUTARY_AIRFLOW_API_USER", "admin");
      all.put("TRIBUTARY_AIRFLOW_API_PASSWORD", PASSWORD);
      all.putAll(environment);
      AirflowServer server = new AirflowServer(folder, port, builder.start());
      Runtime.getRuntime().addShutdownHook(new Thread(server::close));
      server.awaitUp();
      return server;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * The virtual environment of the tests of the DAGs; it is made here where it is not there yet.
   */
  private static Path environment(Path folder) throws IOException {
    Path module = Home.folder().resolve("airflow-dags");
    Path log = folder.resolve("environment.log");
    Process made =
        new ProcessBuilder(
                module.resolve("airflow-environment").toString(),
                module.resolve("target").toString())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    try {
      if (made.waitFor() != 0) {
        throw new AssertionError(Files.readString(log));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
    return module.resolve("target/venv");
  }

  private static Map<String, String> settings(Path folder, int port) {
    return Map.ofEntries(
        Map.entry("AIRFLOW_HOME", folder.toString()),
        Map.entry(
            "AIRFLOW__CORE__DAGS_FOLDER", Home.folder().resolve("airflow-dags/dags").toString()),
        Map.entry("AIRFLOW__CORE__LOAD_EXAMPLES", "False"),
        Map.entry("AIRFLOW__CORE__PARALLELISM", "4"),
        Map.entry(
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL",
            "http://127.0.0.1:%d/execution/".formatted(port)),
        Map.entry("AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS", "admin:admin"),
        Map.entry(
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE",
            folder.resolve("passwords.json").toString()),
        Map.entry(
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN",
            "sqlite:///" + folder.resolve("airflow.db").toAbsolutePath()),
        Map.entry("AIRFLOW__LOGGING__BASE_LOG_FOLDER", folder.resolve("logs").toString()),
        Map.entry("AIRFLOW__API__HOST", "127.0.0.1"),
        Map.entry("AIRFLOW__API__PORT", String.valueOf(port)),
        Map.entry("AIRFLOW__API__BASE_URL", "http://127.0.0.1:" + port),
        Map.entry("AIRFLOW__API__WORKERS", "1"),
        Map.entry("AIRFLOW__DAG_PROCESSOR__PARSING_PROCESSES", "1"),
        Map.entry("AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL", "2"),
        Map.entry("AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT", "10"),
        Map.entry("AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL", "2"),
        Map.entry("AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL", "1"));
  }

  private void awaitUp() {
    await("Airflow, log " + folder.resolve("airflow.log"))
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(500))
        .ignoreExceptions()
        .until(
            () -> {
              JsonNode health = send("GET", "/api/v2/monitor/health", "").orElseThrow();
              return Stream.of("scheduler", "dag_processor")
                  .allMatch(part -> health.path(part).path("status").asText().equals("healthy"));
            });
  }

  /** Waits until a DAG is known. */
  void awaitDag(String dag) {
    await("DAG " + dag)
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(300))
        .until(() -> send("GET", "/api/v2/dags/" + dag, "").isPresent());
  }

  /** Starts a run as the form of a DAG does; its id. */
  String trigger(String dag, Map<String, ?> form) {
    try {
      String body = Json.mapper().writeValueAsString(withForm(form));
      return send("POST", "/api/v2/dags/%s/dagRuns".formatted(dag), body)
          .orElseThrow(() -> new AssertionError("There is no DAG " + dag))
          .get("dag_run_id")
          .asText();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static JsonNode withForm(Map<String, ?> form) {
    var body = Json.mapper().createObjectNode();
    body.putNull("logical_date");
    body.set("conf", Json.mapper().valueToTree(form));
    return body;
  }

  /** The ids of a DAG's runs. */
  List<String> runs(String dag) {
    List<String> ids = new ArrayList<>();
    send("GET", "/api/v2/dags/%s/dagRuns?limit=100".formatted(dag), "")
        .ifPresent(
            answer ->
                answer.get("dag_runs").forEach(run -> ids.add(run.get("dag_run_id").asText())));
    return ids;
  }

  /** The run that a DAG gets beside those that are known. */
  String awaitRunBeside(String dag, List<String> known) {
    return await("a run of " + dag)
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(300))
        .until(
            () -> runs(dag).stream().filter(run -> !known.contains(run)).findFirst(),
            Optional::isPresent)
        .orElseThrow();
  }

  /** Waits for the end of a run and fails with its logs unless it succeeded. */
  void awaitSuccess(String dag, String run) {
    String path = "/api/v2/dags/%s/dagRuns/%s".formatted(dag, encoded(run));
    String state =
        await("run %s of %s".formatted(run, dag))
            .atMost(PATIENCE)
            .pollInterval(Duration.ofMillis(300))
            .until(
                () -> send("GET", path, "").orElseThrow().get("state").asText(),
                each -> each.equals("success") || each.equals("failed"));
    if (!state.equals("success")) {
      throw new AssertionError(
          "Run %s of %s ended as %s:%n%s".formatted(run, dag, state, tail(log(dag, run))));
    }
  }

  /** The task instances of a run. */
  List<JsonNode> tasks(String dag, String run) {
    JsonNode answer =
        send(
                "GET",
                "/api/v2/dags/%s/dagRuns/%s/taskInstances?limit=100".formatted(dag, encoded(run)),
                "")
            .orElseThrow();
    return StreamSupport.stream(answer.get("task_instances").spliterator(), false).toList();
  }

  /** Clears a running task, as a person does who wants it to begin again: it gets SIGTERM. */
  void clear(String dag, String run, String task) {
    String body =
        "{\"dry_run\":false,\"dag_run_id\":\"%s\",\"task_ids\":[\"%s\"],\"only_failed\":false}"
            .formatted(run, task);
    send("POST", "/api/v2/dags/%s/clearTaskInstances".formatted(dag), body).orElseThrow();
  }

  /** All that the tasks of a run wrote to their logs. */
  String log(String dag, String run) {
    Path logs = folder.resolve("logs").resolve("dag_id=" + dag).resolve("run_id=" + run);
    if (!Files.exists(logs)) {
      return "";
    }
    try (Stream<Path> files = Files.walk(logs)) {
      StringBuilder text = new StringBuilder();
      for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
        text.append(Files.readString(file));
      }
      return text.toString();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Waits for the process that runs a DAG's driver: the task's runner, of which it is the child.
   */
  ProcessHandle awaitRunner(String selection) {
    return await("the runner of " + selection)
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(100))
        .until(() -> runner(selection), Optional::isPresent)
        .orElseThrow();
  }

  /**
   * The worker of Airflow's executor that has a task's runner: the one that would report its end.
   */
  static ProcessHandle workerOf(ProcessHandle runner) {
    return Stream.iterate(runner.parent(), Optional::isPresent, each -> each.get().parent())
        .map(Optional::get)
        .filter(each -> CommandLine.of(each).startsWith("airflow worker"))
        .findFirst()
        .orElseThrow(
            () -> new AssertionError("No worker of Airflow has " + CommandLine.of(runner)));
  }

  private Optional<ProcessHandle> runner(String selection) {
    return process
        .descendants()
        .filter(
            each -> {
              String line = CommandLine.of(each);
              return line.contains("run_driver.py") && line.endsWith(selection);
            })
        .filter(each -> !CommandLine.of(each).contains("bash"))
        .findFirst();
  }

  private Optional<JsonNode> send(String method, String path, String body) {
    try {
      HttpRequest request =
          HttpRequest.newBuilder(api.resolve(path))
              .timeout(Duration.ofSeconds(30))
              .header("Content-Type", "application/json")
              .header("Authorization", "Bearer " + token())
              .method(method, HttpRequest.BodyPublishers.ofString(body))
              .build();
      HttpResponse<String> answer = http.send(request, HttpResponse.BodyHandlers.ofString());
      if (answer.statusCode() == 404) {
        return Optional.empty();
      }
      if (answer.statusCode() >= 300) {
        throw new AssertionError(
            "%s %s: %d %s".formatted(method, path, answer.statusCode(), answer.body()));
      }
      return Optional.of(Json.mapper().readTree(answer.body()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  private String token() throws IOException, InterruptedException {
    if (token.isEmpty()) {
      HttpRequest request =
          HttpRequest.newBuilder(api.resolve("/auth/token"))
              .header("Content-Type", "application/json")
              .POST(
                  HttpRequest.BodyPublishers.ofString(
                      "{\"username\":\"admin\",\"password\":\"%s\"}".formatted(PASSWORD)))
              .build();
      HttpResponse<String> answer = http.send(request, HttpResponse.BodyHandlers.ofString());
      token = Optional.of(Json.mapper().readTree(answer.body()).get("access_token").asText());
    }
    return token.get();
  }

  private static String encoded(String run) {
    return run.replace("+", "%2B").replace(":", "%3A");
  }

  private static String tail(String text) {
    return text.substring(Math.max(0, text.length() - 6_000));
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  /** Ends all of its processes and those of the tasks. */
  @Override
  public void close() {
    List<ProcessHandle> all = new ArrayList<>(process.descendants().toList());
    process.destroyForcibly();
    all.forEach(ProcessHandle::destroyForcibly);
  }
}
