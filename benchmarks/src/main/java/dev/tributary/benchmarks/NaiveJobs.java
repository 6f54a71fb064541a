package dev.tributary.benchmarks;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.Trigger;

/** What a user would write by hand with Spark's and Delta's own means, and the limit. */
final class NaiveJobs {
  private static final String RAW_SCHEMA =
      "topic string, partition int, offset bigint, timestamp timestamp, key string, value string";

  /** The sizes that phase 1 fetches with. */
  private static final Map<String, String> TUNED =
      Map.of(
          "kafka.max.poll.records",
          "20000",
          "kafka.fetch.max.bytes",
          Integer.toString(64 << 20),
          "kafka.max.partition.fetch.bytes",
          Integer.toString(4 << 20),
          "kafka.receive.buffer.bytes",
          "-1");

  private final SparkSession spark;
  private final StepRequest request;
  private final Batches batches;

  NaiveJobs(SparkSession spark, StepRequest request, Batches batches) {
    this.spark = spark;
    this.request = request;
    this.batches = batches;
  }

  /**
   * Spark's settings of these jobs: Delta, where S3 is, and what the product's sessions set for two
   * cores and small tables. Spark's and Delta's defaults would be slower.
   */
  static Map<String, String> settings(Map<String, String> environment) {
    Map<String, String> settings = new LinkedHashMap<>(StoreSettings.spark(environment));
    settings.put("spark.sql.extensions", "io.delta.sql.DeltaSparkSessionExtension");
    settings.put(
        "spark.sql.catalog.spark_catalog", "org.apache.spark.sql.delta.catalog.DeltaCatalog");
    settings.put("spark.sql.session.timeZone", "UTC");
    settings.put("spark.sql.shuffle.partitions", "4");
    settings.put("spark.databricks.delta.snapshotPartitions", "4");
    return settings;
  }

  List<Timed> run(StepRequest.Run run) throws Exception {
    return switch (request.job()) {
      case KAFKA_TO_NOOP ->
          List.of(kafkaToNoop(Workload.LIMIT, Map.of()), kafkaToNoop(Workload.LIMIT_TUNED, TUNED));
      case NAIVE_RAW -> List.of(raw(run.output()));
      case NAIVE_APPEND -> List.of(append(run.output()));
      case NAIVE_UPSERT -> upsert(run.output());
      default -> throw new IllegalArgumentException("Not a naive job: " + request.job());
    };
  }

  private Timed kafkaToNoop(Workload workload, Map<String, String> options) {
    String ends =
        IntStream.range(0, OrdersTopic.PARTITIONS)
            .mapToObj(
                partition ->
                    "\"%d\":%d".formatted(partition, request.events() / OrdersTopic.PARTITIONS))
            .collect(Collectors.joining(",", "{\"" + request.topic() + "\":{", "}}"));
    Stopwatch stopwatch = new Stopwatch();
    spark
        .read()
        .format("kafka")
        .option("kafka.bootstrap.servers", request.bootstrapServers())
        .option("subscribe", request.topic())
        .option("endingOffsets", ends)
        .options(options)
        .load()
        .write()
        .format("noop")
        .mode("overwrite")
        .save();
    return stopwatch.stop(workload, request.events());
  }

  private Timed raw(String output) throws Exception {
    batches.clear();
    spark
        .readStream()
        .format("kafka")
        .option("kafka.bootstrap.servers", request.bootstrapServers())
        .option("subscribe", request.topic())
        .option("startingOffsets", "earliest")
        .load()
        .selectExpr(
            "topic",
            "partition",
            "offset",
            "timestamp",
            "CAST(key AS STRING) AS key",
            "CAST(value AS STRING) AS value")
        .writeStream()
        .format("json")
        .option("path", output + "/data")
        .option("checkpointLocation", output + "/checkpoint")
        .trigger(Trigger.AvailableNow())
        .start()
        .awaitTermination();
    // The listener bus may still be busy with the last batch; what is timed was fixed by Spark.
    spark.sparkContext().listenerBus().waitUntilEmpty();
    return batches.together(Workload.RAW, request.events());
  }

  private Timed append(String output) {
    Stopwatch stopwatch = new Stopwatch();
    events().write().format("delta").mode("append").save(output);
    Timed timed = stopwatch.stop(Workload.APPEND, request.events());
    require(spark.read().format("delta").load(output).count(), request.events());
    return timed;
  }

  private List<Timed> upsert(String output) {
    spark.sql("CREATE TABLE delta.`%s` (%s) USING delta".formatted(output, Orders.schema()));
    List<Timed> timed = new ArrayList<>();
    long keys = new Orders(request.events()).keys(request.events());
    for (Workload workload : List.of(Workload.UPSERT_EMPTY, Workload.UPSERT_MATCH)) {
      Stopwatch stopwatch = new Stopwatch();
      merge(output);
      timed.add(stopwatch.stop(workload, request.events()));
      require(spark.read().format("delta").load(output).count(), keys);
    }
    return timed;
  }

  /** The newest event of each order; every one of them replaces what the table has. */
  private void merge(String output) {
    events().createOrReplaceTempView("events");
    spark.sql(
        """
        MERGE INTO delta.`%1$s` t
        USING (
          SELECT * EXCEPT (_rank) FROM (
            SELECT *, row_number() OVER (PARTITION BY %2$s ORDER BY %3$s DESC) AS _rank FROM events)
          WHERE _rank = 1) s
        ON t.%2$s = s.%2$s
        WHEN MATCHED AND s.%3$s >= t.%3$s THEN UPDATE SET *
        WHEN NOT MATCHED THEN INSERT *
        """
            .formatted(output, Orders.KEY, Orders.ORDER));
  }

  private Dataset<Row> events() {
    return spark
        .read()
        .schema(RAW_SCHEMA)
        .json(request.input() + "/data")
        .selectExpr("from_json(value, '%s') AS event".formatted(Orders.schema()))
        .select("event.*");
  }

  private static void require(long found, long expected) {
    if (found != expected) {
      throw new IllegalStateException(
          "The table holds %d rows instead of %d.".formatted(found, expected));
    }
  }
}
