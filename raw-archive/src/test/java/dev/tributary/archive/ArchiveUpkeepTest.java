package dev.tributary.archive;

import static dev.tributary.archive.Batches.NOON;
import static dev.tributary.archive.UpkeepArchive.AUTHOR;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.archive.line.TestRecord;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.spec.Compression;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Random histories of commits, sweeps, compactions, retentions and erasures, in which processes die
 * before or after any change that they make to the store. After each step every record that was
 * committed is read exactly once with its bytes, its sequence and its time, or is accounted for as
 * expired or erased.
 */
final class ArchiveUpkeepTest {
  private static final Path FOLDER = new Path("/archive/orders");
  private static final int PARTITIONS = 3;
  private static final int HISTORIES = 12;
  private static final int STEPS = 25;

  /** So that histories cross from one block of entries to the next. */
  private static final int ENTRIES_BEFORE = 985;

  private static CrashingStore before;

  private record Committed(long sequence, long ingestTime, TestRecord record) {}

  @BeforeAll
  static void almostABlockOfEntries() {
    before = new CrashingStore(new AtomicLong(NOON));
    ManifestLog log = new ManifestLog("orders", FOLDER, before);
    log.createGenesis(Batches.genesis(), AUTHOR, NOON);
    for (int n = 0; n < ENTRIES_BEFORE; n++) {
      log.commit(
          Batches.request(
              0,
              List.of(new OffsetRange(0, 0, n, n + 1)),
              List.of(Gap.of(0, 0, n, n + 1, GapKind.NOT_DELIVERED)),
              List.of()));
    }
  }

  @Test
  void whateverDiesWhereverEveryRecordIsReadOnceOrIsAccountedFor() {
    long seed = Long.getLong("tributary.test.seed", 20251121L);
    long crashes = 0;
    for (int n = 0; n < HISTORIES; n++) {
      History history = new History(new Random(seed + n), before.copy());
      try {
        history.run();
      } catch (RuntimeException | AssertionError e) {
        throw new AssertionError("History of seed %d: %s".formatted(seed + n, history.done), e);
      }
      crashes += history.crashes;
    }
    // Else the histories say nothing.
    assertThat(crashes).isGreaterThan(HISTORIES * 2L);
  }

  /** One archive and what is known of it. */
  private static final class History {
    private final Random random;
    private final CrashingStore store;
    private final AtomicLong clock;
    private final TreeMap<RecordPlace, Committed> committed = new TreeMap<>();
    private final TreeSet<RecordPlace> asked = new TreeSet<>();
    private final TreeSet<RecordPlace> erased = new TreeSet<>();
    private final List<String> done = new ArrayList<>();
    private long expireOlderThan;
    private long crashes;

    History(Random random, CrashingStore store) {
      this.random = random;
      this.store = store;
      this.clock = store.clock();
    }

    private ManifestLog open() {
      return new ManifestLog("orders", FOLDER, store);
    }

    void run() {
      for (int step = 0; step < STEPS; step++) {
        clock.addAndGet(random.nextLong(Duration.ofHours(9).toMillis()));
        Runnable operation = operation();
        if (random.nextInt(3) == 0) {
          store.crashAfter(random.nextInt(12), random.nextBoolean());
        }
        boolean crashed = false;
        try {
          operation.run();
        } catch (CrashingStore.Crash e) {
          crashed = true;
          crashes++;
          done.add("crash");
        }
        store.crashNoMore();
        check(crashed);
      }
      finish();
    }

    private Runnable operation() {
      int choice = random.nextInt(12);
      if (choice < 6) {
        return this::commit;
      }
      if (choice < 8) {
        return this::compact;
      }
      if (choice < 9) {
        return this::sweep;
      }
      return choice < 10 ? this::retain : this::erase;
    }

    private void commit() {
      done.add("commit");
      int[] counts = new int[PARTITIONS];
      for (int partition = 0; partition < PARTITIONS; partition++) {
        counts[partition] = random.nextInt(4);
      }
      counts[random.nextInt(PARTITIONS)]++;
      Compression compression = Compression.values()[random.nextInt(3)];
      ManifestLog log = open();
      long next = log.requireHead().sequence() + 1;
      long seed = random.nextLong();
      try {
        note(UpkeepArchive.commit(log, new Random(seed), compression, clock.get(), counts), next);
      } catch (CrashingStore.Crash e) {
        // Whether it landed is what the log says.
        if (log.entry(next).isPresent()) {
          note(regenerate(log, seed, counts, next), next);
        }
        throw e;
      }
    }

    private void note(List<TestRecord> records, long sequence) {
      long time = open().entry(sequence).orElseThrow().ingestTime();
      records.forEach(
          record ->
              committed.put(UpkeepArchive.place(record), new Committed(sequence, time, record)));
    }

    /** The records of a batch that landed although its writer died. */
    private List<TestRecord> regenerate(ManifestLog log, long seed, int[] counts, long sequence) {
      ManifestEntry entryBefore = log.entry(sequence - 1).orElseThrow();
      Random again = new Random(seed);
      List<TestRecord> records = new ArrayList<>();
      for (int partition = 0; partition < counts.length; partition++) {
        long start = entryBefore.watermark(0, partition);
        for (long offset = start; offset < start + counts[partition]; offset++) {
          TestRecord any = TestRecord.random(again, offset);
          records.add(
              new TestRecord(
                  partition,
                  offset,
                  any.timestamp(),
                  any.type(),
                  any.key(),
                  any.headers(),
                  any.value()));
        }
      }
      return records;
    }

    private void compact() {
      done.add("compact");
      long target = random.nextBoolean() ? 4_000 : 40_000;
      new ArchiveCompaction(open(), target)
          .compact(Duration.ofHours(random.nextInt(12)), AUTHOR, clock.get());
    }

    private void sweep() {
      done.add("sweep");
      new ArchiveSweep(open()).sweep(Duration.ofHours(1 + random.nextInt(24)), AUTHOR, clock.get());
    }

    private void retain() {
      done.add("retain");
      long olderThan = clock.get() - Duration.ofHours(24 + random.nextInt(72)).toMillis();
      expireOlderThan = Math.max(expireOlderThan, olderThan);
      retain(olderThan);
    }

    private void retain(long olderThan) {
      ArchiveRetention retention = new ArchiveRetention(open());
      retention.unfinished().ifPresent(entry -> retention.remove(entry, clock.get()));
      retention
          .expire(olderThan, AUTHOR, clock.get())
          .ifPresent(entry -> retention.remove(entry, clock.get()));
    }

    private void erase() {
      done.add("erase");
      TreeSet<RecordPlace> wanted = new TreeSet<>();
      committed.keySet().stream().filter(place -> random.nextInt(8) == 0).forEach(wanted::add);
      // Of which there never is a record.
      wanted.add(new RecordPlace(0, 0, 1_000_000 + random.nextInt(2_000)));
      asked.addAll(wanted);
      new ArchiveErasure(open()).erase(wanted, AUTHOR, clock.get());
      erased.addAll(wanted);
    }

    private void check(boolean crashed) {
      ManifestLog log = open();
      ManifestEntry head = log.requireHead();
      List<UpkeepArchive.Read> read = UpkeepArchive.read(log);
      TreeMap<RecordPlace, UpkeepArchive.Read> found = UpkeepArchive.byPlace(read);
      requireOrder(read);
      long expiredBefore = head.expiredBefore().orElse(0);
      Map<Integer, Long> gone = new HashMap<>();
      committed.forEach(
          (place, record) -> {
            UpkeepArchive.Read there = found.remove(place);
            if (there != null) {
              assertThat(record.sequence()).isGreaterThanOrEqualTo(expiredBefore);
              assertThat(erased).doesNotContain(place);
              assertThat(there.record()).isEqualTo(record.record());
              assertThat(there.sequence()).isEqualTo(record.sequence());
              assertThat(there.ingestTime()).isEqualTo(record.ingestTime());
            } else {
              gone.merge(place.partition(), 1L, Long::sum);
              boolean expired = record.sequence() < expiredBefore;
              assertThat(expired || asked.contains(place)).as(place.toString()).isTrue();
              assertThat(!expired || record.ingestTime() < expireOlderThan).isTrue();
            }
          });
      assertThat(found).isEmpty();
      long expired = 0;
      long takenOut = 0;
      for (PartitionAccount account : head.partitions()) {
        assertThat(account.expired() + account.erased())
            .isEqualTo(gone.getOrDefault(account.partition(), 0L));
        expired += account.expired();
        takenOut += account.erased();
      }
      assertThat(head.expired().orElse(0)).isEqualTo(expired);
      assertThat(head.erased().orElse(0)).isEqualTo(takenOut);
      assertThat(head.held()).isEqualTo(read.size());
      if (!crashed && done.get(done.size() - 1).equals("retain")) {
        assertThat(new ArchiveRetention(log).unfinished()).isEmpty();
      }
    }

    private static void requireOrder(List<UpkeepArchive.Read> read) {
      for (int i = 1; i < read.size(); i++) {
        UpkeepArchive.Read one = read.get(i - 1);
        UpkeepArchive.Read next = read.get(i);
        boolean ascending =
            one.sequence() < next.sequence()
                || (one.sequence() == next.sequence()
                    && UpkeepArchive.place(one.record())
                            .compareTo(UpkeepArchive.place(next.record()))
                        < 0);
        assertThat(ascending).isTrue();
      }
    }

    /** Whatever was left behind goes: afterwards only what a reader finds is there. */
    private void finish() {
      retain(expireOlderThan);
      clock.addAndGet(Duration.ofDays(2).toMillis());
      new ArchiveSweep(open()).sweep(Duration.ofHours(24), AUTHOR, clock.get());
      done.add("finish");
      check(false);
      ManifestLog log = open();
      TreeSet<String> named = new TreeSet<>();
      log.held(0, log.requireHead().sequence()).stream()
          .flatMap(entry -> entry.files().stream())
          .forEach(file -> named.add(file.path()));
      assertThat(new TreeSet<>(store.files())).isEqualTo(named);
    }
  }

  private final CrashingStore store = before.copy();
  private final AtomicLong clock = store.clock();
  private final Random random = new Random(7);

  private ManifestLog open() {
    return new ManifestLog("orders", FOLDER, store);
  }

  private List<TestRecord> commits(int count) {
    List<TestRecord> records = new ArrayList<>();
    for (int n = 0; n < count; n++) {
      records.addAll(UpkeepArchive.commit(open(), random, Compression.ZSTD, clock.get(), 3, 0, 2));
    }
    return records;
  }

  private List<TestRecord> read(ManifestLog log) {
    return UpkeepArchive.read(log).stream().map(UpkeepArchive.Read::record).toList();
  }

  private CompactionReport compact(ManifestLog log) {
    return new ArchiveCompaction(log).compact(Duration.ofHours(1), AUTHOR, clock.get());
  }

  @Test
  void aCompactionLeavesOneFileADayAndBlockAndDoneAgainNothingIsLeftToDo() {
    List<TestRecord> records = commits(10);
    clock.addAndGet(Duration.ofHours(2).toMillis());
    CompactionReport preview =
        new ArchiveCompaction(open()).preview(Duration.ofHours(1), clock.get());
    long head = open().requireHead().sequence();
    CompactionReport report = compact(open());
    assertThat(report).isEqualTo(preview);
    assertThat(report.replaced()).isEqualTo(10);
    assertThat(report.added()).isEqualTo(1);
    assertThat(read(open())).isEqualTo(records);
    assertThat(compact(open())).isEqualTo(CompactionReport.NONE);
    ManifestEntry entry = open().requireHead();
    assertThat(entry.sequence()).isEqualTo(head + 1);
    assertThat(entry.kind()).isEqualTo(EntryKind.REWRITE);
    assertThat(entry.totals()).isEqualTo(open().entry(head).orElseThrow().totals());
  }

  @Test
  void aReaderThatPlannedBeforeARewriteFindsItsFilesUntilASweepOfItsAge() {
    List<TestRecord> records = commits(5);
    ManifestLog reader = open();
    List<ManifestEntry> planned = reader.held(0, reader.requireHead().sequence());
    clock.addAndGet(Duration.ofDays(3).toMillis());
    compact(open());
    clock.addAndGet(Duration.ofHours(23).toMillis());
    new ArchiveSweep(open()).sweep(Duration.ofHours(24), AUTHOR, clock.get());
    assertThat(UpkeepArchive.read(reader, planned)).hasSameSizeAs(records);
    clock.addAndGet(Duration.ofHours(2).toMillis());
    SweepReport swept = new ArchiveSweep(open()).sweep(Duration.ofHours(24), AUTHOR, clock.get());
    assertThat(swept.deleted()).isEqualTo(5);
    assertThat(read(reader)).isEqualTo(records);
  }

  @Test
  void whatSomebodyReadsAsOfAnEntryStaysHoweverLongThatTakes() {
    List<TestRecord> records = commits(5);
    clock.addAndGet(Duration.ofHours(2).toMillis());
    compact(open());
    long pinned = open().requireHead().sequence();
    long first = pinned - 1;
    new ArchiveErasure(open())
        .erase(List.of(UpkeepArchive.place(records.get(0))), AUTHOR, clock.get());
    clock.addAndGet(Duration.ofDays(2).toMillis());

    for (long asOf : List.of(first, pinned)) {
      new ArchiveSweep(open(), Set.of(first, pinned))
          .sweep(Duration.ofHours(24), AUTHOR, clock.get());
      List<ManifestEntry> planned = open().held(0, first, asOf);
      assertThat(UpkeepArchive.read(open(), planned)).hasSameSizeAs(records);
    }

    assertThat(new ArchiveSweep(open()).sweep(Duration.ofHours(24), AUTHOR, clock.get()).deleted())
        .as("five, what they became, its map and its index")
        .isEqualTo(8);
    assertThat(read(open())).hasSize(records.size() - 1);
  }

  @Test
  void ofTwoCompactionsAtOnceOneFindsThatTheOtherHasDoneItAlready() {
    List<TestRecord> records = commits(6);
    clock.addAndGet(Duration.ofHours(2).toMillis());
    long before = open().requireHead().sequence();
    store.beforeNextEntry(() -> assertThat(compact(open()).rewrites()).isEqualTo(1));
    assertThat(compact(open())).isEqualTo(CompactionReport.NONE);
    assertThat(open().requireHead().sequence()).isEqualTo(before + 1);
    assertThat(read(open())).isEqualTo(records);
  }

  @Test
  void aCompactionThatSleptThroughASweepIsMadeAnew() {
    List<TestRecord> records = commits(6);
    clock.addAndGet(Duration.ofHours(2).toMillis());
    store.beforeNextEntry(
        () -> {
          clock.addAndGet(Duration.ofDays(2).toMillis());
          // The files of the compaction, its map and its index are old and named by nothing.
          assertThat(
                  new ArchiveSweep(open())
                      .sweep(Duration.ofHours(24), AUTHOR, clock.get())
                      .deleted())
              .isEqualTo(3);
        });
    assertThat(compact(open()).rewrites()).isEqualTo(1);
    assertThat(read(open())).isEqualTo(records);
    assertThat(store.files()).hasSize(7);
  }

  @Test
  void aWriterThatLosesToARetentionOrARewriteTakesTheNextSequence() {
    List<TestRecord> records = commits(4);
    clock.addAndGet(Duration.ofDays(5).toMillis());
    long day = clock.get() - Duration.ofDays(1).toMillis();
    store.beforeNextEntry(
        () ->
            assertThat(new ArchiveRetention(open()).expire(day, AUTHOR, clock.get())).isPresent());
    List<TestRecord> young = UpkeepArchive.commit(open(), random, Compression.GZIP, clock.get(), 2);
    store.beforeNextEntry(
        () ->
            new ArchiveErasure(open())
                .erase(List.of(UpkeepArchive.place(young.get(0))), AUTHOR, clock.get()));
    List<TestRecord> younger =
        UpkeepArchive.commit(open(), random, Compression.GZIP, clock.get(), 2);
    assertThat(read(open())).containsExactly(young.get(1), younger.get(0), younger.get(1));
    ManifestEntry head = open().requireHead();
    assertThat(head.expired()).hasValue(records.size());
    assertThat(head.erased()).hasValue(1);
    assertThat(head.totals().records()).isEqualTo(records.size() + 4L);
  }

  @Test
  void aRetentionThatLosesToAWriterAndAnErasureCountsAnew() {
    List<TestRecord> records = commits(4);
    clock.addAndGet(Duration.ofDays(5).toMillis());
    long day = clock.get() - Duration.ofDays(1).toMillis();
    List<TestRecord> young = new ArrayList<>();
    store.beforeNextEntry(
        () -> {
          young.addAll(UpkeepArchive.commit(open(), random, Compression.NONE, clock.get(), 2));
          new ArchiveErasure(open())
              .erase(List.of(UpkeepArchive.place(records.get(0))), AUTHOR, clock.get());
        });
    ManifestEntry entry =
        new ArchiveRetention(open()).expire(day, AUTHOR, clock.get()).orElseThrow();
    assertThat(entry.retention().orElseThrow().records()).isEqualTo(records.size() - 1L);
    assertThat(entry.expired()).hasValue(records.size() - 1L);
    assertThat(entry.erased()).hasValue(1);
    assertThat(read(open())).isEqualTo(young);
  }

  @Test
  void aSweepLeavesWhatARetentionStillWaitsToRemove() {
    commits(4);
    clock.addAndGet(Duration.ofDays(5).toMillis());
    long day = clock.get() - Duration.ofDays(1).toMillis();
    ArchiveRetention retention = new ArchiveRetention(open());
    ManifestEntry entry = retention.expire(day, AUTHOR, clock.get()).orElseThrow();
    clock.addAndGet(Duration.ofDays(2).toMillis());
    commits(1);
    clock.addAndGet(Duration.ofDays(2).toMillis());

    new ArchiveSweep(open()).sweep(Duration.ofHours(24), AUTHOR, clock.get());

    assertThat(store.files()).hasSize(5);
    assertThat(retention.remove(entry, clock.get())).isEqualTo(4);
    assertThat(store.files()).hasSize(1);
  }

  @Test
  void aRetentionRemovesItsFilesOnlyAfterItsEntryAndWhatDiedIsFinishedFirst() {
    commits(4);
    clock.addAndGet(Duration.ofDays(5).toMillis());
    long day = clock.get() - Duration.ofDays(1).toMillis();
    ArchiveRetention retention = new ArchiveRetention(open());
    assertThat(retention.preview(day))
        .satisfies(
            preview -> {
              assertThat(preview.files()).isEqualTo(4);
              assertThat(preview.records()).isEqualTo(20);
            });
    ManifestEntry entry = retention.expire(day, AUTHOR, clock.get()).orElseThrow();
    assertThat(store.files()).hasSize(4);
    assertThat(read(open())).isEmpty();
    assertThat(retention.unfinished()).contains(entry);
    assertThat(
            org.assertj.core.api.Assertions.catchThrowableOfType(
                    TributaryException.class, () -> retention.expire(day, AUTHOR, clock.get()))
                .code())
        .isEqualTo(ErrorCode.ARCHIVE_CONFLICT);
    assertThat(retention.remove(entry, clock.get())).isEqualTo(4);
    assertThat(store.files()).isEmpty();
    assertThat(retention.unfinished()).isEmpty();
    assertThat(retention.expire(day, AUTHOR, clock.get())).isEmpty();
  }

  @Test
  void anErasureTakesRecordsOutOfCompactedFilesAndDoneAgainFindsNothing() {
    List<TestRecord> records = new ArrayList<>(commits(6));
    clock.addAndGet(Duration.ofHours(2).toMillis());
    compact(open());
    List<RecordPlace> wanted =
        List.of(
            UpkeepArchive.place(records.get(0)),
            UpkeepArchive.place(records.get(7)),
            new RecordPlace(0, 2, 99_999));
    assertThat(new ArchiveErasure(open()).lastEntry(wanted)).hasValue(ENTRIES_BEFORE + 2L);
    ErasureReport report = new ArchiveErasure(open()).erase(wanted, AUTHOR, clock.get());
    assertThat(report).isEqualTo(new ErasureReport(2, 1, 1));
    records.remove(7);
    records.remove(0);
    assertThat(read(open())).isEqualTo(records);
    Rewrite rewrite = open().requireHead().rewrite().orElseThrow();
    assertThat(rewrite.reason()).isEqualTo(RewriteReason.ERASURE);
    assertThat(rewrite.erased()).hasSize(1);
    assertThat(new ArchiveErasure(open()).erase(wanted, AUTHOR, clock.get()))
        .isEqualTo(new ErasureReport(0, 3, 0));
  }
}
