package dev.tributary.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.tributary.core.json.Json;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecoverCommandTest {
  @TempDir private Path lake;

  @Test
  void theSpecsBesideThePlanLogsOfAllTablesAreFound() throws Exception {
    Path specs = Files.createDirectories(lake.resolve("_plans/orders/specs"));
    Files.writeString(specs.resolve("orders-1.json"), "{\"name\":\"orders\"}");
    Files.writeString(specs.resolve("orders-12.json"), "{\"name\":\"orders\"}");
    Files.writeString(specs.resolve("else.txt"), "x");
    Files.createDirectories(lake.resolve("_plans/orders/00000"));
    Files.createDirectories(lake.resolve("_plans/empty"));
    assertThat(
            RecoverCommand.found(
                new org.apache.hadoop.fs.Path(lake.toUri()), new Configuration(false)))
        .extracting(found -> found.path("dataset").asText() + found.path("version").asLong())
        .containsExactlyInAnyOrder("orders1", "orders12");
    assertThat(
            RecoverCommand.found(
                new org.apache.hadoop.fs.Path(lake.resolve("none").toUri()),
                new Configuration(false)))
        .isEmpty();
  }

  @Test
  void aDatabaseThatWasBegunAnewLearnsWhereItIsToldToLookAndNotByItself() throws Exception {
    Path specs = Files.createDirectories(lake.resolve("_plans/orders/specs"));
    Files.writeString(specs.resolve("orders-12.json"), "{\"name\":\"orders\"}");
    List<JsonNode> sent = new ArrayList<>();
    HttpServer metastore =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    metastore.createContext("/datasets", http -> answer(http, "{\"items\":[]}"));
    metastore.createContext(
        "/recovery",
        http -> {
          if (http.getRequestMethod().equals("POST")) {
            sent.add(Json.mapper().readTree(http.getRequestBody().readAllBytes()));
          }
          answer(http, "{\"needed\":false,\"recovered\":12}");
        });
    metastore.start();
    String url = "http://127.0.0.1:" + metastore.getAddress().getPort();
    try {
      assertThat(new RecoverCommand().run(new String[] {"--metastore.url", url})).isZero();
      assertThat(sent).isEmpty();
      assertThat(
              new RecoverCommand()
                  .run(
                      new String[] {
                        "--metastore.url", url, "--table-location", lake.toUri().toString()
                      }))
          .isZero();
    } finally {
      metastore.stop(0);
    }
    assertThat(sent).hasSize(1);
    assertThat(sent.get(0).at("/versions/0/version").asLong()).isEqualTo(12);
    assertThat(sent.get(0).path("done").asBoolean()).isTrue();
  }

  private static void answer(HttpExchange http, String body) throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    http.getResponseHeaders().set("Content-Type", "application/json");
    http.sendResponseHeaders(200, bytes.length);
    http.getResponseBody().write(bytes);
    http.close();
  }
}
