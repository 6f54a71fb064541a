package dev.tributary.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tributary.core.json.Json;
import dev.tributary.core.metastore.HttpMetastoreAdmin;
import dev.tributary.core.metastore.MetastoreConnection;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.StringJoiner;
import java.util.TreeMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Spark reads the rows that phase 2 wrote by what stands in Glue alone: provider, folder and
 * columns of GetTable's answer, as an engine takes them from there.
 */
@Tag("delivery")
class GlueTableIT {
  private static final String DATABASE = "lake";

  @Test
  void sparkReadsTheTableThatStandsInGlue() throws Exception {
    Path folder = DeliveryStack.shared().folder().resolve("with-glue");
    try (GlueChild glue = GlueChild.start(folder)) {
      glue.createDatabase(DATABASE);
      MetastoreChild metastore = metastore(folder, glue);
      Pipeline pipeline = Pipeline.create("in_glue", 2).withAppendTable().withUpsertTable();
      pipeline.moveTo(metastore);
      HttpMetastoreAdmin admin = new HttpMetastoreAdmin(MetastoreConnection.to(metastore.url()));
      String typed = pipeline.name() + "_typed";
      admin.put("datasets/" + typed, document(pipeline.name(), typed));
      pipeline.produce(300);
      pipeline.phase1("--trigger", "available-now").expectExit(0);
      pipeline.phase2("--dataset", typed, "--trigger", "available-now").expectExit(0);
      pipeline.assertTablesExact();
      for (String dataset : List.of(pipeline.name(), pipeline.upsert(), typed)) {
        await(dataset)
            .atMost(Duration.ofSeconds(240))
            .pollInterval(Duration.ofMillis(200))
            .until(
                () -> admin.show("datasets/%s/catalog".formatted(dataset)).path("state").asText(),
                "in_sync"::equals);
      }
      SparkSession engine = engine(folder);
      try {
        Dataset<Row> append = read(engine, glue.table(DATABASE, pipeline.name()));
        assertThat(ids(append)).isNotEmpty().isEqualTo(good(pipeline));
        Dataset<Row> upsert = read(engine, glue.table(DATABASE, pipeline.upsert()));
        assertThat(upsert.count()).isPositive().isEqualTo(written(engine, pipeline.upsertTable()));
        Dataset<Row> all = read(engine, glue.table(DATABASE, typed));
        assertThat(ids(all)).isEqualTo(good(pipeline));
      } finally {
        engine.stop();
      }
    }
  }

  private static MetastoreChild metastore(Path folder, GlueChild glue) {
    return MetastoreChild.start(
        folder,
        0,
        "--catalog.glue.database",
        DATABASE,
        "--catalog.glue.region",
        "eu-west-1",
        "--catalog.glue.endpoint",
        glue.endpoint().toString(),
        "--catalog.retry.first",
        "200ms");
  }

  /** Columns of many types, partitions, and a column that drivers add. */
  private static JsonNode document(String source, String name) {
    return Json.read(
        """
        {"source":"%s","target":{"path":"s3a://%s/lake/%s","partitionBy":["gone"]},
         "columns":[{"name":"id","type":"string"},{"name":"n","type":"bigint"},
          {"name":"gone","type":"boolean"},{"name":"i1","type":"byte"},{"name":"i2","type":"short"},
          {"name":"i4","type":"integer"},{"name":"f4","type":"real"},{"name":"f8","type":"double"},
          {"name":"Price","type":"decimal(10, 2)"},{"name":"Whole","type":"decimal(5)"},
          {"name":"day","type":"date"},{"name":"at","type":"timestamp"},{"name":"raw","type":"binary"},
          {"name":"lines","type":"array<struct<sku: string, price:decimal>>"},
          {"name":"more","type":"map<string,array<long>>"}],
         "unknownFields":"rescue"}
        """
            .formatted(source, DeliveryStack.BUCKET, name)
            .getBytes(StandardCharsets.UTF_8),
        JsonNode.class);
  }

  /** What an engine makes of an entry: nothing of it comes from anywhere else. */
  private static Dataset<Row> read(SparkSession engine, JsonNode table) {
    String name = table.path("Name").asText();
    String location = table.at("/StorageDescriptor/Location").asText();
    // Athena: an external table of the type DELTA in S3, whose partitions the log alone knows.
    assertThat(table.path("TableType").asText()).isEqualTo("EXTERNAL_TABLE");
    assertThat(table.at("/Parameters/table_type").asText()).isEqualTo("DELTA");
    assertThat(table.at("/Parameters/EXTERNAL").asText()).isEqualTo("TRUE");
    assertThat(table.path("PartitionKeys")).isEmpty();
    assertThat(location).startsWith("s3://");
    // Spark: the provider of the parameters, and the folder of the SerDe's.
    String folder = table.at("/StorageDescriptor/SerdeInfo/Parameters/path").asText();
    assertThat(folder).isEqualTo(location);
    engine.sql(
        "CREATE TABLE %s USING %s LOCATION '%s'"
            .formatted(name, table.at("/Parameters/spark.sql.sources.provider").asText(), folder));
    Dataset<Row> rows = engine.table(name);
    assertThat(types(declared(table))).as(name).isEqualTo(types(rows.schema()));
    return rows;
  }

  /** The columns of an entry, as Spark reads Hive's types. */
  private static StructType declared(JsonNode table) {
    StringJoiner columns = new StringJoiner(", ");
    for (JsonNode column : table.at("/StorageDescriptor/Columns")) {
      columns.add("`%s` %s".formatted(column.path("Name").asText(), column.path("Type").asText()));
    }
    return StructType.fromDDL(columns.toString());
  }

  /**
   * Glue's names are lower-case; which of its columns stands where, a reader by name never asks.
   */
  private static List<String> types(StructType schema) {
    return Arrays.stream(schema.fields())
        .map(
            field -> field.name().toLowerCase(Locale.ROOT) + " " + field.dataType().catalogString())
        .sorted()
        .toList();
  }

  private static SortedMap<Coordinate, String> ids(Dataset<Row> rows) {
    SortedMap<Coordinate, String> ids = new TreeMap<>();
    for (Row row : rows.select("_incarnation", "_partition", "_offset", "id").collectAsList()) {
      Coordinate coordinate = new Coordinate(row.getInt(0), row.getInt(1), row.getLong(2));
      assertThat(ids.put(coordinate, row.getString(3))).as(coordinate.toString()).isNull();
    }
    return ids;
  }

  private static SortedMap<Coordinate, String> good(Pipeline pipeline) {
    SortedMap<Coordinate, String> good = new TreeMap<>();
    pipeline
        .produced()
        .forEach(
            (coordinate, message) ->
                message.event().ifPresent(event -> good.put(coordinate, event.id())));
    return good;
  }

  private static long written(SparkSession engine, String table) {
    return engine.read().format("delta").load(table).count();
  }

  /** Spark as it comes, with Delta and the store's address. */
  private static SparkSession engine(Path folder) {
    SparkSession.Builder builder =
        SparkSession.builder()
            .master("local[1]")
            .appName("engine")
            .config("spark.ui.enabled", "false")
            .config("spark.sql.shuffle.partitions", "1")
            .config("spark.databricks.delta.snapshotPartitions", "1")
            .config("spark.sql.warehouse.dir", folder.resolve("warehouse").toUri().toString())
            .config("spark.sql.extensions", "io.delta.sql.DeltaSparkSessionExtension")
            .config(
                "spark.sql.catalog.spark_catalog",
                "org.apache.spark.sql.delta.catalog.DeltaCatalog");
    DeliveryStack.shared()
        .hadoop()
        .getPropsWithPrefix("fs.s3")
        .forEach((key, value) -> builder.config("spark.hadoop.fs.s3" + key, value));
    return builder.getOrCreate();
  }
}
