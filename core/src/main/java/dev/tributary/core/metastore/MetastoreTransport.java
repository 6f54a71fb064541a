package dev.tributary.core.metastore;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.json.Json;
import dev.tributary.core.secret.SecretReference;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.channels.UnresolvedAddressException;
import java.security.cert.CertPathBuilderException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/** One request at a time to the service, tried again where that is safe. Thread-safe. */
final class MetastoreTransport {
  private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
  private static final int LARGEST_DOUBLING = 5;
  private static final Duration UPLOAD = Duration.ofMinutes(2);

  /** What the service said. */
  record Answer(int status, JsonNode body, Optional<String> etag) {}

  private final HttpClient client;
  private final URI base;
  private final Optional<String> token;
  private final Duration timeout;
  private final int attempts;

  MetastoreTransport(MetastoreConnection connection) {
    HttpClient.Builder builder =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(connection.timeout());
    connection.ca().map(TrustedAuthorities::with).ifPresent(builder::sslContext);
    this.client = builder.build();
    String text = connection.url().toString();
    this.base = URI.create(text.endsWith("/") ? text : text + "/");
    this.token = connection.token();
    this.timeout = connection.timeout();
    this.attempts = connection.attempts();
  }

  /** The service's address. */
  URI base() {
    return base;
  }

  Answer get(String path) {
    return get(path, Map.of());
  }

  Answer get(String path, Map<String, String> headers) {
    return send("GET", path, new byte[0], headers);
  }

  /** A read that is made once: while the service is known to be away. */
  Answer getOnce(String path, Map<String, String> headers) {
    return send(request("GET", path, new byte[0], headers), 1);
  }

  /**
   * Any answer but 5xx and 429 is returned, other 4xx included. The request may be made again
   * although the first was carried out: it has to bear an idempotency key, or do no harm twice.
   *
   * @throws TributaryException METASTORE_UNAVAILABLE after the last attempt
   */
  Answer send(String method, String path, byte[] body, Map<String, String> headers) {
    return send(request(method, path, body, headers), attempts);
  }

  /** The bytes at a path; empty: there are none. */
  Optional<byte[]> download(String path) {
    HttpResponse<byte[]> response = exchange(request("GET", path, new byte[0], Map.of()), attempts);
    if (response.statusCode() == 404) {
      return Optional.empty();
    }
    if (response.statusCode() != 200) {
      throw refused("GET /" + path, parsed(response));
    }
    return Optional.of(response.body());
  }

  /**
   * Sends what the service takes its time over: a JAR, or where it is to read one. Doing it twice
   * must do no harm.
   */
  Answer upload(String path, BodyPublisher body, String type) {
    HttpRequest.Builder builder =
        HttpRequest.newBuilder(base.resolve(path))
            .timeout(timeout.plus(UPLOAD))
            .header("Accept", "application/json, application/problem+json")
            .header("Content-Type", type)
            .PUT(body);
    authorize(builder);
    return parsed(exchange(builder.build(), attempts));
  }

  private Answer send(HttpRequest request, int atMost) {
    return parsed(exchange(request, atMost));
  }

  private HttpResponse<byte[]> exchange(HttpRequest request, int atMost) {
    for (int attempt = 1; ; attempt++) {
      String trouble;
      Exception cause = null;
      try {
        HttpResponse<byte[]> response = client.send(request, BodyHandlers.ofByteArray());
        if (response.statusCode() < 500 && response.statusCode() != 429) {
          return response;
        }
        trouble = "it answered " + response.statusCode();
        if (attempt >= atMost) {
          throw unavailable(request, trouble, cause);
        }
      } catch (IOException e) {
        trouble = trouble(e);
        cause = e;
        if (attempt >= atMost) {
          throw unavailable(request, trouble, cause);
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw unavailable(request, "this process is being stopped", e);
      }
      pause(request, attempt);
    }
  }

  /** The client's own exceptions often come without a message. */
  private static String trouble(IOException e) {
    for (Throwable at = e; at != null; at = at.getCause()) {
      if (at instanceof UnresolvedAddressException) {
        return "there is no host of this name";
      }
      if (at instanceof CertPathBuilderException) {
        return "its certificate is of no authority that is trusted here (one of your own: metastore.ca)";
      }
    }
    if (e.getMessage() != null) {
      return e.getMessage();
    }
    return e instanceof ConnectException ? "nothing listens there" : e.getClass().getSimpleName();
  }

  private HttpRequest request(
      String method, String path, byte[] body, Map<String, String> headers) {
    HttpRequest.Builder builder =
        HttpRequest.newBuilder(base.resolve(path))
            .timeout(timeout)
            .header("Accept", "application/json, application/problem+json");
    if (body.length > 0) {
      builder.header("Content-Type", "application/json");
    }
    headers.forEach(builder::header);
    authorize(builder);
    return builder
        .method(
            method, body.length > 0 ? BodyPublishers.ofByteArray(body) : BodyPublishers.noBody())
        .build();
  }

  private void authorize(HttpRequest.Builder builder) {
    // Resolved for each request, so that a token that is rotated in its file is taken up.
    token.ifPresent(
        reference ->
            builder.header(
                "Authorization", "Bearer " + SecretReference.ofProcess().resolve(reference)));
  }

  private static Answer parsed(HttpResponse<byte[]> response) {
    try {
      JsonNode body =
          response.body().length == 0
              ? MissingNode.getInstance()
              : Json.mapper().readTree(response.body());
      return new Answer(response.statusCode(), body, response.headers().firstValue("ETag"));
    } catch (IOException e) {
      throw unavailable(response.request(), "it answered with something that is no JSON", e);
    }
  }

  private static void pause(HttpRequest request, int attempt) {
    long longest = FIRST_PAUSE.toMillis() << Math.min(attempt, LARGEST_DOUBLING);
    try {
      Thread.sleep(ThreadLocalRandom.current().nextLong(longest / 2, longest + 1));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw unavailable(request, "this process is being stopped", e);
    }
  }

  private static TributaryException unavailable(
      HttpRequest request, String trouble, Exception cause) {
    return new TributaryException(
        ErrorCode.METASTORE_UNAVAILABLE,
        "The metastore at %s cannot be reached: %s. Check that it runs and that metastore.url is right."
            .formatted(request.uri(), trouble),
        cause);
  }

  /** The error that a 4xx answer is. */
  static TributaryException refused(String what, Answer answer) {
    JsonNode problem = answer.body();
    String detail = problem.path("detail").asText("it answered " + answer.status());
    String remedy = problem.path("remedy").asText("");
    TributaryException refusal =
        new TributaryException(
            code(answer.status()),
            "The metastore refused %s (%s): %s%s"
                .formatted(
                    what,
                    problem.path("code").asText("http-" + answer.status()),
                    detail,
                    remedy.isEmpty() || detail.contains(remedy) ? "" : " " + remedy));
    return problem.path("pointer").isTextual()
        ? refusal.at(problem.path("pointer").asText())
        : refusal;
  }

  private static ErrorCode code(int status) {
    return switch (status) {
      case 401, 403 -> ErrorCode.METASTORE_DENIED;
      case 412 -> ErrorCode.VERSION_CONFLICT;
      default -> ErrorCode.METASTORE_REFUSED;
    };
  }
}
