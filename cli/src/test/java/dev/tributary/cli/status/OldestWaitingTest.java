package dev.tributary.cli.status;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.archive.Author;
import dev.tributary.archive.CommitRequest;
import dev.tributary.archive.Genesis;
import dev.tributary.archive.ManifestLog;
import dev.tributary.archive.OffsetRange;
import dev.tributary.archive.PartitionStart;
import dev.tributary.archive.file.FileWriter;
import dev.tributary.archive.line.TimestampType;
import dev.tributary.cli.reconcile.PartitionAccount;
import dev.tributary.core.spec.Compression;
import dev.tributary.core.spec.Isolation;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A backlog is read while the newest entry is seconds old, and one partition may rest. */
final class OldestWaitingTest {
  private static final Author AUTHOR = new Author("test", "test");

  @TempDir Path folder;

  @Test
  void whatWaitsCameAfterTheNewestArchivedRecordOfThePartitionThatLagsMost() throws Exception {
    ManifestLog log = ManifestLog.open(folder.toUri().toString(), "orders", new Configuration());
    log.createGenesis(
        new Genesis(
            "orders",
            "cluster",
            "id",
            Isolation.READ_COMMITTED,
            List.of(new PartitionStart(0, 0), new PartitionStart(1, 0))),
        AUTHOR,
        1_000);
    OldestWaiting oldest = new OldestWaiting(log);
    assertThat(oldest.since(List.of(account(0, 5)))).isEmpty();

    put(log, 1, 500, 10_000);
    put(log, 0, 2_000, 20_000);
    put(log, 0, 90_000, 21_000);
    assertThat(oldest.since(List.of(account(0, 5), account(1, 0))))
        .as("a producer's clock that is ahead says no more than the ingest time")
        .contains(21_000L);
    assertThat(oldest.since(List.of(account(0, 5), account(1, 5)))).contains(500L);
    assertThat(oldest.since(List.of(account(0, 5), account(2, 5)))).isEmpty();
  }

  private static void put(ManifestLog log, int partition, long timestamp, long ingested)
      throws IOException {
    long offset = log.requireHead().watermark(0, partition);
    FileWriter writer = new FileWriter(new ByteArrayOutputStream(), "orders", Compression.ZSTD);
    writer.begin(0, partition, offset, timestamp, TimestampType.CREATE_TIME);
    writer.end();
    log.commit(
        new CommitRequest(
            AUTHOR,
            log.requireHead().sequence(),
            ingested,
            List.of(new OffsetRange(0, partition, offset, offset + 1)),
            List.of(),
            List.of(writer.finish("date=1970-01-01/%d.jsonl.zst".formatted(ingested)))));
  }

  private static PartitionAccount account(int partition, long waiting) {
    return new PartitionAccount(
        "orders", 0, partition, Optional.empty(), 1, 1, Map.of(), 0, 0, waiting, 0, 0);
  }
}
