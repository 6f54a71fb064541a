package dev.tributary.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tributary.core.json.Json;
import dev.tributary.core.metastore.DdlOperation;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code drift}, of an archive on local disk. */
final class DriftCommandTest {
  private static final Instant FIRST = OrdersFixture.FIRST;
  private static final Instant NEXT_DAY = FIRST.plus(Duration.ofDays(1));

  @TempDir private Path folder;
  private OrdersFixture orders;

  @BeforeEach
  void anArchive() throws IOException {
    orders = new OrdersFixture(folder);
    orders.declare(
        """
        "columns":[{"name":"id","type":"bigint"},{"name":"p_size","type":"int","path":"p.size"}]\
        """);
  }

  @AfterEach
  void stop() {
    orders.close();
  }

  private void archive(int partition, Instant time, String... values) throws IOException {
    orders.archive(
        partition,
        time,
        Arrays.stream(values)
            .map(
                value ->
                    Optional.of(value)
                        .filter(text -> !text.isEmpty())
                        .map(text -> text.getBytes(StandardCharsets.UTF_8)))
            .toList());
  }

  private String drift(int exitCode, String... arguments) {
    Clock clock = Clock.fixed(NEXT_DAY.plusSeconds(60), ZoneOffset.UTC);
    return orders.run(new DriftCommand(clock), exitCode, arguments);
  }

  private List<JsonNode> json(String... arguments) {
    String[] all = Arrays.copyOf(arguments, arguments.length + 1);
    all[arguments.length] = "--json";
    return drift(0, all)
        .lines()
        // Spark says on the same screen how it logs, once a process.
        .filter(line -> line.startsWith("{"))
        .map(line -> Json.read(line.getBytes(StandardCharsets.UTF_8), JsonNode.class))
        .toList();
  }

  @Test
  void whatDriftedIsListedWithItsFirstRecordAndTheChangeThatTakesItInAndNoValue()
      throws IOException {
    archive(
        0,
        FIRST,
        "{\"id\":1}",
        "{\"id\":2,\"coupon\":\"s3cret\",\"p\":{\"size\":3,\"unit\":\"s3cret\"}}",
        "",
        "s3cret",
        "{\"id\":3,\"coupon\":17,\"weight\":2,\"rows\":[{\"s3cret\":1}],\"gone\":null}");
    archive(
        1,
        NEXT_DAY,
        "{\"id\":4.25,\"weight\":2.5,\"Note\":\"s3cret\"}",
        "{\"id\":\"s3cret\",\"note\":true}",
        "{\"id\":5,\"p\":{\"size\":3000000000,\"unit\":\"m\"}}");

    assertThat(drift(0, "orders"))
        .isEqualTo(
            """
            Looked at 8 records, 1 of them tombstones, 1 not objects, or refused by a step or as change events.

            Fields that no column reads:
            field   column type                                            records  first       values
            ──────  ─────────────────────────────────────────────────────  ───────  ──────────  ───────────────────────────────────────
            Note    beside another of its name, ignoring case: Note, note        1  orders/1:0  string
            coupon  string                                                       2  orders/0:1  1 string from 0:1, 1 integer from 0:4
            gone    it was always null                                           1  orders/0:4  null
            note    beside another of its name, ignoring case: Note, note        1  orders/1:1  boolean
            p.unit  string                                                       2  orders/0:1  string
            rows    string                                                       1  orders/0:4  array
            weight  double                                                       2  orders/0:4  1 integer from 0:4, 1 fraction from 1:0

            Values that their columns do not take:
            column  declared  records  first       values                                  widen to
            ──────  ────────  ───────  ──────────  ──────────────────────────────────────  ─────────────
            id      bigint          2  orders/1:0  1 fraction from 1:0, 1 string from 1:1  decimal(22,2)
            p_size  int             1  orders/1:2  integer                                 bigint

            To take them in:
              ./tributary dataset add-column orders --column coupon --type string
              ./tributary dataset add-column orders --column p_unit --type string --path p.unit
              ./tributary dataset add-column orders --column rows --type string
              ./tributary dataset add-column orders --column weight --type double
              ./tributary dataset widen-column orders --column id --type 'decimal(22,2)'
              ./tributary dataset widen-column orders --column p_size --type bigint
            or all at once by POST /ddl:
              {"table":"orders","operations":[{"op":"add_column","column":{"name":"coupon","type":"string"}},{"op":"add_column","column":{"name":"p_unit","type":"string","path":"p.unit"}},{"op":"add_column","column":{"name":"rows","type":"string"}},{"op":"add_column","column":{"name":"weight","type":"double"}},{"op":"widen_column","name":"id","type":"decimal(22,2)"},{"op":"widen_column","name":"p_size","type":"bigint"}]}
            """);
    List<JsonNode> findings = json("orders");
    assertThat(findings).hasSize(9);
    assertThat(findings.get(1).toString())
        .isEqualTo(
            """
            {"dataset":"orders","finding":"unknown-field","field":"coupon","records":2,\
            "first":{"topic":"orders","incarnation":0,"partition":0,"offset":1},\
            "values":{"string":{"values":1,"first":{"topic":"orders","incarnation":0,"partition":0,"offset":1}},\
            "integer":{"values":1,"first":{"topic":"orders","incarnation":0,"partition":0,"offset":4}}},\
            "type":"string","operation":{"op":"add_column","column":{"name":"coupon","type":"string"}},\
            "command":"./tributary dataset add-column orders --column coupon --type string"}\
            """);
    // What is proposed is what the metastore reads.
    List<DdlOperation> operations =
        findings.stream()
            .filter(finding -> finding.has("operation"))
            .map(finding -> Json.read(Json.write(finding.get("operation")), DdlOperation.class))
            .toList();
    assertThat(operations).hasSize(6);
  }

  @Test
  void theNewestRecordsAreLookedAtOrThoseSinceATime() throws IOException {
    archive(0, FIRST, "{\"id\":1,\"old\":1}");
    archive(0, FIRST, "{\"id\":2,\"mid\":1}", "{\"id\":3}");
    archive(1, NEXT_DAY, "{\"id\":4,\"new\":1}");

    assertThat(fields("orders")).isEqualTo("mid new old");
    assertThat(fields("orders", "--records", "1")).isEqualTo("new");
    assertThat(fields("orders", "--records", "2")).as("whole entries").isEqualTo("mid new");
    assertThat(fields("orders", "--from", "1h")).isEqualTo("new");
    assertThat(fields("orders", "--from", FIRST.toString())).isEqualTo("mid new old");
    assertThat(drift(0, "orders", "--from", NEXT_DAY.plusSeconds(1).toString()))
        .isEqualTo("Looked at 0 records.\nNothing drifted.\n");
    assertThat(drift(2, "ordrs")).contains("Did you mean orders?");
  }

  private String fields(String... arguments) {
    return json(arguments).stream()
        .map(finding -> finding.path("field").asText())
        .collect(Collectors.joining(" "));
  }

  @Test
  void namesThatAreValuesFillNoScreenAndWhatIsNotAllowedIsSaid() throws IOException {
    StringBuilder many = new StringBuilder("{\"id\":1");
    for (int i = 0; i < 1_200; i++) {
      many.append(",\"f").append(i).append("\":1");
    }
    archive(0, FIRST, many + "}");
    orders.declare(
        """
        "columns":[{"name":"id","type":"bigint"}],"allowedChanges":["widen_column"]\
        """);

    assertThat(json("orders")).hasSize(1_000);
    assertThat(drift(0, "orders"))
        .contains("and 200 times another field: are the names values, such as ids?")
        .contains("The dataset does not allow add_column: its owner has to add it")
        .doesNotContain("widen_column: its owner");
  }

  @Test
  void changeEventsAreUnwrappedBefore() throws IOException {
    orders.declare(
        """
        "format":"debezium","write":{"mode":"upsert","primaryKey":["id"]},\
        "columns":[{"name":"id","type":"bigint"}]\
        """);
    archive(
        0,
        FIRST,
        "{\"op\":\"c\",\"before\":null,\"after\":{\"id\":1,\"late\":true},\"source\":{\"lsn\":1},\"ts_ms\":5}",
        "{\"op\":\"d\",\"before\":{\"id\":1,\"late\":true},\"after\":null,\"source\":{\"lsn\":2},\"ts_ms\":6}");

    List<JsonNode> findings = json("orders");

    assertThat(findings).hasSize(1);
    assertThat(findings.get(0).path("field").asText()).isEqualTo("late");
    assertThat(findings.get(0).path("records").asInt()).isEqualTo(2);
    assertThat(findings.get(0).path("type").asText()).isEqualTo("boolean");
  }
}
