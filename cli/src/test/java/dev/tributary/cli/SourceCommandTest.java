package dev.tributary.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.tributary.core.json.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands on sources and on the audit, and the requests that they make. */
class SourceCommandTest {
  private static final String SOURCE =
      """
      {"name":"sales","version":3,"createdAt":1767225600000,"by":"ann","operation":"found sales.b",
       "reason":"new shop","spec":{"name":"sales","bootstrapServers":"b:9092",
        "topics":["sales.a","sales.b"],"topicPattern":"sales[.].*","start":"earliest",
        "isolation":"read_committed","kafkaOptions":{"client.id":"t"},
        "archive":{"location":"s3a://raw/a","compression":"zstd","fileMaxRecords":5000000,
         "fileMaxBytes":1073741824,"retentionDays":30},
        "batch":{"maxRecords":1000,"maxBytes":1073741824,"maxDelayMillis":0},
        "state":"active"}}
      """;

  @TempDir private Path folder;
  private final List<String> sent = new ArrayList<>();
  private HttpServer metastore;
  private String answer = "{}";
  private int status = 200;

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

  private void answer(HttpExchange http) throws IOException {
    sent.add(
        "%s %s %s"
                .formatted(
                    http.getRequestMethod(),
                    http.getRequestURI(),
                    new String(http.getRequestBody().readAllBytes(), StandardCharsets.UTF_8))
            + (http.getRequestHeaders().containsKey("If-Match")
                ? " if " + http.getRequestHeaders().getFirst("If-Match")
                : ""));
    byte[] bytes = answer.getBytes(StandardCharsets.UTF_8);
    http.getResponseHeaders().set("Content-Type", "application/json");
    http.sendResponseHeaders(status, bytes.length);
    http.getResponseBody().write(bytes);
    http.close();
  }

  @Test
  void aSourceIsShownAsAPersonReadsIt() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    SourceCommand.print(
        Json.read(SOURCE.getBytes(StandardCharsets.UTF_8), JsonNode.class),
        new PrintStream(out, true, StandardCharsets.UTF_8));
    assertThat(out.toString(StandardCharsets.UTF_8))
        .isEqualTo(
            """
            source      sales
            version     3
            made        2026-01-01T00:00:00Z by ann: found sales.b (new shop)
            drivers     active
            pattern     sales[.].*
            topics      sales.a, sales.b
            kafka       b:9092
            options     {"client.id":"t"}
            start       earliest
            isolation   read_committed
            archive     s3a://raw/a
            kept        30 days
            files       zstd, up to 5,000,000 records or 1,073,741,824 bytes
            batches     up to 1,000 records or 1,073,741,824 bytes, after 0 ms at the latest
            """);
  }

  @Test
  void eachCommandMakesTheRequestOfItsName() throws IOException {
    answer = "{\"items\":[%s]}".formatted(SOURCE);
    assertThat(printed("source", "list"))
        .contains("source  version  state   topics                        kafka   archive")
        .contains("sales         3  active  sales[.].*: sales.a, sales.b  b:9092  s3a://raw/a");
    assertThat(printed("source", "history", "sales", "--limit", "3"))
        .contains("3  2026-01-01T00:00:00Z  ann  found sales.b  new shop");
    answer = SOURCE;
    assertThat(printed("source", "show", "sales")).contains("pattern     sales[.].*");
    assertThat(printed("source", "show", "sales", "--json")).contains("\"topicPattern\" :");
    Path file = Files.writeString(folder.resolve("sales.yaml"), "{name: sales, topic: a}");
    answer =
        SOURCE.replaceFirst(
            "\"name\"",
            "\"diff\":[{\"path\":\"/topics/a\",\"change\":\"added\",\"to\":\"a\"}],\"name\"");
    assertThat(printed("source", "apply", file.toString()))
        .isEqualTo("sales is at version 3\n  added    /topics/a  -> \"a\"\n");
    assertThat(printed("source", "retire", "sales")).isEqualTo("sales is retired\n");
    assertThat(sent)
        .containsExactly(
            "GET /sources ",
            "GET /sources/sales/versions?limit=3 ",
            "GET /sources/sales ",
            "GET /sources/sales ",
            "GET /sources/sales ",
            "PUT /sources/sales {\"name\":\"sales\",\"topic\":\"a\"} if \"3\"",
            "DELETE /sources/sales ");
  }

  @Test
  void theAuditIsListedAndARefusalIsTold() {
    answer =
        """
        {"items":[{"id":1007,"at":1767225600000,"by":"ann","remote":"10.0.0.7",
         "action":"add_column city","resource":"/ddl","version":2,"reason":"for the report"},
         {"id":1006,"at":1767225600000,"by":"bob","remote":"::1","action":"retire",
         "resource":"/sources/old"}]}
        """;
    assertThat(printed("audit"))
        .isEqualTo(
            """
            entry  at                    by   from      action           resource      version  reason
            ─────  ────────────────────  ───  ────────  ───────────────  ────────────  ───────  ──────────────
            1,007  2026-01-01T00:00:00Z  ann  10.0.0.7  add_column city  /ddl          2        for the report
            1,006  2026-01-01T00:00:00Z  bob  ::1       retire           /sources/old
            """);
    assertThat(printed("audit", "--limit", "2", "--json").lines()).hasSize(2);
    assertThat(sent).containsExactly("GET /audit?limit=20 ", "GET /audit?limit=2 ");
    status = 403;
    answer =
        "{\"code\":\"forbidden\",\"title\":\"t\",\"status\":403,\"detail\":\"No.\",\"remedy\":\"Ask.\"}";
    assertThat(run("audit")).isNotZero();
  }

  private int run(String... command) {
    List<String> arguments = new ArrayList<>(List.of(command).subList(1, command.length));
    arguments.addAll(
        List.of("--metastore.url", "http://127.0.0.1:" + metastore.getAddress().getPort()));
    Cli.Command family = command[0].equals("audit") ? new AuditCommand() : new SourceCommand();
    return family.run(arguments.toArray(String[]::new));
  }

  private String printed(String... command) {
    PrintStream before = System.out;
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
    try {
      assertThat(run(command)).as(Arrays.toString(command)).isZero();
    } finally {
      System.setOut(before);
    }
    return out.toString(StandardCharsets.UTF_8).replace(System.lineSeparator(), "\n");
  }
}
