package dev.tributary.archive;

import static dev.tributary.archive.Batches.AUTHOR;
import static dev.tributary.archive.Batches.NOON;
import static dev.tributary.archive.Batches.full;
import static dev.tributary.archive.Batches.genesis;
import static org.assertj.core.api.Assertions.assertThat;

import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.Test;

final class RequestCountTest {
  private static final Path FOLDER = new Path("/archive/orders");

  private record Costs(
      long coldHead, long warmHead, long opening, long batch, long commit, long search) {}

  private static Costs costsAfter(int entries) {
    MemoryStore memory = new MemoryStore();
    ManifestLog writer = new ManifestLog("orders", FOLDER, memory);
    writer.createGenesis(genesis(), AUTHOR, NOON);
    for (int n = 0; n < entries; n++) {
      writer.commit(full(n, 0, n, n + 1L));
    }
    CountingStore store = new CountingStore(memory);
    ManifestLog log = new ManifestLog("orders", FOLDER, store);
    assertThat(log.requireHead().sequence()).isEqualTo(entries);
    long coldHead = store.take();
    log.requireHead();
    long warmHead = store.take();
    // What a driver that starts and a reconciliation ask.
    log.genesis();
    long opening = store.take();
    // What the next batch of a reader that is six entries behind asks.
    log.entry(entries - 6L);
    log.range(entries - 5L, entries);
    long batch = store.take();
    log.commit(full(entries, 0, entries, entries + 1L));
    long commit = store.take();
    log.sequenceOf(0, 0, entries / 3);
    return new Costs(coldHead, warmHead, opening, batch, commit, store.take());
  }

  @Test
  void theHeadAPlanAndACommitCostTheSameHoweverLongTheLogIs() {
    Costs few = costsAfter(100);
    Costs many = costsAfter(100_000);
    assertThat(many.coldHead()).isEqualTo(few.coldHead()).isLessThanOrEqualTo(3);
    assertThat(many.warmHead()).isEqualTo(few.warmHead()).isEqualTo(1);
    assertThat(many.opening()).isEqualTo(few.opening()).isEqualTo(1);
    assertThat(many.batch()).isEqualTo(few.batch()).isEqualTo(7);
    assertThat(many.commit()).isEqualTo(few.commit()).isLessThanOrEqualTo(3);
    assertThat(many.search()).isLessThanOrEqualTo(20);
  }
}
