package dev.tributary.metastore;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tributary.core.json.Json;
import dev.tributary.core.metastore.HttpMetastore;
import dev.tributary.core.metastore.HttpMetastoreAdmin;
import dev.tributary.core.metastore.MetastoreConnection;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The real service on a free port, and ways to talk to it. */
final class RunningMetastore implements AutoCloseable {
  private final MetastoreServer server;
  private final HttpClient client = HttpClient.newHttpClient();

  RunningMetastore(Path folder) {
    this(folder, "0");
  }

  RunningMetastore(Path folder, String port, String... arguments) {
    List<String> all =
        new ArrayList<>(
            List.of("--port", port, "--database", folder.resolve("metastore.db").toString()));
    all.addAll(List.of(arguments));
    this.server =
        MetastoreServer.start(MetastoreServerSettings.PROGRAM.resolve(all, Map.of(), folder));
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
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(address() + path))
            .method(
                method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
    for (int i = 0; i < headers.length; i += 2) {
      request.header(headers[i], headers[i + 1]);
    }
    try {
      HttpResponse<String> response = client.send(request.build(), BodyHandlers.ofString());
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

  Answer get(String path) {
    return send("GET", path, "");
  }

  @Override
  public void close() {
    server.close();
  }
}
