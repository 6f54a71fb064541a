package dev.tributary.phase2.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** JARs on a web server, which is a real one. */
final class HttpJarTest {
  private static final Map<String, Integer> ANSWERS =
      Map.of("/there.jar", 200, "/none.jar", 404, "/moved.jar", 302, "/broken.jar", 503);

  private HttpServer server;

  @BeforeEach
  void aServer() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        http -> {
          int status = ANSWERS.get(http.getRequestURI().getPath());
          if (status == 302) {
            http.getResponseHeaders().add("Location", uri("/there.jar"));
          }
          http.sendResponseHeaders(status, 3);
          http.getResponseBody().write(new byte[] {1, 2, 3});
          http.close();
        });
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private String uri(String path) {
    return "http://127.0.0.1:" + server.getAddress().getPort() + path;
  }

  @Test
  void whatIsThereIsReadAndWhatIsNotIsNone() {
    assertThat(HttpJar.is(uri("/there.jar"))).isTrue();
    assertThat(HttpJar.is("HTTPS://host/there.jar")).isTrue();
    assertThat(HttpJar.is("s3a://bucket/there.jar")).isFalse();
    assertThat(HttpJar.read(uri("/there.jar"))).hasValue(new byte[] {1, 2, 3});
    assertThat(HttpJar.read(uri("/none.jar"))).isEmpty();
  }

  @Test
  void aRedirectIsNotFollowedAndAServerThatFailsIsAskedAgainLater() {
    assertCode(ErrorCode.TRANSFORM_INVALID, uri("/moved.jar"));
    assertCode(ErrorCode.TRANSFORM_INVALID, "http://no host/there.jar");
    assertCode(ErrorCode.STORE_UNAVAILABLE, uri("/broken.jar"));
    String there = uri("/there.jar");
    server.stop(0);
    assertCode(ErrorCode.STORE_UNAVAILABLE, there);
  }

  private static void assertCode(ErrorCode code, String uri) {
    assertThatThrownBy(() -> HttpJar.read(uri))
        .isInstanceOfSatisfying(
            TributaryException.class, error -> assertThat(error.code()).isEqualTo(code));
  }
}
