package dev.tributary.archive.spark;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.archive.CommitRequest;
import dev.tributary.archive.CountingStore;
import dev.tributary.archive.Genesis;
import dev.tributary.archive.ManifestEntry;
import dev.tributary.archive.ManifestLog;
import dev.tributary.archive.MemoryStore;
import dev.tributary.archive.OffsetRange;
import dev.tributary.archive.Totals;
import dev.tributary.archive.file.ArchiveFile;
import dev.tributary.archive.file.Segment;
import dev.tributary.core.spec.Compression;
import dev.tributary.core.spec.Isolation;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

final class BacklogTest {
  private final MemoryStore memory = new MemoryStore();

  private static Genesis genesis() {
    return new Genesis("orders", "cluster", "id", Isolation.READ_COMMITTED, List.of());
  }

  /** Entries of ten records and 100 stored bytes each. */
  private CountingStore log(int entries) {
    ManifestLog log = ManifestLog.open("/archive", "orders", memory);
    log.createGenesis(genesis(), TestArchive.AUTHOR, TestArchive.NOON);
    for (long n = 0; n < entries; n++) {
      long start = n * 10;
      log.commit(
          new CommitRequest(
              TestArchive.AUTHOR,
              n,
              TestArchive.NOON,
              List.of(new OffsetRange(0, 0, start, start + 10)),
              List.of(),
              List.of(
                  new ArchiveFile(
                      "date=2025-11-21/%d.jsonl".formatted(n),
                      Compression.NONE,
                      100,
                      List.of(
                          new Segment(
                              0, 0, start, start + 9, 10, 0, 100, 100, "00000000", 1, 2))))));
    }
    return new CountingStore(memory);
  }

  private static BatchLimits records(long limit) {
    return new BatchLimits(OptionalLong.of(limit), OptionalLong.empty(), OptionalLong.empty());
  }

  private static Backlog backlog(CountingStore store, long first) {
    ManifestLog log = ManifestLog.open("/archive", "orders", store);
    ManifestEntry head = log.requireHead();
    Totals before = log.entry(first - 1).orElseThrow().totals();
    store.take();
    return new Backlog(log, first, head, before);
  }

  @Test
  void aBatchHoldsWhatFitsAndOneEntryAtLeast() {
    CountingStore store = log(50);
    for (long first = 1; first <= 50; first++) {
      Backlog backlog = backlog(store, first);
      for (long limit = 1; limit <= 520; limit += 7) {
        long expected = Math.min(50, first + Math.max(1, limit / 10) - 1);
        assertThat(backlog.last(records(limit)).sequence()).isEqualTo(expected);
      }
    }
  }

  @Test
  void planningTheNextBatchCostsTheSameHoweverLongTheLogIs() {
    CountingStore few = log(100);
    backlog(few, 2).last(records(80));
    long requests = few.take();
    CountingStore many = new BacklogTest().log(100_000);
    backlog(many, 2).last(records(80));
    assertThat(many.take()).isEqualTo(requests).isLessThanOrEqualTo(8);
  }

  @Test
  void topicsShareALimitByWhatTheyHaveWaiting() {
    Backlog backlog = backlog(log(30), 1);
    assertThat(backlog.share(records(100), 1200, 1, 1)).isEqualTo(records(25));
    assertThat(backlog.share(records(100), 300, 1, 1)).isEqualTo(records(100));
    assertThat(backlog.share(records(1), 1200, 1, 1)).isEqualTo(records(1));
  }
}
