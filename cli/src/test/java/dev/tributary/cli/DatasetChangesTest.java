package dev.tributary.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DatasetChangesTest {
  @TempDir private Path folder;
  private final List<String> sent = new ArrayList<>();
  private HttpServer metastore;

  @BeforeEach
  void start() throws IOException {
    metastore = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    metastore.createContext("/", this::answer);
    metastore.start();
  }

  @AfterEach
  void stop() {
    metastore.stop(0);
  }

  @Test
  void eachCommandSendsTheOperationOfItsName() throws IOException {
    Path steps = Files.writeString(folder.resolve("steps.yaml"), "- {type: filter}\n");
    Path checks = Files.writeString(folder.resolve("checks.yaml"), "expectations: []\n");
    assertThat(sent("set-mode", "--mode", "upsert", "--columns", "id"))
        .isEqualTo(
            operations(
                "{\"op\":\"set_mode\",\"mode\":\"upsert\"},{\"op\":\"set_primary_key\",\"columns\":[\"id\"]}"));
    assertThat(sent("set-mode", "--mode", "append"))
        .isEqualTo(operations("{\"op\":\"set_mode\",\"mode\":\"append\"}"));
    assertThat(sent("set-primary-key", "--columns", "id", "--columns", "country"))
        .isEqualTo(operations("{\"op\":\"set_primary_key\",\"columns\":[\"id\",\"country\"]}"));
    assertThat(sent("set-primary-key", "--columns", "id", "--rebuild"))
        .isEqualTo(
            "POST /dml {\"table\":\"orders\",\"operations\":[{\"op\":\"set_primary_key\",\"columns\":[\"id\"]}],\"rebuild\":true}");
    assertThat(sent("set-order-by"))
        .isEqualTo(operations("{\"op\":\"set_order_by\",\"columns\":[]}"));
    assertThat(sent("set-partitioning", "--columns", "day(at) as day"))
        .isEqualTo(operations("{\"op\":\"set_partitioning\",\"columns\":[\"day(at) as day\"]}"));
    assertThat(sent("set-deletes", "--deletes", "hard"))
        .isEqualTo(operations("{\"op\":\"set_deletes\",\"deletes\":\"hard\"}"));
    assertThat(sent("set-deletes", "--deletes", "ignore", "--no-delete-when"))
        .isEqualTo(
            operations("{\"op\":\"set_deletes\",\"deletes\":\"ignore\",\"deleteWhen\":null}"));
    assertThat(sent("set-deletes", "--deletes", "hard", "--delete-when", "gone"))
        .isEqualTo(
            operations("{\"op\":\"set_deletes\",\"deletes\":\"hard\",\"deleteWhen\":\"gone\"}"));
    assertThat(sent("set-transforms", "--file", steps.toString()))
        .isEqualTo(
            operations("{\"op\":\"set_transforms\",\"transforms\":[{\"type\":\"filter\"}]}"));
    assertThat(sent("set-checks", "--file", checks.toString()))
        .isEqualTo(operations("{\"op\":\"set_checks\",\"checks\":{\"expectations\":[]}}"));
    assertThat(sent("pause")).isEqualTo(operations("{\"op\":\"pause\"}"));
    assertThat(sent("add-column", "--column", "a", "--type", "int"))
        .isEqualTo(
            "POST /ddl {\"table\":\"orders\",\"operations\":[{\"op\":\"add_column\",\"column\":{\"name\":\"a\",\"type\":\"int\"}}]}");
    assertThat(sent("retire")).isEqualTo("DELETE /datasets/orders ");
    assertThat(sent("retire", "--reason", "not used", "--dry-run"))
        .isEqualTo("DELETE /datasets/orders?reason=not%20used&dryRun=true ");
  }

  @Test
  void aFileThatCannotBeReadIsNamed() throws IOException {
    Path broken = Files.writeString(folder.resolve("broken.yaml"), "{");
    assertThat(run("set-checks", "--file", broken.toString())).isEqualTo(2);
    assertThat(run("set-checks", "--file", folder.resolve("none").toString())).isEqualTo(2);
    assertThat(sent).isEmpty();
  }

  @Test
  void aFileIsAppliedOverWhatWasSeenAndNothingElse() throws IOException {
    Path file = Files.writeString(folder.resolve("orders.yaml"), "{name: orders, source: shop}");
    String url = "http://127.0.0.1:" + metastore.getAddress().getPort();
    assertThat(
            new DatasetCommand()
                .run(new String[] {"apply", file.toString(), "--metastore.url", url}))
        .isZero();
    assertThat(sent)
        .as("who has changed it since is not overwritten")
        .containsExactly(
            "GET /datasets/orders ",
            "PUT /datasets/orders {\"name\":\"orders\",\"source\":\"shop\"} if \"2.3\"");
    sent.clear();
    Files.writeString(file, "{name: 'my orders', source: shop}");
    new DatasetCommand().run(new String[] {"apply", file.toString(), "--metastore.url", url});
    assertThat(sent).first().isEqualTo("GET /datasets/my%20orders ");
  }

  private static String operations(String operations) {
    return "POST /dml {\"table\":\"orders\",\"operations\":[" + operations + "]}";
  }

  private String sent(String command, String... options) {
    sent.clear();
    assertThat(run(command, options)).isZero();
    assertThat(sent).hasSize(1);
    return sent.get(0);
  }

  private int run(String command, String... options) {
    List<String> arguments = new ArrayList<>(List.of(command, "orders"));
    arguments.addAll(List.of(options));
    arguments.add("--metastore.url");
    arguments.add("http://127.0.0.1:" + metastore.getAddress().getPort());
    return new DatasetCommand().run(arguments.toArray(String[]::new));
  }

  private void answer(HttpExchange http) throws IOException {
    sent.add(
        "%s %s %s"
            .formatted(
                http.getRequestMethod(),
                http.getRequestURI(),
                new String(http.getRequestBody().readAllBytes(), StandardCharsets.UTF_8)
                    + (http.getRequestHeaders().containsKey("If-Match")
                        ? " if " + http.getRequestHeaders().getFirst("If-Match")
                        : "")));
    byte[] bytes =
        "{\"version\":2,\"latestVersion\":3,\"state\":\"pending\"}"
            .getBytes(StandardCharsets.UTF_8);
    http.getResponseHeaders().set("Content-Type", "application/json");
    http.sendResponseHeaders(200, bytes.length);
    http.getResponseBody().write(bytes);
    http.close();
  }
}
