package dev.tributary.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tributary.core.json.Json;
import io.delta.kernel.expressions.Literal;
import io.delta.kernel.types.ArrayType;
import io.delta.kernel.types.DecimalType;
import io.delta.kernel.types.FieldMetadata;
import io.delta.kernel.types.IntegerType;
import io.delta.kernel.types.LongType;
import io.delta.kernel.types.MapType;
import io.delta.kernel.types.StringType;
import io.delta.kernel.types.StructType;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code table list} and {@code show}, of an archive and tables on local disk. */
final class TableCommandTest {
  private static final StructType SCHEMA =
      new StructType()
          .add("id", LongType.LONG, false)
          .add(
              "total",
              new DecimalType(12, 2),
              FieldMetadata.builder().putString("comment", "In euros.").build())
          .add(
              "lines",
              new ArrayType(
                  new StructType()
                      .add("item", StringType.STRING)
                      .add("counts", new MapType(StringType.STRING, IntegerType.INTEGER, true)),
                  true))
          .add("day", StringType.STRING);

  @TempDir private Path folder;
  private OrdersFixture orders;

  @BeforeEach
  void anArchive() throws IOException {
    orders = new OrdersFixture(folder);
    Optional<byte[]> value = Optional.of("{}".getBytes(StandardCharsets.UTF_8));
    orders.archive(0, OrdersFixture.FIRST, List.of(value, value, value));
    orders.archive(1, OrdersFixture.FIRST, List.of(value));
  }

  @AfterEach
  void stop() {
    orders.close();
  }

  private KernelTable tableOfFiveRows() throws IOException {
    KernelTable table =
        KernelTable.create(
            orders.table(),
            SCHEMA,
            List.of("day"),
            Map.of("delta.enableDeletionVectors", "true", "loader.password", "hunter2"));
    for (String day : List.of("2025-11-21", "2025-11-22")) {
      table.append(
          Map.of("day", Literal.ofString(day)),
          List.of(new Object[] {1L, null, null, day}, new Object[] {2L, null, null, day}));
    }
    table.commit(3, added("a.parquet", 4, Optional.of(4L), 3));
    return table;
  }

  /** A file of a day of its own, some rows of which are deleted by a vector. */
  private static Map<String, ?> added(String path, long bytes, Optional<Long> rows, int deleted) {
    Map<String, Object> add =
        new java.util.TreeMap<>(
            Map.of(
                "path",
                "day=2025-11-23/" + path,
                "partitionValues",
                Map.of("day", "2025-11-23"),
                "size",
                bytes,
                "modificationTime",
                1L,
                "dataChange",
                true,
                "deletionVector",
                Map.of(
                    "storageType",
                    "u",
                    "pathOrInlineDv",
                    "ab^-aqEH.-t@S}K{vb[*k^",
                    "offset",
                    4,
                    "sizeInBytes",
                    40,
                    "cardinality",
                    deleted)));
    rows.ifPresent(count -> add.put("stats", "{\"numRecords\":%d}".formatted(count)));
    return Map.of("add", add);
  }

  private void plan(long plan, String kind, boolean done) throws IOException {
    Path plans = Files.createDirectories(folder.resolve("lake/_plans/orders/00000"));
    String positions = "\"positions\":{\"orders\":{\"orders\":%d}}".formatted(plan + 2);
    Files.writeString(
        plans.resolve("%020d.json".formatted(plan)),
        """
        {"format":1,"plan":%d,"generation":0,"id":"p","kind":"%s","dataset":"orders",\
        "datasetVersion":3,"run":"r","plannedAt":1763726400000,"source":{"archive":"%s","ranges":[]},%s}\
        """
            .formatted(plan, kind, folder.toUri(), positions));
    if (done) {
      Files.writeString(
          plans.resolve("%020d.done.json".formatted(plan)),
          """
          {"format":1,"plan":%d,"generation":0,"planId":"p","run":"r","doneAt":1,\
          "outcome":"committed","dataset":"orders","datasetVersion":3,"counts":{"read":0,\
          "inserted":0,"updated":0,"deleted":0,"filtered":0,"quarantined":0,"superseded":0,\
          "late":0,"unmatched":0},%s}\
          """
              .formatted(plan, positions));
    }
  }

  private String table(int exitCode, String... arguments) {
    return orders.run(new TableCommand(), exitCode, arguments);
  }

  private JsonNode shown() {
    return Json.read(
        table(0, "show", "orders", "--json").getBytes(StandardCharsets.UTF_8), JsonNode.class);
  }

  @Test
  void everyTierOfADatasetIsShown() throws IOException {
    tableOfFiveRows();
    KernelTable.quarantine(orders.quarantine());
    plan(0, "ddl", true);
    plan(1, "live", false);

    JsonNode shown = shown();

    JsonNode archive = shown.at("/archive/0");
    assertThat(archive.path("entries").asLong()).isEqualTo(3);
    assertThat(archive.path("records").asLong()).isEqualTo(4);
    assertThat(archive.path("bytes").asLong())
        .isEqualTo(
            Files.size(folder.resolve("orders/date=2025-11-21/0-0.jsonl.gz"))
                + Files.size(folder.resolve("orders/date=2025-11-21/1-0.jsonl.gz")));
    assertThat(archive.path("position").asLong()).as("of the plan that is done").isEqualTo(2);
    assertThat(archive.path("watermarks").toString())
        .isEqualTo(
            "[{\"incarnation\":0,\"partition\":0,\"next\":3,\"records\":3},"
                + "{\"incarnation\":0,\"partition\":1,\"next\":1,\"records\":1}]");
    JsonNode table = shown.path("table");
    assertThat(table.path("version").asLong()).isEqualTo(3);
    assertThat(table.path("files").asLong()).isEqualTo(3);
    assertThat(table.path("rows").asLong()).as("less what a vector deletes").isEqualTo(5);
    assertThat(table.path("partitionBy").toString()).isEqualTo("[\"day\"]");
    assertThat(table.path("features").toString()).contains("deletionVectors");
    assertThat(table.at("/properties/loader.password").asText()).isEqualTo("***");
    assertThat(table.path("columns").toString())
        .isEqualTo(
            "[{\"name\":\"id\",\"type\":\"bigint\",\"nullable\":false},"
                + "{\"name\":\"total\",\"type\":\"decimal(12,2)\",\"nullable\":true,\"comment\":\"In euros.\"},"
                + "{\"name\":\"lines\",\"type\":\"array<struct<item:string,counts:map<string,int>>>\",\"nullable\":true},"
                + "{\"name\":\"day\",\"type\":\"string\",\"nullable\":true}]");
    assertThat(shown.at("/quarantine/rows").asLong(-1)).isZero();
    assertThat(shown.has("tombstones")).isFalse();
    assertThat(shown.path("plan").toString())
        .isEqualTo(
            "{\"plan\":1,\"kind\":\"live\",\"dataset\":\"orders\",\"datasetVersion\":3,"
                + "\"plannedAt\":1763726400000,\"outcome\":\"open\"}");
    assertThat(table(0, "show", "orders"))
        .contains("newest plan  1, live, open; orders version 3, planned 2025-11-21T12:00:00Z\n")
        .containsPattern("orders +3 +2 +4 +0 +0 +2 +\\d+ +file:")
        .contains("  size         3 files, 5 rows, ")
        .contains("  property     loader.password = ***\n")
        .containsPattern("total +decimal\\(12,2\\) +true +In euros\\.")
        .contains("tombstones: none, no delete was ever remembered")
        .doesNotContain("hunter2");
  }

  @Test
  void aListHasALineForEachDataset() throws IOException {
    tableOfFiveRows();
    KernelTable.quarantine(orders.quarantine())
        .append(Map.of(), List.<Object[]>of(new Object[15], new Object[15]));

    assertThat(table(0, "list"))
        .containsPattern("(?m)^orders +3 +4 +3 +3 +5 +[0-9,]+ +2 +- +file:\\S+/lake/orders/?$")
        .containsPattern("(?m)^late_orders +3 +4 +- +- +- +- +0 +- +file:\\S+/late_orders/?$");
    assertThat(table(0, "show", "late_orders"))
        .contains("late_orders does not exist yet.")
        .contains("./tributary phase2 --dataset late_orders")
        .contains("quarantine: none, nothing was ever set aside");
    assertThat(table(2, "show", "late_order")).contains("Did you mean late_orders?");
  }

  @Test
  void rowsThatStatisticsDoNotTellAreUnknown() throws IOException {
    tableOfFiveRows().commit(4, added("b.parquet", 10, Optional.empty(), 1));

    assertThat(shown().path("table").has("rows")).isFalse();
    assertThat(shown().at("/table/files").asLong()).isEqualTo(4);
    assertThat(table(0, "show", "orders")).contains("rows unknown (a file has no statistics)");
  }

  @Test
  void aTableThatCannotBeReadDoesNotHideTheOthers() throws IOException {
    KernelTable table = tableOfFiveRows();
    table.commit(
        4,
        Map.of(
            "protocol",
            Map.of(
                "minReaderVersion",
                3,
                "minWriterVersion",
                7,
                "readerFeatures",
                List.of("telepathy"),
                "writerFeatures",
                List.of("telepathy"))));

    assertThat(table(2, "list"))
        .contains("tributary table: orders: not-supported: The table ")
        .contains("features that can only be read with Spark: [telepathy]")
        .containsPattern("(?m)^late_orders +3");
  }
}
