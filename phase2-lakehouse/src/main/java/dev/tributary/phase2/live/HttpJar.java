package dev.tributary.phase2.live;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Optional;

/**
 * A JAR that a web server gives to anybody: without credentials, and without following redirects,
 * as the metastore reads it when it is registered.
 */
final class HttpJar {
  private static final Duration CONNECT = Duration.ofSeconds(5);
  private static final Duration ALL = Duration.ofSeconds(60);

  private HttpJar() {}

  static boolean is(String uri) {
    return uri.regionMatches(true, 0, "https:", 0, 6) || uri.regionMatches(true, 0, "http:", 0, 5);
  }

  /**
   * Its content; empty: there is none.
   *
   * @throws TributaryException STORE_UNAVAILABLE, TRANSFORM_INVALID
   */
  static Optional<byte[]> read(String uri) {
    try {
      HttpClient client =
          HttpClient.newBuilder()
              .connectTimeout(CONNECT)
              .followRedirects(HttpClient.Redirect.NEVER)
              .build();
      HttpRequest request = HttpRequest.newBuilder(URI.create(uri)).timeout(ALL).build();
      HttpResponse<byte[]> answer = client.send(request, HttpResponse.BodyHandlers.ofByteArray());
      int status = answer.statusCode();
      if (status == 200) {
        return Optional.of(answer.body());
      }
      if (status == 404 || status == 410) {
        return Optional.empty();
      }
      if (status >= 500) {
        throw unavailable(uri, "its server answers " + status, null);
      }
      throw new TributaryException(
          ErrorCode.TRANSFORM_INVALID,
          "The server of the JAR '%s' answers %d. Let it be read there without credentials and redirects, or upload it to the metastore."
              .formatted(uri, status));
    } catch (IllegalArgumentException e) {
      throw new TributaryException(
          ErrorCode.TRANSFORM_INVALID,
          "The JAR's place '%s' is no URI of HTTP. Correct the dataset.".formatted(uri),
          e);
    } catch (IOException e) {
      throw unavailable(uri, "its server does not answer", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw unavailable(uri, "it was interrupted", e);
    }
  }

  private static TributaryException unavailable(String uri, String why, Exception cause) {
    return TributaryException.of(
        ErrorCode.STORE_UNAVAILABLE,
        "The JAR '%s' cannot be read now: %s.".formatted(uri, why),
        "See to it that the driver reaches it, or upload it to the metastore.",
        cause);
  }
}
