package dev.tributary.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import dev.tributary.cli.propose.Cluster;
import dev.tributary.core.error.TributaryException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProposeCommandTest {
  private static final Map<String, String> LOCAL = Map.of("KAFKA_BOOTSTRAP_SERVERS", "local:1");

  @TempDir private Path folder;
  private HttpServer metastore;
  private volatile String sources = "";

  @BeforeEach
  void start() throws IOException {
    metastore = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    metastore.createContext(
        "/sources",
        http -> {
          byte[] bytes = "{\"items\":[%s]}".formatted(sources).getBytes(StandardCharsets.UTF_8);
          http.getResponseHeaders().set("Content-Type", "application/json");
          http.sendResponseHeaders(200, bytes.length);
          http.getResponseBody().write(bytes);
          http.close();
        });
    metastore.start();
  }

  @AfterEach
  void stop() {
    metastore.stop(0);
  }

  @Test
  void theClusterThatIsNearestToTheTopicIsTakenAndNamed() throws IOException {
    sources =
        source("a", "\"topic\":\"other\"", "b:1")
            + ","
            + source("b", "\"topicPattern\":\"orders.*\"", "b:2")
            + ","
            + source("c", "\"topic\":\"orders\"", "env:BROKERS");
    String[] url = {"--metastore.url", "http://127.0.0.1:" + metastore.getAddress().getPort()};

    assertThat(cluster(LOCAL, url[0], url[1], "--bootstrap-servers", "given:1").known())
        .startsWith("bootstrap-servers, ");
    assertThat(cluster(Map.of("TRIBUTARY_BOOTSTRAP_SERVERS", "given:2"), url).bootstrapServers())
        .isEqualTo("given:2");
    Cluster keeper = cluster(LOCAL, url);
    assertThat(keeper.bootstrapServers()).isEqualTo("env:BROKERS");
    assertThat(keeper.known()).isEqualTo("that of the metastore's source c");
    assertThat(keeper.source()).contains("c");
    sources = sources.replace("\"topic\":\"orders\"", "\"state\":\"retired\",\"topic\":\"orders\"");
    Cluster pattern = cluster(LOCAL, url);
    assertThat(pattern.bootstrapServers()).isEqualTo("b:2");
    assertThat(pattern.source()).isEmpty();
    sources = source("a", "\"topic\":\"other\"", "b:1");
    assertThat(cluster(LOCAL, url).bootstrapServers()).isEqualTo("local:1");
    assertThat(cluster(LOCAL).known()).contains("a local stack's");
    assertThat(cluster(Map.of("TRIBUTARY_DEFAULTS_BOOTSTRAP_SERVERS", "default:1"), url).known())
        .contains("defaults.bootstrap-servers", "TRIBUTARY_DEFAULTS_BOOTSTRAP_SERVERS");
    Cluster only = cluster(Map.of(), url);
    assertThat(only.bootstrapServers()).isEqualTo("b:1");
    assertThat(only.kafkaOptions()).containsEntry("client.id", "a");
    Files.writeString(folder.resolve(".env"), "TRIBUTARY_BOOTSTRAP_SERVERS=file:1\n");
    assertThat(cluster(LOCAL, url).bootstrapServers()).isEqualTo("file:1");
  }

  @Test
  void whereNoneOrMoreAreKnownTheRemedyIsNamed() {
    assertThatThrownBy(() -> cluster(Map.of()))
        .isInstanceOf(TributaryException.class)
        .hasMessageContaining("No Kafka cluster is known")
        .hasMessageContaining(
            "Give --bootstrap-servers HOST:PORT, or TRIBUTARY_BOOTSTRAP_SERVERS in the environment"
                + " or in .env, or start a stack: ./tributary local up");
    sources =
        source("a", "\"topic\":\"one\"", "b:1") + "," + source("b", "\"topic\":\"two\"", "b:2");
    String url = "http://127.0.0.1:" + metastore.getAddress().getPort();
    assertThatThrownBy(() -> cluster(Map.of(), "--metastore.url", url))
        .hasMessageContaining("several Kafka clusters")
        .hasMessageContaining("[b:1, b:2]")
        .hasMessageContaining("Give --bootstrap-servers HOST:PORT");
  }

  private Cluster cluster(Map<String, String> environment, String... arguments) {
    List<String> all = new ArrayList<>(List.of("--topic", "orders"));
    all.addAll(List.of(arguments));
    return ProposeCommand.cluster(
        ProposeCommand.PROGRAM.resolve(all, environment, folder), environment);
  }

  private static String source(String name, String topics, String servers) {
    return """
    {"name":"%s","version":1,"createdAt":1,"spec":{"name":"%s",%s,"bootstrapServers":"%s",
     "kafkaOptions":{"client.id":"%s"},"archive":{"location":"s3a://raw/a"}}}
    """
        .formatted(name, name, topics, servers, name);
  }
}
