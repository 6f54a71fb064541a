package dev.tributary.metastore;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.metastore.OpenApiDocument.Operation;
import dev.tributary.metastore.RunningMetastore.Answer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every route and every error that the document describes is met, and {@link RunningMetastore}
 * checks each answer against the document. A status that is described and not met here, or met and
 * not described, fails.
 */
final class ContractTest {
  private static final String SOURCE =
      """
      {"bootstrapServers":"b:9092","topic":"orders","archive":{"location":"s3a://raw/archive"}}
      """;
  private static final String DATASET =
      """
      {"source":"orders","target":{"path":"s3a://lake/orders"},
       "columns":[{"name":"id","type":"bigint"},{"name":"note","type":"string"}],
       "write":{"mode":"upsert","primaryKey":["id"]}}
      """;
  private static final String DDL =
      "{\"table\":\"orders\",\"operations\":[{\"op\":\"alter_comment\",\"name\":\"note\",\"comment\":\"%s\"}]}";
  private static final String DML = "{\"table\":\"orders\",\"operations\":[{\"op\":\"%s\"}]}";
  private static final String ACTIVATION =
      "{\"dataset\":\"%s\",\"version\":1,\"outcome\":\"active\",\"run\":\"r\"}";
  private static final String RUN =
      "{\"run\":\"r\",\"pipeline\":\"orders\",\"phase\":2,\"state\":\"running\",\"at\":1}";

  private static final String TABLE =
      """
      {"dataset":"%1$s","run":"r","at":1,"tiers":{"dataset":"%1$s","version":1,"location":"s3a://lake/orders",
       "archive":[{"topic":"orders","location":"s3a://raw/archive/orders","entries":1,"records":3,"files":1,
         "bytes":100,"position":1,"watermarks":[{"incarnation":0,"partition":0,"next":3,"records":3}]}],
       "table":{"location":"s3a://lake/orders","version":1,"committedAt":1,"minReaderVersion":1,
         "minWriterVersion":2,"features":[],"files":1,"bytes":100,"rows":3,
         "columns":[{"name":"id","type":"bigint","nullable":true}],"partitionBy":[],"properties":{}},
       "plan":{"plan":1,"kind":"live","dataset":"%1$s","datasetVersion":1,"plannedAt":1,"outcome":"committed"}}}
      """;

  private static final String COLUMNS =
      "{\"version\":%d,\"operations\":[{\"op\":\"add_column\",\"column\":{\"name\":\"city\",\"type\":\"string\"}}]}";

  private static final String FOUND = "{\"topics\":[\"sales.returns\"]}";

  private static final UploadedJar JAR =
      UploadedJar.with(
          UploadedJar.DESCRIPTION,
          """
          [{"name":"filter","type":"a.Decrypt","kind":"filter",
            "options":[{"name":"where","required":true},{"name":"key","secret":true}]}]
          """);

  private static final String LOST_SOURCE =
      """
      {"versions":[{"dataset":"lost","version":1,"spec":{"name":"lost","source":"lost",
        "target":{"path":"s3a://lake/lost"},"columns":[{"name":"id","type":"bigint"}]}}]}
      """;

  /**
   * As long as a real one: Jetty takes what a header line begins with from the lines that a
   * connection sent before, whatever their case, so that a token which begins as a short one did is
   * spoilt.
   */
  private static final String UNKNOWN_TOKEN = "Bearer trib_" + "x".repeat(43);

  private static final String TRANSFORMS = JAR.path();

  @TempDir private Path folder;

  /** Where the JAR of {@link #TRANSFORMS} lies. */
  private String jar;

  private final Set<String> met = new TreeSet<>();
  private RunningMetastore metastore;

  private RunningMetastore running(Path own, String... arguments) {
    List<String> all = new ArrayList<>(List.of("--transforms.read-from", "file:" + folder + "/"));
    all.addAll(List.of(arguments));
    return new RunningMetastore(own, "0", all.toArray(String[]::new));
  }

  @Test
  void everyRouteAndEveryErrorIsAsTheDocumentSays() throws Exception {
    Path file = Files.write(folder.resolve("t.jar"), JAR.content());
    jar = "{\"uri\":\"file:%s\"}".formatted(file);
    try (RunningMetastore open = running(folder, "--max-body-bytes", "64k")) {
      metastore = open;
      successes();
      refusals();
      tooLarge();
      // Refused by the HTTP server, before any route is looked for.
      send(400, "GET", "/sources/%00", "");
    }
    restored();
    refusedCallers();
    tooMany();
    broken();
    Set<String> described = new TreeSet<>();
    for (Operation operation : RunningMetastore.DOCUMENT.operations()) {
      RunningMetastore.DOCUMENT
          .responses(operation)
          .keySet()
          .forEach(status -> described.add(operation + " " + status));
    }
    assertThat(met).isEqualTo(described);
    Set<String> headers = new TreeSet<>();
    for (Operation operation : RunningMetastore.DOCUMENT.operations()) {
      RunningMetastore.DOCUMENT
          .responses(operation)
          .keySet()
          .forEach(status -> headers.addAll(RunningMetastore.DOCUMENT.headers(operation, status)));
    }
    assertThat(RunningMetastore.seenHeaders()).containsAll(headers);
  }

  private Answer send(int expected, String method, String path, String body, String... headers) {
    Answer answer = metastore.send(method, path, body, headers);
    assertThat(answer.status())
        .as("%s %s: %s", method, path, answer.response().body())
        .isEqualTo(expected);
    met.add(
        RunningMetastore.DOCUMENT.operation(method, path).orElseThrow() + " " + answer.status());
    return answer;
  }

  private void successes() {
    send(201, "PUT", TRANSFORMS, jar);
    UploadedJar uploaded = UploadedJar.whole();
    assertThat(metastore.upload(uploaded.path(), uploaded.content()).status()).isEqualTo(201);
    send(200, "GET", uploaded.path() + "/jar", "");
    send(200, "PUT", TRANSFORMS, jar, "Idempotency-Key", "jar");
    send(200, "DELETE", uploaded.path(), "", "Idempotency-Key", "delete-jar");
    send(200, "POST", "/recovery", "{\"versions\":[]}", "Idempotency-Key", "recovery");
    send(201, "PUT", "/sources/orders", SOURCE);
    send(200, "PUT", "/sources/orders", SOURCE, "If-Match", "*");
    send(
        201,
        "PUT",
        "/sources/sales",
        SOURCE.replace("\"topic\":\"orders\"", "\"topicPattern\":\"sales[.].*\""));
    send(200, "POST", "/sources/sales/topics", FOUND, "Idempotency-Key", "found");
    send(
        201,
        "PUT",
        "/sources/shops",
        SOURCE.replace(
            "\"topic\":\"orders\"",
            "\"topicPattern\":\"shop[.-].*\",\"template\":{\"columns\":[{\"name\":\"id\",\"type\":\"int\"}],\"target\":{\"path\":\"s3a://lake/{topic}\"}}"));
    Answer found =
        send(200, "POST", "/sources/shops/topics", "{\"topics\":[\"shop.a\",\"shop-a\"]}");
    assertThat(found.body().at("/registered/0/dataset").asText()).isEqualTo("shop_a");
    assertThat(found.body().at("/refused/0/topic").asText()).isEqualTo("shop-a");
    send(201, "PUT", "/datasets/orders", DATASET);
    send(200, "PUT", "/datasets/orders", DATASET, "If-Match", "*");
    for (String path : List.of("/sources/orders", "/datasets/orders", "/config/orders")) {
      String etag = send(200, "GET", path, "").header("ETag");
      send(304, "GET", path, "", "If-None-Match", etag);
    }
    send(200, "POST", "/ddl", DDL.formatted("a"), "Idempotency-Key", "ddl");
    send(200, "POST", "/dml", DML.formatted("pause"), "Idempotency-Key", "dml");
    send(200, "POST", "/dml", DML.formatted("resume"));
    send(204, "POST", "/activations", ACTIVATION.formatted("orders"), "Idempotency-Key", "act");
    send(204, "POST", "/runs", RUN, "Idempotency-Key", "run");
    assertThat(send(200, "GET", "/datasets/orders/table", "").body().has("reported")).isFalse();
    send(204, "POST", "/tables", TABLE.formatted("orders"), "Idempotency-Key", "table");
    assertThat(
            send(200, "GET", "/datasets/orders/table", "").body().at("/reported/tiers/table/rows"))
        .hasToString("3");
    send(
        201,
        "PUT",
        "/datasets/grown",
        DATASET
            .replace("lake/orders", "lake/grown")
            .replace("\"write\"", "\"unknownFields\":\"evolve\",\"write\""));
    send(
        200, "POST", "/datasets/grown/columns", COLUMNS.formatted(1), "Idempotency-Key", "columns");
    for (String path :
        List.of(
            "/sources",
            "/sources/orders/versions",
            "/sources/orders/versions/1",
            "/datasets",
            "/datasets/orders/versions?limit=1",
            "/datasets/orders/versions/2",
            "/datasets/orders/catalog",
            "/activations?dataset=orders",
            "/runs",
            "/tables",
            "/transforms",
            TRANSFORMS,
            "/recovery",
            "/audit",
            "/health/live",
            "/health/ready",
            "/metrics",
            "/openapi.yaml")) {
      send(200, "GET", path, "");
    }
    send(
        201,
        "PUT",
        "/sources/gone",
        SOURCE.replace("\"orders\"", "\"gone\""),
        "Idempotency-Key",
        "gone");
    send(200, "DELETE", "/sources/gone", "", "Idempotency-Key", "delete-source");
    send(
        201,
        "PUT",
        "/datasets/gone",
        DATASET.replace("lake/orders", "lake/gone"),
        "Idempotency-Key",
        "set");
    send(200, "DELETE", "/datasets/gone", "", "Idempotency-Key", "delete-set");
    replays();
  }

  /** Each kind of answer, given again for its key. */
  private void replays() {
    for (Answer again :
        List.of(
            send(200, "PUT", TRANSFORMS, jar, "Idempotency-Key", "jar"),
            send(200, "POST", "/recovery", "{\"versions\":[]}", "Idempotency-Key", "recovery"),
            send(200, "POST", "/ddl", DDL.formatted("a"), "Idempotency-Key", "ddl"),
            send(204, "POST", "/runs", RUN, "Idempotency-Key", "run"),
            send(200, "DELETE", "/sources/gone", "", "Idempotency-Key", "delete-source"))) {
      assertThat(again.header("Idempotency-Replayed")).isEqualTo("true");
    }
  }

  private void refusals() throws Exception {
    String user =
        DATASET
            .replace("lake/orders", "lake/user")
            .replace(
                "\"columns\"",
                "\"transforms\":[{\"jar\":\"s3a://j/t.jar\",\"sha256\":\"%s\",\"type\":\"filter\",\"options\":{\"where\":\"true\"}}],\"columns\""
                    .formatted(JAR.sha256()));
    send(201, "PUT", "/datasets/user", user);
    send(409, "DELETE", TRANSFORMS, "");
    send(422, "PUT", TRANSFORMS, jar.replace("t.jar", "u.jar"), "Idempotency-Key", "jar");
    send(422, "DELETE", TRANSFORMS, "", "Idempotency-Key", "delete-jar");
    send(
        422, "POST", "/recovery", "{\"versions\":[],\"done\":true}", "Idempotency-Key", "recovery");
    send(409, "POST", "/recovery", LOST_SOURCE);
    for (Operation operation : RunningMetastore.DOCUMENT.operations()) {
      Set<String> statuses = RunningMetastore.DOCUMENT.responses(operation).keySet();
      String path = concrete(operation, "orders");
      if (statuses.contains("400")) {
        send(
            400,
            operation.method(),
            path + (path.contains("?") ? "&" : "?") + "no-such-parameter=1",
            body(operation, "orders"));
      }
      if (statuses.contains("404")) {
        send(404, operation.method(), concrete(operation, "none"), body(operation, "none"));
      }
      if (statuses.contains("412")) {
        send(412, operation.method(), path, body(operation, "orders"), "If-Match", "\"7.7\"");
      }
    }
    send(428, "PUT", "/sources/orders", SOURCE);
    send(428, "PUT", "/datasets/orders", DATASET);
    send(409, "PUT", "/sources/orders", SOURCE.replace("/archive", "/other"), "If-Match", "*");
    send(
        409, "PUT", "/datasets/orders", DATASET.replace("[\"id\"]", "[\"note\"]"), "If-Match", "*");
    send(409, "DELETE", "/sources/orders", "");
    send(409, "POST", "/sources/orders/topics", FOUND);
    send(409, "POST", "/datasets/grown/columns", COLUMNS.formatted(2));
    send(
        422, "POST", "/datasets/grown/columns", COLUMNS.formatted(2), "Idempotency-Key", "columns");
    send(
        422,
        "POST",
        "/sources/sales/topics",
        FOUND.replace("returns", "x"),
        "Idempotency-Key",
        "found");
    send(
        409,
        "POST",
        "/ddl",
        "{\"table\":\"orders\",\"operations\":[{\"op\":\"drop_column\",\"name\":\"id\"}]}");
    send(409, "POST", "/dml", DML.formatted("set_deletes\",\"deletes\":\"soft"));
    assertThat(
            send(422, "POST", "/ddl", DDL.formatted("b"), "Idempotency-Key", "ddl")
                .header("Idempotency-Replayed"))
        .isEmpty();
    send(422, "POST", "/activations", ACTIVATION.formatted("none"), "Idempotency-Key", "act");
    send(422, "POST", "/runs", RUN.replace(":1}", ":2}"), "Idempotency-Key", "run");
    send(422, "POST", "/tables", TABLE.formatted("none"), "Idempotency-Key", "table");
    send(422, "POST", "/dml", DML.formatted("resume"), "Idempotency-Key", "dml");
    send(422, "PUT", "/sources/orders", SOURCE, "If-Match", "*", "Idempotency-Key", "gone");
    send(422, "PUT", "/datasets/orders", DATASET, "If-Match", "*", "Idempotency-Key", "set");
    send(422, "DELETE", "/sources/orders", "", "Idempotency-Key", "delete-source");
    send(422, "DELETE", "/datasets/orders", "", "Idempotency-Key", "delete-set");
  }

  private void tooLarge() {
    for (Operation operation : RunningMetastore.DOCUMENT.operations()) {
      if (RunningMetastore.DOCUMENT.responses(operation).containsKey("413")) {
        send(
            413,
            operation.method(),
            concrete(operation, "orders"),
            "\"" + "x".repeat(70_000) + "\"");
      }
    }
  }

  /** A restored backup gives out no versions before it has learned. */
  private void restored() throws Exception {
    Path own = Files.createDirectory(folder.resolve("restored"));
    String[] backup = {
      "backup",
      "--database",
      folder.resolve("metastore.db").toString(),
      "--to",
      own.resolve("metastore.db").toString()
    };
    assertThat(MetastoreCommands.run(backup)).isZero();
    try (RunningMetastore service = running(own)) {
      metastore = service;
      send(409, "DELETE", "/datasets/orders", "");
      send(409, "PUT", TRANSFORMS, jar);
    }
  }

  /** With tokens: none, one that is not known, and one without the scope. */
  private void refusedCallers() throws Exception {
    Path own = Files.createDirectory(folder.resolve("tokens"));
    try (RunningMetastore asking = running(own, "--tokens")) {
      metastore = asking;
      String token = RunningMetastore.token(own, "nobody", "runs:write");
      String reader = RunningMetastore.token(own, "reader", "read");
      for (Operation operation : RunningMetastore.DOCUMENT.operations()) {
        if (!RunningMetastore.DOCUMENT.responses(operation).containsKey("401")) {
          continue;
        }
        String path = concrete(operation, "orders");
        String body = body(operation, "orders");
        Answer none = send(401, operation.method(), path, body);
        assertThat(none.header("WWW-Authenticate")).isEqualTo("Bearer realm=\"tributary\"");
        Answer unknown = send(401, operation.method(), path, body, "Authorization", UNKNOWN_TOKEN);
        assertThat(unknown.header("WWW-Authenticate")).contains("error=\"invalid_token\"");
        boolean report =
            operation.method().equals("POST")
                && Set.of(
                        "/runs",
                        "/tables",
                        "/activations",
                        "/sources/{name}/topics",
                        "/datasets/{name}/columns")
                    .contains(operation.path());
        Answer poor =
            send(
                403,
                operation.method(),
                path,
                body,
                "Authorization",
                "Bearer " + (report ? reader : token));
        assertThat(poor.header("WWW-Authenticate")).contains("error=\"insufficient_scope\"");
      }
      String[] driver = {"Authorization", "Bearer " + token};
      send(404, "POST", "/datasets/none/columns", COLUMNS.formatted(1), driver);
    }
  }

  private void tooMany() throws Exception {
    Path own = Files.createDirectory(folder.resolve("limited"));
    for (Operation operation : RunningMetastore.DOCUMENT.operations()) {
      if (!RunningMetastore.DOCUMENT.responses(operation).containsKey("429")) {
        continue;
      }
      metastore = LIMITED.computeIfAbsent(own, RunningMetastore::limited);
      String path = concrete(operation, "orders");
      String body = body(operation, "orders");
      Answer limited;
      int tries = 0;
      do {
        // The one request of this second is gone, or goes now; on a slow machine the next has
        // begun.
        metastore.send("GET", "/nothing", "");
        limited = metastore.send(operation.method(), path, body);
      } while (limited.status() != 429 && ++tries < 100);
      assertThat(limited.status()).as(operation.toString()).isEqualTo(429);
      met.add(operation + " 429");
      assertThat(limited.header("Retry-After")).isEqualTo("1");
    }
    LIMITED.remove(own).close();
  }

  private static final Map<Path, RunningMetastore> LIMITED = new TreeMap<>();

  private void broken() throws Exception {
    Path own = Files.createDirectory(folder.resolve("broken"));
    try (RunningMetastore service = running(own)) {
      metastore = service;
      dropTables(own.resolve("metastore.db"));
      for (Operation operation : RunningMetastore.DOCUMENT.operations()) {
        if (RunningMetastore.DOCUMENT.responses(operation).containsKey("503")) {
          send(503, operation.method(), concrete(operation, "orders"), body(operation, "orders"));
        }
      }
    }
  }

  private static void dropTables(Path database) throws SQLException {
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + database);
        Statement statement = connection.createStatement()) {
      List<String> tables = new ArrayList<>();
      try (var rows =
          statement.executeQuery(
              "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'")) {
        while (rows.next()) {
          tables.add(rows.getString(1));
        }
      }
      for (String table : tables) {
        statement.execute("DROP TABLE " + table);
      }
    }
  }

  /** The path with its places filled in, and the parameters without which it is refused. */
  private static String concrete(Operation operation, String name) {
    String path =
        operation
            .path()
            .replace("{name}", name)
            .replace("{table}", name)
            .replace("{version}", "1")
            .replace("{sha256}", name.equals("none") ? "f".repeat(64) : JAR.sha256());
    boolean needsDataset = operation.toString().equals("GET /activations");
    return needsDataset ? path + "?dataset=" + name : path;
  }

  private String body(Operation operation, String name) {
    return switch (operation.toString()) {
      case "PUT /sources/{name}" -> SOURCE;
      case "PUT /datasets/{name}" -> DATASET;
      case "POST /ddl" -> DDL.formatted("c").replace("orders", name);
      case "POST /dml" -> DML.formatted("pause").replace("orders", name);
      case "POST /activations" -> ACTIVATION.formatted(name);
      case "POST /runs" -> RUN;
      case "POST /tables" -> TABLE.formatted(name);
      case "POST /sources/{name}/topics" -> FOUND;
      case "POST /datasets/{name}/columns" -> COLUMNS.formatted(77);
      case "PUT /transforms/{sha256}" -> jar;
      case "POST /recovery" -> "{\"versions\":[]}";
      default -> "";
    };
  }
}
