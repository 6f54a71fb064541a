package dev.tributary.storage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Stores that speak S3 and refuse the condition itself. */
@Timeout(60)
final class UnconditionalS3Test {
  private final AtomicInteger puts = new AtomicInteger();
  private HttpServer server;
  private volatile int conditional;
  private volatile int unconditional;
  private volatile String code = "";

  @BeforeEach
  void startServer() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::answer);
    server.start();
  }

  @AfterEach
  void stopServer() {
    server.stop(0);
  }

  private void answer(HttpExchange exchange) throws IOException {
    exchange.getRequestBody().readAllBytes();
    int status = 204;
    if (exchange.getRequestMethod().equals("PUT")) {
      puts.incrementAndGet();
      boolean hasCondition = exchange.getRequestHeaders().containsKey("If-None-Match");
      status = hasCondition ? conditional : unconditional;
    }
    byte[] body =
        status < 300
            ? new byte[0]
            : "<Error><Code>%s</Code></Error>".formatted(code).getBytes(UTF_8);
    exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }

  private void probe() {
    URI endpoint = URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    Path directory = new Path("s3a://bucket/archive");
    ConditionalWriteProbe.require(
        ObjectStores.forPath(directory, SharedS3.configuration(endpoint)), directory, false);
  }

  @ParameterizedTest
  @CsvSource({"501,NotImplemented", "400,InvalidArgument"})
  void aStoreThatRefusesTheConditionIsRefusedAtOnceAndByName(int status, String answered) {
    conditional = status;
    unconditional = 200;
    code = answered;
    assertThatThrownBy(this::probe)
        .isInstanceOfSatisfying(
            TributaryException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.STORE_NOT_CONDITIONAL))
        .hasMessageContaining("took a write without a condition")
        .hasMessageContaining("single-driver");
    assertThat(puts).hasValue(2);
  }

  @Test
  void aStoreThatRefusesEveryWriteIsOneThatRefuses() {
    conditional = 403;
    unconditional = 403;
    code = "AccessDenied";
    assertThatThrownBy(this::probe)
        .isInstanceOfSatisfying(
            TributaryException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.STORE_REFUSED));
  }
}
