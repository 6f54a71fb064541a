package dev.tributary.archive;

import static java.util.Objects.requireNonNull;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.spec.Isolation;
import dev.tributary.storage.DenseLog;
import dev.tributary.storage.FaultPoint;
import dev.tributary.storage.ObjectStore;
import dev.tributary.storage.ObjectStores;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.Predicate;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/**
 * The manifest log of one topic's archive. Dense, put if absent: of any number of writers exactly
 * one puts each entry. Thread-safe; holds no resource that needs to be closed. Methods that talk to
 * the store throw TributaryException STORE_UNAVAILABLE where it is away, FORMAT_UNKNOWN for an
 * entry of a later release and LOG_CORRUPT for one that contradicts itself.
 */
public final class ManifestLog {
  /** So many entries behind, asking for one after the other is no cheaper than a search. */
  private static final int STEPS = 4;

  private record Opening(int incarnation, Optional<Genesis> genesis) {}

  private final String topic;
  private final Path folder;
  private final ObjectStore store;
  private final DenseLog log;
  private final RewriteMaps maps;
  private final AtomicReference<Optional<ManifestEntry>> known =
      new AtomicReference<>(Optional.empty());
  private final AtomicReference<Opening> opening =
      new AtomicReference<>(new Opening(-1, Optional.empty()));

  ManifestLog(String topic, Path folder, ObjectStore store) {
    this.topic = requireNonNull(topic, "topic");
    this.folder = requireNonNull(folder, "folder");
    this.store = requireNonNull(store, "store");
    this.log = new DenseLog(store, new Path(folder, "_log"));
    this.maps = new RewriteMaps(store, log.directory());
  }

  /**
   * The log of a topic, which may not exist yet.
   *
   * @param archive the folder that holds one folder a topic, as a URI
   */
  public static ManifestLog open(String archive, String topic, Configuration configuration) {
    Path folder = TopicFolder.of(archive, topic);
    return new ManifestLog(topic, folder, ObjectStores.forPath(folder, configuration));
  }

  /** As {@link #open(String, String, Configuration)}, in a given store. */
  public static ManifestLog open(String archive, String topic, ObjectStore store) {
    return new ManifestLog(topic, TopicFolder.of(archive, topic), store);
  }

  /** The topic. */
  public String topic() {
    return topic;
  }

  /** The topic's folder, which paths of files are relative to. */
  public Path folder() {
    return folder;
  }

  /** The store that the archive lies in. */
  public ObjectStore store() {
    return store;
  }

  /** The newest entry, asked of the store; empty where the archive does not exist. */
  public Optional<ManifestEntry> head() {
    Optional<ManifestEntry> last = known.get();
    if (last.isEmpty()) {
      return search();
    }
    for (int step = 0; step < STEPS; step++) {
      Optional<ManifestEntry> next = entry(last.get().sequence() + 1);
      if (next.isEmpty()) {
        return last;
      }
      last = remember(next.get());
    }
    return search();
  }

  /** As {@link #head}, for an archive that must exist, else ARCHIVE_NOT_FOUND. */
  public ManifestEntry requireHead() {
    return head().orElseThrow(this::notFound);
  }

  /** The newest entry that this object has seen, without a request; empty: none yet. */
  public Optional<ManifestEntry> knownHead() {
    return known.get();
  }

  /** An entry; empty beyond the head. */
  public Optional<ManifestEntry> entry(long sequence) {
    return log.read(sequence).map(content -> decode(content, sequence));
  }

  /** The entries from one sequence to another, both inclusive, which must exist. */
  public List<ManifestEntry> range(long from, long toInclusive) {
    List<byte[]> contents = log.range(from, toInclusive);
    List<ManifestEntry> entries = new ArrayList<>(contents.size());
    for (int i = 0; i < contents.size(); i++) {
      entries.add(decode(contents.get(i), from + i));
    }
    return entries;
  }

  /**
   * As {@link #range}, each with its segments where they lie now: none of those that expired or
   * were erased, and files that replaced others. What a reader of records wants. The files that a
   * compaction or an erasure replaced stay until a sweep finds them replaced for longer than its
   * age; those that expired are gone soon.
   */
  public List<ManifestEntry> held(long from, long toInclusive) {
    if (toInclusive < from) {
      return List.of();
    }
    ManifestEntry head = requireHead();
    List<ManifestEntry> entries = range(from, toInclusive);
    while (true) {
      Optional<List<ManifestEntry>> held =
          HeldFiles.asOf(head, maps).flatMap(now -> now.of(entries));
      if (held.isPresent()) {
        return held.get();
      }
      ManifestEntry seen = head;
      head = newerThan(seen).orElseThrow(() -> mapGone(seen));
    }
  }

  /**
   * As {@link #held(long, long)}, with the segments where they lay when an entry was the newest:
   * what two readings of the same records want, whatever expires or is rewritten between them.
   *
   * @throws TributaryException ARCHIVE_SWEPT where too much was swept since to say
   */
  public List<ManifestEntry> held(long from, long toInclusive, long asOf) {
    if (toInclusive < from) {
      return List.of();
    }
    ManifestEntry newest = require(asOf);
    List<ManifestEntry> entries = range(from, toInclusive);
    return HeldFiles.asOf(newest, maps)
        .flatMap(then -> then.of(entries))
        .orElseThrow(
            () ->
                new TributaryException(
                    ErrorCode.ARCHIVE_SWEPT,
                    "What %s held as of entry %d can no longer be told, since its rewrite maps were swept. Read it as it is now."
                        .formatted(folder, asOf)));
  }

  /** The rewrite maps of this archive. */
  RewriteMaps maps() {
    return maps;
  }

  /**
   * Puts the entry that says what expired.
   *
   * @param seen the head that {@code retention} was counted by
   * @return empty where what it counts has changed since
   */
  Optional<ManifestEntry> putRetention(
      Retention retention, ManifestEntry seen, Author author, long ingestTime) {
    return follow(
            head ->
                head.placesAs(seen)
                    ? Optional.of(
                        new Successor(topic, head).retention(retention, author, ingestTime))
                    : Optional.empty())
        .entry();
  }

  /**
   * Puts the entry from which on a map is in force.
   *
   * @param seen the head that the map was made by
   * @return empty where somebody else changed what the map speaks of since, or a sweep may have
   *     removed its files: it is to be made anew
   */
  Optional<ManifestEntry> putRewrite(
      Rewrite rewrite, RewriteIndex.Row row, ManifestEntry seen, Author author, long ingestTime) {
    long block = row.from() / RewriteMap.BLOCK;
    Optional<RewriteIndex.Row> before = indexOf(seen).ofBlock(block);
    ManifestEntry head = seen;
    while (true) {
      RewriteIndex index = indexOf(head);
      if (!index.ofBlock(block).equals(before)
          || head.expiredBefore().orElse(0) > Math.max(row.from(), seen.expiredBefore().orElse(0))
          || sweptBetween(seen.sequence(), head.sequence()).isPresent()) {
        return Optional.empty();
      }
      String name = maps.write(index.with(row, head.expiredBefore().orElse(0)));
      ManifestEntry next = new Successor(topic, head).rewrite(rewrite, name, author, ingestTime);
      FaultPoint.reach("archive.before-rewrite");
      if (put(next)) {
        FaultPoint.reach("archive.after-rewrite");
        return Optional.of(next);
      }
      head = requireHead();
    }
  }

  private RewriteIndex indexOf(ManifestEntry entry) {
    return maps.index(entry).orElseThrow(() -> mapGone(entry));
  }

  private TributaryException mapGone(ManifestEntry entry) {
    return new TributaryException(
        ErrorCode.LOG_CORRUPT,
        "The rewrite maps that entry %d of %s names are missing. Restore _log/_rewrite from a backup or object versions."
            .formatted(entry.sequence(), folder));
  }

  /** Whether an entry's companion is there. */
  boolean isMarked(long sequence, String mark) {
    return log.readCompanion(sequence, mark).isPresent();
  }

  /** Puts an entry's companion; put twice, the first stays. */
  void mark(long sequence, String mark, byte[] content) {
    log.createCompanion(sequence, mark, content);
  }

  /** The first entry, up to the newest, from which on the segments below a sequence are gone. */
  Optional<ManifestEntry> retentionOf(ManifestEntry head) {
    if (head.expiredBefore().isEmpty()) {
      return Optional.empty();
    }
    long before = head.expiredBefore().getAsLong();
    OptionalLong sequence = first(entry -> entry.expiredBefore().orElse(0) >= before, head);
    return Optional.of(require(sequence.orElseThrow()));
  }

  /**
   * What the current incarnation of the topic is, as of the newest entry that this object has seen;
   * ARCHIVE_NOT_FOUND where there is no archive.
   */
  public Genesis genesis() {
    ManifestEntry head = known.get().orElseGet(this::requireHead);
    return genesis(head);
  }

  /**
   * Opens the log with entry 0.
   *
   * @return false where somebody else had opened it; look at {@link #genesis} then
   */
  public boolean createGenesis(Genesis genesis, Author author, long ingestTime) {
    if (!genesis.topic().equals(topic)) {
      throw new IllegalArgumentException(
          "A genesis of topic %s in the log of %s.".formatted(genesis.topic(), topic));
    }
    ManifestEntry entry = Successor.genesis(genesis, author, ingestTime);
    return put(entry);
  }

  /**
   * Takes a batch in, exactly once: ranges that the archive holds already are left out, ranges that
   * continue the watermark are taken, and losing the race for a sequence to another writer is no
   * reason to stop while the ranges still continue.
   *
   * @throws TributaryException ARCHIVE_GAP where a range begins after the watermark,
   *     ARCHIVE_CONFLICT where another writer took a part of it in or opened another incarnation,
   *     ARCHIVE_SWEPT where a sweep since the batch began may have removed its files (begin the
   *     batch anew), UNACCOUNTED where records and gaps do not fill a range, ARCHIVE_NOT_FOUND;
   *     STORE_ANSWER_AMBIGUOUS where this run itself took a part of it in, by a put that landed
   *     after the store had failed to answer for it (plan the batch anew)
   */
  public CommitResult commit(CommitRequest request) {
    long notSweptTo = request.baseSequence();
    ManifestEntry head = known.get().orElseGet(this::requireHead);
    while (true) {
      Optional<ManifestEntry> next;
      try {
        next = new Successor(topic, head).data(request, otherIsolation(request, head));
      } catch (TributaryException refused) {
        ManifestEntry seen = head;
        head = newerThan(seen).orElseThrow(() -> ownInTheWay(request, seen).orElse(refused));
        continue;
      }
      if (next.isEmpty()) {
        return new CommitResult(Optional.empty());
      }
      requireNotSwept(notSweptTo, head, request);
      notSweptTo = Math.max(notSweptTo, head.sequence());
      FaultPoint.reach("archive.before-manifest");
      if (put(next.get())) {
        FaultPoint.reach("archive.manifest.landed-answer-lost");
        FaultPoint.reach("archive.after-manifest");
        return new CommitResult(next);
      }
      head = requireHead();
    }
  }

  /**
   * Accounts for ranges that Kafka lost, by an operator's word; ranges as in {@link #commit}. Done
   * twice it is done once.
   */
  public CommitResult acceptLoss(
      List<OffsetRange> ranges, Acceptance accepted, Author author, long ingestTime) {
    return follow(
        head -> new Successor(topic, head).acceptedLoss(ranges, accepted, author, ingestTime));
  }

  /**
   * Opens the next incarnation, by an operator's word. Where the current one is of the same cluster
   * and topic id already, nothing is done. Where an earlier one was, its offsets mean the same
   * records again, and no partition begins before that one's watermark.
   */
  public CommitResult openIncarnation(
      Genesis genesis, Acceptance accepted, Author author, long ingestTime) {
    return follow(
        head -> {
          Genesis current = genesis(head);
          if (current.sameTopic(genesis)) {
            return Optional.empty();
          }
          OptionalInt earlier = earlier(genesis, head);
          Genesis begun =
              earlier.isPresent() ? genesis.notBefore(head, earlier.getAsInt()) : genesis;
          return Optional.of(
              new Successor(topic, head)
                  .incarnation(begun, earlier, Map.of(), accepted, author, ingestTime));
        });
  }

  /**
   * Opens the next incarnation of what is the same topic by an operator's word, though its ids were
   * not known before or are not now: no partition begins before the current one's watermark. Where
   * the current one bears these ids already, nothing is done.
   */
  public CommitResult openSameTopic(
      Genesis genesis, Acceptance accepted, Author author, long ingestTime) {
    return follow(
        head ->
            genesis(head).sameTopic(genesis)
                ? Optional.empty()
                : Optional.of(
                    new Successor(topic, head)
                        .incarnation(
                            genesis.notBefore(head, head.incarnation()),
                            OptionalInt.empty(),
                            Map.of(),
                            accepted,
                            author,
                            ingestTime)));
  }

  /**
   * Opens the next incarnation of the same topic, by an operator's word, where Kafka has other
   * records at some offsets than an incarnation holds: its partitions begin where they differ, the
   * others at its watermark. Where it is no longer the current one, nothing is done.
   *
   * @param incarnation that holds other records
   * @param differ from where on, by partition
   * @param isolation that the next one is read with
   */
  public CommitResult openDiverged(
      int incarnation,
      Map<Integer, Divergence> differ,
      Isolation isolation,
      Acceptance accepted,
      Author author,
      long ingestTime) {
    return follow(
        head -> {
          if (head.incarnation() != incarnation) {
            return Optional.empty();
          }
          Genesis next = genesis(head).after(head, differ, isolation);
          return Optional.of(
              new Successor(topic, head)
                  .incarnation(
                      next, OptionalInt.of(incarnation), differ, accepted, author, ingestTime));
        });
  }

  /** The newest incarnation of the same topic, before the current one. */
  private OptionalInt earlier(Genesis genesis, ManifestEntry head) {
    for (int earlier = head.incarnation() - 1; earlier >= 0; earlier--) {
      if (opening(earlier, head).sameTopic(genesis)) {
        return OptionalInt.of(earlier);
      }
    }
    return OptionalInt.empty();
  }

  /** Announces a sweep; from here on a commit of a batch that began before is refused. */
  ManifestEntry announceSweep(Sweep sweep, Author author, long ingestTime) {
    return follow(head -> Optional.of(new Successor(topic, head).sweep(sweep, author, ingestTime)))
        .entry()
        .orElseThrow();
  }

  /** The first entry whose ingest time is not before {@code epochMillis}; empty: none yet. */
  public OptionalLong sequenceAt(long epochMillis) {
    return first(entry -> entry.ingestTime() >= epochMillis);
  }

  /** The entry that accounts for an offset; empty: none yet. */
  public OptionalLong sequenceOf(int incarnation, int partition, long offset) {
    return first(entry -> entry.watermark(incarnation, partition) > offset);
  }

  /**
   * Up to where, exclusive, all records of a partition in the current incarnation are known to bear
   * a leader epoch or an earlier one.
   *
   * @param head as of which
   */
  public long withinEpoch(ManifestEntry head, int partition, int epoch) {
    int incarnation = head.incarnation();
    // Whatever the entries between say, one is found that is not known to, after one that is.
    OptionalLong later =
        first(
            entry -> !entry.account(incarnation, partition).map(a -> a.within(epoch)).orElse(true),
            head);
    return later.isEmpty()
        ? head.watermark(incarnation, partition)
        : require(later.getAsLong() - 1).watermark(incarnation, partition);
  }

  /** The first entry for which a condition holds that, once true, stays true. */
  private OptionalLong first(Predicate<ManifestEntry> condition) {
    return head().map(head -> first(condition, head)).orElse(OptionalLong.empty());
  }

  private OptionalLong first(Predicate<ManifestEntry> condition, ManifestEntry head) {
    if (!condition.test(head)) {
      return OptionalLong.empty();
    }
    long holds = head.sequence();
    long low = 0;
    while (low < holds) {
      long middle = low + (holds - low) / 2;
      if (condition.test(require(middle))) {
        holds = middle;
      } else {
        low = middle + 1;
      }
    }
    return OptionalLong.of(holds);
  }

  /** The batch's isolation where the genesis says another. */
  private Optional<Isolation> otherIsolation(CommitRequest request, ManifestEntry head) {
    return request.isolation().filter(isolation -> isolation != genesis(head).isolation());
  }

  private Genesis genesis(ManifestEntry head) {
    Opening cached = opening.get();
    if (cached.incarnation() == head.incarnation()) {
      return cached.genesis().orElseThrow();
    }
    Genesis genesis = opening(head.incarnation(), head);
    opening.set(new Opening(head.incarnation(), Optional.of(genesis)));
    return genesis;
  }

  private Genesis opening(int incarnation, ManifestEntry head) {
    long sequence = openingSequence(incarnation, head);
    return require(sequence)
        .genesis()
        .orElseThrow(
            () ->
                new TributaryException(
                    ErrorCode.LOG_CORRUPT,
                    "Entry %d of %s opens incarnation %d without saying what it is. Check who wrote it."
                        .formatted(sequence, folder, incarnation)));
  }

  private long openingSequence(int incarnation, ManifestEntry head) {
    if (incarnation == 0) {
      return 0;
    }
    if (incarnation == head.incarnation() && head.opening().isPresent()) {
      return head.opening().getAsLong();
    }
    return first(entry -> entry.incarnation() >= incarnation, head).orElseThrow(this::notFound);
  }

  private CommitResult follow(Function<ManifestEntry, Optional<ManifestEntry>> successor) {
    ManifestEntry head = requireHead();
    while (true) {
      Optional<ManifestEntry> next = successor.apply(head);
      if (next.isEmpty() || put(next.get())) {
        return new CommitResult(next);
      }
      head = requireHead();
    }
  }

  /** Puts an entry; false where another writer's took the sequence, which is then known. */
  private boolean put(ManifestEntry entry) {
    if (log.append(entry.sequence(), ManifestCodec.write(entry))) {
      remember(entry);
      return true;
    }
    ManifestEntry there = require(entry.sequence());
    remember(there);
    // A client that repeats a request on its own may be told that it lost to itself.
    return there.id().equals(entry.id());
  }

  /** The head, where it is newer than {@code seen}: what refuses a batch may be out of date. */
  private Optional<ManifestEntry> newerThan(ManifestEntry seen) {
    return head().filter(head -> head.sequence() > seen.sequence());
  }

  /**
   * What the batch is refused for where the offsets that it wants are held by this run's own put.
   */
  private Optional<TributaryException> ownInTheWay(CommitRequest request, ManifestEntry head) {
    return request.ranges().stream()
        .filter(range -> range.incarnation() == head.incarnation())
        .filter(
            range -> range.start() < watermark(head, range) && watermark(head, range) < range.end())
        .findFirst()
        .flatMap(
            range ->
                first(entry -> watermark(entry, range) > range.start(), head).stream()
                    .mapToObj(this::require)
                    .filter(entry -> entry.writer().run().equals(request.author().run()))
                    .map(entry -> landedLate(entry, range))
                    .findFirst());
  }

  private static long watermark(ManifestEntry entry, OffsetRange range) {
    return entry.watermark(range.incarnation(), range.partition());
  }

  private TributaryException landedLate(ManifestEntry entry, OffsetRange range) {
    return new TributaryException(
        ErrorCode.STORE_ANSWER_AMBIGUOUS,
        "Entry %d of topic %s, which this run had put without an answer, landed after all: it holds partition %d up to offset %d, where a batch planned since begins at %d. Nothing was lost or committed twice; the batch is planned anew."
            .formatted(
                entry.sequence(),
                topic,
                range.partition(),
                watermark(entry, range) - 1,
                range.start()));
  }

  private void requireNotSwept(long after, ManifestEntry head, CommitRequest request) {
    Optional<ManifestEntry> sweep = sweptBetween(after, head.sequence());
    if (sweep.isPresent()) {
      throw new TributaryException(
          ErrorCode.ARCHIVE_SWEPT,
          "A sweep of topic %s (entry %d) began after this batch (entry %d) and may have removed its files. Nothing was committed; the batch is to be read again."
              .formatted(topic, sweep.get().sequence(), request.baseSequence()));
    }
  }

  /** The first sweep after one entry and up to another. */
  private Optional<ManifestEntry> sweptBetween(long after, long toInclusive) {
    return after >= toInclusive
        ? Optional.empty()
        : range(after + 1, toInclusive).stream()
            .filter(entry -> entry.kind() == EntryKind.SWEEP)
            .findFirst();
  }

  private Optional<ManifestEntry> search() {
    OptionalLong sequence = log.head();
    if (sequence.isEmpty()) {
      return Optional.empty();
    }
    return remember(require(sequence.getAsLong()));
  }

  private Optional<ManifestEntry> remember(ManifestEntry entry) {
    return known.accumulateAndGet(
        Optional.of(entry),
        (before, fresh) ->
            before.isPresent() && before.get().sequence() >= fresh.get().sequence()
                ? before
                : fresh);
  }

  private ManifestEntry require(long sequence) {
    return entry(sequence)
        .orElseThrow(
            () ->
                new TributaryException(
                    ErrorCode.LOG_CORRUPT,
                    "Entry %d of %s is missing although later ones are there. Restore it from a backup or an object version."
                        .formatted(sequence, folder)));
  }

  private ManifestEntry decode(byte[] content, long sequence) {
    return ManifestCodec.read(content, sequence, folder);
  }

  private TributaryException notFound() {
    return new TributaryException(
        ErrorCode.ARCHIVE_NOT_FOUND,
        "There is no archive of topic %s at %s. Run phase 1 for it first, or correct the location."
            .formatted(topic, folder));
  }
}
