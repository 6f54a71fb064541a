package dev.tributary.storage.delta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.local.servers.Fault;
import dev.tributary.local.servers.FaultyProxy;
import dev.tributary.storage.SharedS3;
import dev.tributary.storage.TestSession;
import io.delta.tables.DeltaTable;
import java.io.FileNotFoundException;
import java.nio.file.FileAlreadyExistsException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.delta.DeltaLog;
import org.apache.spark.sql.delta.storage.DelegatingLogStore;
import org.apache.spark.sql.delta.storage.LogStoreAdaptor;
import org.apache.spark.sql.streaming.Trigger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Delta tables and streaming checkpoints on S3 by way of the stores of this module. */
final class DeltaOnS3IT {
  private static FaultyProxy proxy;
  private static SparkSession spark;

  private final String root = SharedS3.BUCKET + "/delta/" + UUID.randomUUID();

  @BeforeAll
  static void startSession() {
    proxy = FaultyProxy.start(SharedS3.endpoint(), Duration.ofSeconds(1));
    spark = TestSession.start(proxy.endpoint());
  }

  @AfterAll
  static void stopSession() {
    spark.stop();
    proxy.close();
  }

  @AfterEach
  void spoilNothing() {
    proxy.spoilNothing();
  }

  @Test
  void aTableIsWrittenMergedAndReadByEveryName() {
    String s3a = "s3a://" + root + "/table";
    String s3 = "s3://" + root + "/table";
    spark.range(0, 100).selectExpr("id", "'old' AS state").write().format("delta").save(s3a);
    spark
        .range(100, 200)
        .selectExpr("id", "'old' AS state")
        .write()
        .format("delta")
        .mode("append")
        .save(s3);
    DeltaTable.forPath(spark, s3)
        .as("t")
        .merge(
            spark.range(150, 250).selectExpr("id", "'new' AS state").as("s").toDF(), "t.id = s.id")
        .whenMatched()
        .updateAll()
        .whenNotMatched()
        .insertAll()
        .execute();
    Dataset<Row> table = spark.read().format("delta").load("s3n://" + root + "/table");
    assertThat(table.count()).isEqualTo(250);
    assertThat(table.filter("state = 'new'").count()).isEqualTo(100);
    assertThat(DeltaTable.forPath(spark, s3a).history().count()).isEqualTo(3);
    for (String name : List.of(s3a, s3)) {
      DelegatingLogStore stores =
          (DelegatingLogStore) DeltaLog.forTable(spark, new Path(name)).store();
      assertThat(((LogStoreAdaptor) stores.getDelegate(new Path(name))).logStoreImpl())
          .isInstanceOf(ConditionalLogStore.class);
    }
  }

  @Test
  void appendsAtTheSameTimeAreAllThereBehindASpoiltConnection() throws Exception {
    String path = "s3a://" + root + "/spoilt";
    spark.range(0).write().format("delta").save(path);
    proxy.spoilOneIn(20, 7, Fault.INTERNAL_ERROR, Fault.SLOW_DOWN, Fault.CONFLICT, Fault.RESET);
    ExecutorService executor = Executors.newFixedThreadPool(4);
    try {
      List<Future<?>> appends = new ArrayList<>();
      for (int append = 0; append < 16; append++) {
        long first = append * 10L;
        appends.add(
            executor.submit(
                () ->
                    spark
                        .range(first, first + 10)
                        .coalesce(1)
                        .write()
                        .format("delta")
                        .mode("append")
                        .save(path)));
      }
      for (Future<?> append : appends) {
        append.get();
      }
    } finally {
      executor.shutdownNow();
    }
    proxy.spoilNothing();
    Dataset<Row> table = spark.read().format("delta").load(path);
    assertThat(table.count()).isEqualTo(160);
    assertThat(table.distinct().count()).isEqualTo(160);
    assertThat(DeltaTable.forPath(spark, path).history().count()).isEqualTo(17);
    assertThat(proxy.spoilt(Fault.CONFLICT) + proxy.spoilt(Fault.RESET)).isPositive();
  }

  @Test
  void aStreamKeepsItsCheckpointWithoutRenamesAndGoesOnFromIt() throws Exception {
    String source = "s3a://" + root + "/source";
    String target = "s3a://" + root + "/target";
    String checkpoint = "s3a://" + root + "/checkpoint";
    spark.range(0, 10).write().format("delta").save(source);
    stream(source, target, checkpoint);
    spark.range(10, 30).write().format("delta").mode("append").save(source);
    proxy.spoilOneIn(20, 3, Fault.INTERNAL_ERROR, Fault.SLOW_DOWN, Fault.CONFLICT, Fault.RESET);
    stream(source, target, checkpoint);
    proxy.spoilNothing();
    Dataset<Row> table = spark.read().format("delta").load(target);
    assertThat(table.count()).isEqualTo(30);
    assertThat(table.distinct().count()).isEqualTo(30);
    Path commits = new Path(checkpoint, "commits");
    List<String> names = new ArrayList<>();
    for (FileStatus status : commits.getFileSystem(configuration()).listStatus(commits)) {
      names.add(status.getPath().getName());
    }
    assertThat(names).containsExactly("0", "1");
  }

  @Test
  void theLogStoreKeepsDeltasContract() throws Exception {
    ConditionalLogStore store = new ConditionalLogStore(configuration());
    Path log = new Path("s3://" + root + "/contract/_delta_log");
    Path first = new Path(log, "00000000000000000000.json");
    assertThatThrownBy(() -> store.read(first, configuration()))
        .isInstanceOf(FileNotFoundException.class);
    assertThatThrownBy(() -> store.listFrom(first, configuration()))
        .isInstanceOf(FileNotFoundException.class);
    store.write(first, List.of("{\"ä\":1}", "{}").iterator(), false, configuration());
    assertThatThrownBy(() -> store.write(first, List.of("{}").iterator(), false, configuration()))
        .isInstanceOf(FileAlreadyExistsException.class)
        .hasMessageContaining(first.toString());
    store.write(first, List.of("{\"ä\":2}", "{}").iterator(), true, configuration());
    List<String> lines = new ArrayList<>();
    store.read(first, configuration()).forEachRemaining(lines::add);
    assertThat(lines).containsExactly("{\"ä\":2}", "{}");
    for (int version = 1; version < 5; version++) {
      store.write(
          new Path(log, "%020d.json".formatted(version)),
          List.of("{}").iterator(),
          false,
          configuration());
    }
    List<Path> listed = new ArrayList<>();
    store
        .listFrom(new Path(log, "00000000000000000003.json"), configuration())
        .forEachRemaining(status -> listed.add(status.getPath()));
    assertThat(listed)
        .containsExactly(
            new Path(log, "00000000000000000003.json"), new Path(log, "00000000000000000004.json"));
    assertThat(store.listFrom(new Path(log, "1"), configuration()).hasNext()).isFalse();
    for (String scheme : List.of("s3", "s3a", "s3n")) {
      Path anywhere = new Path(scheme + "://bucket/table/_delta_log/1.checkpoint.parquet");
      assertThat(store.isPartialWriteVisible(anywhere, configuration())).isFalse();
    }
    // A checkpoint that is written in place would be seen, and stay, half written.
    assertThat(store.isPartialWriteVisible(new Path("file:/t/_delta_log/1"), configuration()))
        .isTrue();
    assertThat(store.isPartialWriteVisible(new Path("/t/_delta_log/1"), configuration())).isTrue();
  }

  private static void stream(String source, String target, String checkpoint) throws Exception {
    spark
        .readStream()
        .format("delta")
        .load(source)
        .writeStream()
        .format("delta")
        .option("checkpointLocation", checkpoint)
        .trigger(Trigger.AvailableNow())
        .start(target)
        .awaitTermination();
  }

  private static Configuration configuration() {
    return spark.sessionState().newHadoopConf();
  }
}
