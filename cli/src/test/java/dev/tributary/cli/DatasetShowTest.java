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
              "write":{"mode":"upsert","primaryKey":["id"],"orderBy":[]},
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
            catalog     lake.orders, failing: no

            column  type    nullable  path  comment
            ──────  ──────  ────────  ────  ─────────
            id      bigint  false
            city    string  true            Where to.
            """);
  }

  private static JsonNode json(String text) {
    return Json.read(text.getBytes(StandardCharsets.UTF_8), JsonNode.class);
  }
}
