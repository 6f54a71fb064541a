package dev.tributary.local.servers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class S3ServerIT {
  @TempDir static Path folder;

  private static S3Server server;

  @BeforeAll
  static void startServer() {
    server = S3Server.in(folder).credentials("me", "a-secret").start();
    server.createBucket("bucket");
  }

  @AfterAll
  static void stopServer() {
    server.close();
    assertThat(server.handle().isAlive()).isFalse();
  }

  @Test
  void aConditionalPutIsGrantedOnce() throws Exception {
    assertThat(create(server.endpoint(), "once", "one").statusCode()).isEqualTo(200);
    assertThat(create(server.endpoint(), "once", "two").statusCode()).isEqualTo(412);
    assertThat(get("once").body()).isEqualTo("one");
  }

  @Test
  void aWrongSecretIsRefused() throws Exception {
    URI uri = server.endpoint().resolve("/bucket/secret");
    assertThat(SignedRequest.send("PUT", uri, "me", "wrong", Map.of(), "x").statusCode())
        .isEqualTo(403);
    assertThat(SignedRequest.send("GET", uri, "me", "wrong", Map.of()).statusCode()).isEqualTo(403);
  }

  @Test
  void objectsOutliveAKilledServer() throws Exception {
    create(server.endpoint(), "kept", "one");
    long before = server.handle().pid();
    server.kill();
    server.start();
    assertThat(server.handle().pid()).isNotEqualTo(before);
    assertThat(get("kept").body()).isEqualTo("one");
  }

  @Test
  void aProxyLosesTheRequestOrTheAnswer() throws Exception {
    try (FaultyProxy proxy = FaultyProxy.start(server.endpoint(), Duration.ofMillis(300))) {
      assertThat(create(proxy.endpoint(), "plain", "one").statusCode()).isEqualTo(200);

      proxy.spoilNext("PUT", "before", Fault.INTERNAL_ERROR, Fault.Moment.BEFORE);
      assertThat(create(proxy.endpoint(), "before", "one").statusCode()).isEqualTo(500);
      assertThat(get("before").statusCode()).isEqualTo(404);

      proxy.spoilNext("PUT", "after", Fault.CONFLICT, Fault.Moment.AFTER);
      assertThat(create(proxy.endpoint(), "after", "one").statusCode()).isEqualTo(409);
      assertThat(get("after").body()).isEqualTo("one");

      proxy.spoilNext("PUT", "reset", Fault.RESET, Fault.Moment.AFTER);
      assertThatThrownBy(() -> create(proxy.endpoint(), "reset", "one"))
          .isInstanceOf(IOException.class);
      assertThat(get("reset").body()).isEqualTo("one");

      proxy.spoilNext("PUT", "silence", Fault.SILENCE, Fault.Moment.AFTER);
      assertThatThrownBy(() -> create(proxy.endpoint(), "silence", "one"))
          .isInstanceOf(IOException.class);
      assertThat(get("silence").body()).isEqualTo("one");
      assertThat(proxy.spoilt(Fault.SILENCE)).isEqualTo(1);

      proxy.spoilOneIn(1, 7, Fault.SLOW_DOWN);
      assertThat(create(proxy.endpoint(), "always", "one").statusCode()).isEqualTo(503);
      proxy.spoilNothing();
      assertThat(create(proxy.endpoint(), "never", "one").statusCode()).isEqualTo(200);
    }
  }

  @Test
  void aTakenPortIsSaidToBeTaken(@TempDir Path other) {
    int port = server.endpoint().getPort();
    assertThatThrownBy(() -> S3Server.in(other).port(port).start())
        .isInstanceOf(ServerFailedException.class)
        .hasMessage(
            "Cannot start s3: port %d is in use. Choose another, or 0 for any free one.", port);
  }

  private static HttpResponse<String> create(URI endpoint, String key, String content)
      throws Exception {
    return SignedRequest.send(
        "PUT",
        endpoint.resolve("/bucket/" + key),
        "me",
        "a-secret",
        Map.of("if-none-match", "*"),
        content);
  }

  private static HttpResponse<String> get(String key) throws Exception {
    return SignedRequest.send(
        "GET", server.endpoint().resolve("/bucket/" + key), "me", "a-secret", Map.of());
  }
}
