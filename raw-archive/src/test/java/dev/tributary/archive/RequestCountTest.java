package dev.tributary.archive;

import static dev.tributary.archive.Batches.AUTHOR;
import static dev.tributary.archive.Batches.NOON;
import static dev.tributary.archive.Batches.file;
import static dev.tributary.archive.Batches.genesis;
import static dev.tributary.archive.Batches.request;
import static dev.tributary.archive.Batches.segment;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.core.spec.Isolation;
import java.util.List;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class RequestCountTest {
  private static final Path FOLDER = new Path("/archive/orders");

  private static final Genesis AGAIN =
      new Genesis(
          "orders",
          "cluster",
          "again",
          Isolation.READ_COMMITTED,
          List.of(new PartitionStart(0, 0)));

  private record Costs(
      long coldHead, long warmHead, long opening, long batch, long commit, long search) {}

  /** A log of so many entries after its genesis, the first of which may open an incarnation. */
  private static Costs costsAfter(int entries, int incarnation) {
    MemoryStore memory = new MemoryStore();
    ManifestLog writer = new ManifestLog("orders", FOLDER, memory);
    writer.createGenesis(genesis(), AUTHOR, NOON);
    if (incarnation > 0) {
      writer.openIncarnation(AGAIN, new Acceptance("me", "again"), AUTHOR, NOON);
    }
    for (int n = incarnation; n < entries; n++) {
      writer.commit(next(n, incarnation));
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
    log.commit(next(entries, incarnation));
    long commit = store.take();
    log.sequenceOf(incarnation, 0, entries / 3);
    return new Costs(coldHead, warmHead, opening, batch, commit, store.take());
  }

  private static CommitRequest next(int entries, int incarnation) {
    long start = entries - incarnation;
    return request(
        entries,
        List.of(new OffsetRange(incarnation, 0, start, start + 1)),
        List.of(),
        List.of(file(segment(incarnation, 0, start, start))));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1})
  void theHeadAPlanAndACommitCostTheSameHoweverLongTheLogIs(int incarnation) {
    Costs few = costsAfter(100, incarnation);
    Costs many = costsAfter(100_000, incarnation);
    assertThat(many.coldHead()).isEqualTo(few.coldHead()).isLessThanOrEqualTo(3);
    assertThat(many.warmHead()).isEqualTo(few.warmHead()).isEqualTo(1);
    assertThat(many.opening()).isEqualTo(few.opening()).isEqualTo(1);
    assertThat(many.batch()).isEqualTo(few.batch()).isEqualTo(7);
    assertThat(many.commit()).isEqualTo(few.commit()).isLessThanOrEqualTo(3);
    assertThat(many.search()).isLessThanOrEqualTo(20);
  }
}
