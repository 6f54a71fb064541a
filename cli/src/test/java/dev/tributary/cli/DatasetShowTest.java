package dev.tributary.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tributary.core.json.Json;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class DatasetShowTest {
  @Test
  void aDatasetIsShownAsAPersonReadsIt() {
    JsonNode dataset =
        json(
            """
            {"name":"orders","version":2,"latestVersion":3,"createdAt":1767225600000,"state":"active",
             "by":"ann","operation":"add_column city","reason":"for the report","spec":{
              "name":"orders","source":"orders","group":"default","state":"active",
              "archiveStart":"now","target":{"path":"s3a://lake/orders","partitionBy":["day"]},
              "write":{"mode":"upsert","primaryKey":["id"],"orderBy":[],"deletes":"hard"},
              "breaker":{"share":0.5,"minRecords":1000},"maxRecordsPerBatch":5000000,
              "columns":[{"name":"id","type":"bigint","nullable":false},
                         {"name":"city","type":"string","nullable":true,"comment":"Where to."}]}}
            """);
    JsonNode catalog = json("{\"state\":\"failing\",\"table\":\"lake.orders\",\"error\":\"no\"}");
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    DatasetShow.print(
        dataset, Optional.of(catalog), new PrintStream(out, true, StandardCharsets.UTF_8));
    assertThat(out.toString(StandardCharsets.UTF_8))
        .isEqualTo(
            """
            dataset     orders
            version     2, active; the newest, 3, was rejected
            made        2026-01-01T00:00:00Z by ann: add_column city (for the report)
            drivers     active, group default
            source      orders, from now
            table       s3a://lake/orders
            partitions  day
            write       upsert
            key         id
            deletes     hard
            catalog     lake.orders, failing: no

            column  type    nullable  path  comment
            ──────  ──────  ────────  ────  ─────────
            id      bigint  false
            city    string  true            Where to.
            """);
  }

  @Test
  void whatIsNotAsItIsByDefaultIsShown() {
    JsonNode dataset =
        json(
            """
            {"name":"orders","version":1,"latestVersion":1,"createdAt":1767225600000,"state":"pending",
             "by":"ann","operation":"create","spec":{
              "name":"orders","source":"orders","group":"default","state":"active",
              "archiveStart":"earliest","format":"debezium","target":{"path":"s3a://lake/orders",
               "clusterBy":["id","city"],"compression":"zstd","mergeStrategy":"merge-on-read",
               "properties":{"delta.logRetentionDuration":"interval 7 days"}},
              "write":{"mode":"upsert","primaryKey":["id"],"orderBy":[],"deletes":"soft",
               "deleteWhen":"city = 'x'"},
              "unknownFields":{"policy":"rescue","column":"_rest"},
              "checks":{"jsonSchema":{"schema":{"type":"object"},"policy":"quarantine"},
               "eventTime":{"column":"at","latenessMillis":1000},
               "expectations":[{"name":"paid","expression":"amount > 0","policy":"drop"}]},
              "breaker":{"share":0.1,"minRecords":10},"maxRecordsPerBatch":1000,
              "trigger":{"intervalMillis":60000},"retries":{"attempts":4},
              "maintenance":{"vacuum":false},
              "coordinates":{"offset":"kafka_offset"},"allowedChanges":["add_column"],"columns":[]}}
            """);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    DatasetShow.print(
        dataset, Optional.empty(), new PrintStream(out, true, StandardCharsets.UTF_8));
    assertThat(out.toString(StandardCharsets.UTF_8))
        .contains(
            """
            source      orders, from earliest
            format      debezium
            table       s3a://lake/orders
            clustering  id, city
            files       zstd, merge-on-read
            properties  {"delta.logRetentionDuration":"interval 7 days"}
            coordinates {"offset":"kafka_offset"}
            write       upsert
            key         id
            deletes     soft, when city = 'x'
            unknown     {"policy":"rescue","column":"_rest"}
            check       json schema {"policy":"quarantine"}
            check       event time {"column":"at","latenessMillis":1000}
            check       paid: amount > 0, else drop
            breaker     {"share":0.1,"minRecords":10}
            trigger     {"intervalMillis":60000}
            retries     {"attempts":4}
            maintenance {"vacuum":false}
            batch       1000
            may change  add_column
            """);
  }

  private static JsonNode json(String text) {
    return Json.read(text.getBytes(StandardCharsets.UTF_8), JsonNode.class);
  }
}
