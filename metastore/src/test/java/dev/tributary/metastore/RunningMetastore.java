package dev.tributary.metastore;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tributary.core.json.Json;
import dev.tributary.core.metastore.HttpMetastore;
import dev.tributary.core.metastore.HttpMetastoreAdmin;
import dev.tributary.core.metastore.MetastoreConnection;
import dev.tributary.metastore.access.Scope;
import dev.tributary.metastore.access.Tokens;
import dev.tributary.metastore.store.Database;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;

/**
 * The real service on a free port, and ways to talk to it. Every answer is checked against the
 * description of the interface.
 */
final class RunningMetastore implements AutoCloseable {
  static final OpenApiDocument DOCUMENT = OpenApiDocument.load();

  /** Operation and status, as {@code GET /sources 200}, of all that was answered so far. */
  private static final Set<String> SEEN = new ConcurrentSkipListSet<>();

  private static final Set<String> SEEN_HEADERS = new ConcurrentSkipListSet<>();

  private final MetastoreServer server;
  private final HttpClient client = HttpClient.newHttpClient();

  RunningMetastore(Path folder) {
    this(folder, "0");
  }

  RunningMetastore(Path folder, String port, String... arguments) {
    List<String> all =
        new ArrayList<>(
            List.of("--port", port, "--database", folder.resolve("metastore.db").toString()));
    if (!List.of(arguments).contains("--max-requests-per-second")) {
      all.addAll(List.of("--max-requests-per-second", "0"));
    }
    all.addAll(List.of(arguments));
    if (!List.of(arguments).contains("--transforms.folder")) {
      all.addAll(List.of("--transforms.folder", folder.resolve("jars").toString()));
    }
    this.server =
        MetastoreServer.start(MetastoreServerSettings.PROGRAM.resolve(all, Map.of(), folder));
  }

  /** One that takes one request a second from an address. */
  static RunningMetastore limited(Path folder) {
    return new RunningMetastore(folder, "0", "--max-requests-per-second", "1");
  }

  /** A token of the service whose database lies in a folder. */
  static String token(Path folder, String name, String scope) {
    try (Database database = Database.open(folder.resolve("metastore.db"))) {
      return new Tokens(database, Clock.systemUTC())
          .make(name, Set.of(Scope.of(scope)), Optional.empty())
          .secret();
    }
  }

  URI address() {
    return server.address();
  }

  Set<String> routes() {
    return server.routes();
  }

  HttpMetastoreAdmin admin() {
    return new HttpMetastoreAdmin(MetastoreConnection.to(address()));
  }

  HttpMetastore reader() {
    return HttpMetastore.of(MetastoreConnection.to(address()));
  }

  /** An answer with its body as JSON. */
  record Answer(int status, JsonNode body, HttpResponse<String> response) {
    String header(String name) {
      return response.headers().firstValue(name).orElse("");
    }

    String code() {
      return body.path("code").asText();
    }

    String pointer() {
      return body.path("pointer").asText();
    }

    String detail() {
      return body.path("detail").asText();
    }
  }

  Answer send(String method, String path, String body, String... headers) {
    return send(
        method,
        path,
        body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body),
        headers);
  }

  /** Uploads a JAR. */
  Answer upload(String path, byte[] jar, String... headers) {
    List<String> all = new ArrayList<>(List.of("Content-Type", "application/java-archive"));
    all.addAll(List.of(headers));
    return send("PUT", path, BodyPublishers.ofByteArray(jar), all.toArray(String[]::new));
  }

  private Answer send(
      String method, String path, HttpRequest.BodyPublisher body, String... headers) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(address() + path)).method(method, body);
    for (int i = 0; i < headers.length; i += 2) {
      request.header(headers[i], headers[i + 1]);
    }
    try {
      HttpResponse<String> response = answered(request.build());
      check(method, path, response);
      boolean json = response.headers().firstValue("Content-Type").orElse("").contains("json");
      return new Answer(
          response.statusCode(), Json.mapper().readTree(json ? response.body() : "{}"), response);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** Sends to a service in another process, which has to take it. */
  static void send(URI address, String method, String path, String body) {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(address + path))
            .method(method, BodyPublishers.ofString(body))
            .build();
    try {
      HttpResponse<String> response =
          HttpClient.newHttpClient().send(request, BodyHandlers.ofString());
      assertThat(response.statusCode()).as(response.body()).isBetween(200, 299);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /**
   * Asks once more where the kept connection was closed before an answer began: either side may
   * close one between two requests.
   */
  private HttpResponse<String> answered(HttpRequest request)
      throws IOException, InterruptedException {
    try {
      return client.send(request, BodyHandlers.ofString());
    } catch (IOException e) {
      return client.send(request, BodyHandlers.ofString());
    }
  }

  private static void check(String method, String path, HttpResponse<String> response) {
    OpenApiDocument.Operation operation = DOCUMENT.operation(method, path).orElse(null);
    // What the HTTP server refuses before it looks for a route (too long a path) belongs to none.
    boolean unrouted = response.statusCode() == 414 || response.statusCode() == 431;
    if (operation == null || unrouted) {
      assertThat(response.statusCode()).as(method + " " + path).isBetween(400, 499);
      return;
    }
    String type = response.headers().firstValue("Content-Type").orElse("");
    assertThat(DOCUMENT.problems(operation, response.statusCode(), type, response.body()))
        .as(method + " " + path)
        .isEmpty();
    String status = String.valueOf(response.statusCode());
    Set<String> headers = DOCUMENT.headers(operation, status, response.headers().map().keySet());
    assertThat(DOCUMENT.headers(operation, status)).as(method + " " + path).containsAll(headers);
    SEEN_HEADERS.addAll(headers);
    SEEN.add(operation + " " + status);
  }

  /** The headers of all that was answered so far, named as the document does. */
  static Set<String> seenHeaders() {
    return SEEN_HEADERS;
  }

  static Set<String> seen() {
    return SEEN;
  }

  Answer get(String path) {
    return send("GET", path, "");
  }

  @Override
  public void close() {
    server.close();
  }
}
