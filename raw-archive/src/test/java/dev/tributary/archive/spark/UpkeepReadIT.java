package dev.tributary.archive.spark;

import static dev.tributary.archive.spark.TestArchive.NOON;
import static dev.tributary.archive.spark.TestArchive.expected;
import static dev.tributary.archive.spark.TestArchive.full;
import static dev.tributary.archive.spark.TestArchive.seen;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.archive.ArchiveCompaction;
import dev.tributary.archive.ArchiveErasure;
import dev.tributary.archive.ArchiveRetention;
import dev.tributary.archive.ManifestEntry;
import dev.tributary.archive.ManifestLog;
import dev.tributary.archive.RecordPlace;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.spark.sql.DataFrameReader;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.streaming.StreamingQuery;
import org.apache.spark.sql.streaming.Trigger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What batches and streams read of an archive that was compacted, erased from and expired. */
final class UpkeepReadIT {
  private static final int ENTRIES = 6;
  private static final int RECORDS = 20;

  @TempDir private Path directory;

  @Test
  void batchAndStreamFindTheSameRecordsWithTheirSequencesWhereverTheyLie() throws Exception {
    TestArchive archive = new TestArchive(directory.resolve("raw")).open("orders", 1);
    List<Row> rows = new ArrayList<>();
    for (int n = 0; n < ENTRIES; n++) {
      List<Row> more = full("orders", 0, (long) n * RECORDS, (n + 1L) * RECORDS);
      SharedSpark.session()
          .createDataFrame(more, TestArchive.PLANNED)
          .coalesce(1)
          .write()
          .format("raw-archive")
          .option("path", archive.location())
          .mode("append")
          .save();
      rows.addAll(more);
    }
    List<TestArchive.Seen> wanted = new ArrayList<>(expected(rows));
    ManifestLog log = archive.log("orders");
    long now = Clock.systemUTC().millis() + Duration.ofDays(1).toMillis();
    assertThat(
            new ArchiveCompaction(log)
                .compact(Duration.ofHours(1), TestArchive.AUTHOR, now)
                .replaced())
        .isEqualTo(ENTRIES);
    new ArchiveErasure(log).erase(List.of(new RecordPlace(0, 0, 33)), TestArchive.AUTHOR, now);
    ArchiveRetention retention = new ArchiveRetention(log);
    // The genesis is of a day long ago; the first batch goes with it.
    long second = log.entry(2).orElseThrow().ingestTime();
    ManifestEntry expired = retention.expire(second, TestArchive.AUTHOR, now).orElseThrow();
    assertThat(expired.retention().orElseThrow().before()).isEqualTo(2);
    List<TestArchive.Seen> before = new ArrayList<>(wanted);
    before.removeIf(record -> record.offset() == 33);
    assertThat(byOffset(seen(reader(archive).option("asOfSequence", 6).load())))
        .as("before anything was compacted")
        .isEqualTo(wanted);
    assertThat(
            byOffset(seen(reader(archive).option("asOfSequence", expired.sequence() - 1).load())))
        .as("before the first batch expired")
        .isEqualTo(before);
    assertThatThrownBy(() -> reader(archive).option("asOfSequence", 999).load().count())
        .hasMessageContaining("The option asOfSequence of raw-archive has the value '999'")
        .hasMessageContaining("The newest entry of topic orders is " + expired.sequence());
    retention.remove(expired, now);
    wanted.removeIf(
        record ->
            record.offset() == 33
                || record.offset() < (expired.retention().orElseThrow().before() - 1) * RECORDS);

    Dataset<Row> batch = reader(archive).load();

    assertThat(byOffset(seen(batch))).isEqualTo(wanted);
    assertThat(batch.where("_offset = 47").select("_sequence").first().getLong(0)).isEqualTo(3);
    assertThat(byOffset(streamed(archive))).isEqualTo(wanted);
    assertThat(log.requireHead().totals().records()).isEqualTo((long) ENTRIES * RECORDS);
    assertThat(NOON).isLessThan(second);
  }

  private static DataFrameReader reader(TestArchive archive) {
    return SharedSpark.session()
        .read()
        .format("raw-archive")
        .option("path", archive.location())
        .option("topic", "orders");
  }

  private List<TestArchive.Seen> streamed(TestArchive archive) throws Exception {
    List<TestArchive.Seen> all = new ArrayList<>();
    StreamingQuery query =
        SharedSpark.session()
            .readStream()
            .format("raw-archive")
            .option("path", archive.location())
            .option("topic", "orders")
            .option("maxEntriesPerTrigger", "2")
            .load()
            .writeStream()
            .foreachBatch(
                (org.apache.spark.api.java.function.VoidFunction2<Dataset<Row>, Long>)
                    (rows, id) -> all.addAll(seen(rows)))
            .option("checkpointLocation", directory.resolve("checkpoint").toString())
            .trigger(Trigger.AvailableNow())
            .start();
    assertThat(query.awaitTermination(TimeUnit.MINUTES.toMillis(1))).isTrue();
    return all;
  }

  private static List<TestArchive.Seen> byOffset(List<TestArchive.Seen> records) {
    return records.stream().sorted(Comparator.comparingLong(TestArchive.Seen::offset)).toList();
  }
}
