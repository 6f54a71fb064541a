package dev.tributary.streaming;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.json.Json;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves {@code GET /metrics} (the flat object where there is one pipeline, {@code
 * {"pipelines":[…]}} otherwise), {@code GET /metrics/{pipeline}} and {@code GET /health} (200 while
 * any pipeline is well, 503 when all have failed) as JSON. Whoever prefers text, as Prometheus
 * does, gets metrics in its format.
 */
public final class MetricsServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(MetricsServer.class);
  private static final String JSON = "application/json";
  private static final String TEXT = "text/plain";

  private final Pipelines pipelines;
  private final BooleanSupplier metastoreAway;
  private final String runId;
  private final HttpServer server;
  private final ExecutorService threads;

  private record Answer(int status, String type, byte[] body) {
    static Answer json(int status, Object body) throws IOException {
      return new Answer(status, JSON, Json.mapper().writeValueAsBytes(body));
    }

    static Answer error(int status, String message) throws IOException {
      return json(status, Map.of("error", message));
    }
  }

  private MetricsServer(
      Pipelines pipelines, BooleanSupplier metastoreAway, String runId, HttpServer server) {
    this.pipelines = pipelines;
    this.metastoreAway = metastoreAway;
    this.runId = runId;
    this.server = server;
    this.threads =
        Executors.newFixedThreadPool(
            2,
            task -> {
              Thread thread = new Thread(task, "metrics-server");
              thread.setDaemon(true);
              return thread;
            });
  }

  /**
   * Starts it and logs the bound address.
   *
   * @param metastoreAway whether the driver goes on with the last known specs; stands in the health
   * @param port 0 for any free one
   * @throws TributaryException SETTING_INVALID if the address cannot be bound
   */
  public static MetricsServer start(
      Pipelines pipelines, BooleanSupplier metastoreAway, String runId, String host, int port) {
    try {
      HttpServer server =
          HttpServer.create(new InetSocketAddress(InetAddress.getByName(host), port), 0);
      MetricsServer started = new MetricsServer(pipelines, metastoreAway, runId, server);
      server.setExecutor(started.threads);
      server.createContext("/", started::handle);
      server.start();
      LOG.info("Metrics and health are served at {}", started.address());
      return started;
    } catch (IOException e) {
      throw new TributaryException(
          ErrorCode.SETTING_INVALID,
          "The metrics address %s:%d cannot be bound: %s. Choose another metrics.port, or 0 for any free one."
              .formatted(host, port, e.getMessage()),
          e);
    }
  }

  /** The port that was bound. */
  public int port() {
    return server.getAddress().getPort();
  }

  /** Where it listens, such as {@code http://127.0.0.1:9101}. */
  public String address() {
    InetAddress bound = server.getAddress().getAddress();
    return "http://%s:%d"
        .formatted(bound.isAnyLocalAddress() ? "0.0.0.0" : bound.getHostAddress(), port());
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      Answer answer = answer(exchange);
      exchange.getResponseHeaders().set("Content-Type", answer.type());
      exchange.getResponseHeaders().set("Cache-Control", "no-store");
      exchange.getResponseHeaders().set("Vary", "Accept");
      exchange.sendResponseHeaders(answer.status(), answer.body().length);
      exchange.getResponseBody().write(answer.body());
    } catch (RuntimeException e) {
      LOG.warn("A metrics request failed", e);
    }
  }

  private Answer answer(HttpExchange exchange) throws IOException {
    if (!exchange.getRequestMethod().equals("GET")) {
      return Answer.error(405, "Only GET is served.");
    }
    String path = exchange.getRequestURI().getPath();
    if (path.equals("/health")) {
      return health();
    }
    boolean text = wantsText(exchange);
    if (path.equals("/metrics")) {
      return metrics(text);
    }
    if (path.startsWith("/metrics/")) {
      return metrics(path.substring("/metrics/".length()), text);
    }
    return Answer.error(404, "Served are /metrics, /metrics/{pipeline} and /health.");
  }

  /** Prometheus asks for its formats before anything else; a person with curl asks for anything. */
  private static boolean wantsText(HttpExchange exchange) {
    List<String> header = exchange.getRequestHeaders().getOrDefault("Accept", List.of());
    return AcceptedTypes.of(header).prefers(TEXT, JSON);
  }

  private Answer metrics(boolean text) throws IOException {
    List<PipelineSnapshot> all = pipelines.all().stream().map(PipelineMetrics::snapshot).toList();
    if (text) {
      return text(all);
    }
    return Answer.json(200, all.size() == 1 ? all.get(0) : Map.of("pipelines", all));
  }

  private Answer metrics(String name, boolean text) throws IOException {
    Optional<PipelineSnapshot> found = pipelines.find(name).map(PipelineMetrics::snapshot);
    if (found.isEmpty()) {
      return Answer.error(
          404,
          "There is no pipeline '%s' in this driver; GET /metrics lists them.".formatted(name));
    }
    return text ? text(List.of(found.get())) : Answer.json(200, found.get());
  }

  private static Answer text(List<PipelineSnapshot> snapshots) {
    return new Answer(
        200,
        PrometheusText.CONTENT_TYPE,
        PrometheusText.of(snapshots).getBytes(StandardCharsets.UTF_8));
  }

  private Answer health() throws IOException {
    Health health = pipelines.health();
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("status", health.text());
    body.put("run", runId);
    body.put("metastore", metastoreAway.getAsBoolean() ? "away" : "answers");
    body.put("pipelines", pipelines.all().stream().map(MetricsServer::state).toList());
    return Answer.json(health == Health.FAILED ? 503 : 200, body);
  }

  private static Map<String, Object> state(PipelineMetrics metrics) {
    Map<String, Object> state = new LinkedHashMap<>();
    state.put("pipeline", metrics.pipeline());
    state.put("state", metrics.state().text());
    metrics
        .error()
        .ifPresent(
            error -> {
              state.put("error_code", error.code().code());
              state.put("error", error.getMessage());
            });
    return state;
  }
}
