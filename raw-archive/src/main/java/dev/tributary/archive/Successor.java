package dev.tributary.archive;

import dev.tributary.archive.file.ArchiveFile;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.spec.Isolation;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.UUID;

/** Builds the entry that may follow a head; the rules of the log, without any input or output. */
final class Successor {
  private record Key(int incarnation, int partition) implements Comparable<Key> {
    private static final Comparator<Key> ORDER =
        Comparator.comparingInt(Key::incarnation).thenComparingInt(Key::partition);

    @Override
    public int compareTo(Key other) {
      return ORDER.compare(this, other);
    }
  }

  private final String topic;
  private final ManifestEntry head;
  private final TreeMap<Key, PartitionAccount> accounts = new TreeMap<>();

  Successor(String topic, ManifestEntry head) {
    this.topic = topic;
    this.head = head;
    for (PartitionAccount account : head.partitions()) {
      accounts.put(new Key(account.incarnation(), account.partition()), account);
    }
  }

  /** Entry 0. */
  static ManifestEntry genesis(Genesis genesis, Author author, long ingestTime) {
    return opening(
        EntryKind.GENESIS,
        0,
        genesis,
        OptionalInt.empty(),
        Map.of(),
        author,
        ingestTime,
        Optional.empty(),
        List.of());
  }

  /**
   * The entry that takes in what the head lacks of a batch; empty where it lacks nothing.
   *
   * @param isolation of the batch, where it is not the genesis'
   */
  Optional<ManifestEntry> data(CommitRequest request, Optional<Isolation> isolation) {
    List<OffsetRange> continuing = continuing(request.ranges());
    if (continuing.isEmpty()) {
      return Optional.empty();
    }
    RangeContents contents = new RangeContents(topic, request, continuing);
    for (OffsetRange range : continuing) {
      accounts.merge(
          new Key(range.incarnation(), range.partition()),
          PartitionAccount.empty(range.incarnation(), range.partition())
              .plus(
                  contents.records(range),
                  contents.gapOffsets(range),
                  range.leaderEpoch(),
                  range.recordEpoch()),
          (known, fresh) ->
              known.plus(fresh.records(), fresh.gaps(), range.leaderEpoch(), range.recordEpoch()));
    }
    List<ArchiveFile> files = contents.files();
    Totals totals =
        head.totals()
            .plus(
                contents.totalRecords(),
                files.stream().mapToLong(ArchiveFile::bytes).sum(),
                files.size());
    return Optional.of(
        entry(
            EntryKind.DATA,
            request.author(),
            request.ingestTime(),
            isolation,
            files,
            contents.gaps(),
            totals,
            Optional.empty(),
            Optional.empty()));
  }

  /** The entry that accounts for lost ranges; empty where the head accounts for them already. */
  Optional<ManifestEntry> acceptedLoss(
      List<OffsetRange> ranges, Acceptance accepted, Author author, long ingestTime) {
    List<Gap> gaps = new ArrayList<>();
    for (OffsetRange range : continuing(ranges)) {
      gaps.add(
          Gap.of(
              range.incarnation(),
              range.partition(),
              range.start(),
              range.end(),
              GapKind.ACCEPTED_LOSS));
      accounts.merge(
          new Key(range.incarnation(), range.partition()),
          new PartitionAccount(
              range.incarnation(),
              range.partition(),
              range.end() - range.start(),
              0,
              Map.of(GapKind.ACCEPTED_LOSS, range.end() - range.start())),
          (known, fresh) -> known.plus(0, fresh.gaps(), OptionalInt.empty(), OptionalInt.empty()));
    }
    if (gaps.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        entry(
            EntryKind.ACCEPTED_LOSS,
            author,
            ingestTime,
            Optional.empty(),
            List.of(),
            gaps,
            head.totals(),
            Optional.empty(),
            Optional.of(accepted)));
  }

  /**
   * The entry that opens the next incarnation.
   *
   * @param goesOn the incarnation of the same topic at whose watermarks its partitions begin, those
   *     that begin elsewhere aside; empty: none
   * @param differ the partitions that begin elsewhere
   */
  ManifestEntry incarnation(
      Genesis genesis,
      OptionalInt goesOn,
      Map<Integer, Divergence> differ,
      Acceptance accepted,
      Author author,
      long ingestTime) {
    if (genesis.start().isEmpty()) {
      throw new IllegalArgumentException("An incarnation has at least one partition.");
    }
    ManifestEntry opening =
        opening(
            EntryKind.INCARNATION,
            head.incarnation() + 1,
            genesis,
            goesOn,
            differ,
            author,
            ingestTime,
            Optional.of(accepted),
            head.partitions());
    return new ManifestEntry(
        ManifestEntry.FORMAT,
        head.sequence() + 1,
        EntryKind.INCARNATION,
        opening.id(),
        Math.max(head.ingestTime(), ingestTime),
        author,
        opening.genesis(),
        Optional.empty(),
        List.of(),
        opening.gaps(),
        opening.partitions(),
        head.totals(),
        head.expired(),
        head.erased(),
        Optional.empty(),
        opening.accepted(),
        head.expiredBefore(),
        head.rewriteIndex(),
        Optional.empty(),
        Optional.empty(),
        OptionalLong.of(head.sequence() + 1));
  }

  /** The entry that announces a sweep. */
  ManifestEntry sweep(Sweep sweep, Author author, long ingestTime) {
    return entry(
        EntryKind.SWEEP,
        author,
        ingestTime,
        Optional.empty(),
        List.of(),
        List.of(),
        head.totals(),
        Optional.of(sweep),
        Optional.empty());
  }

  private ManifestEntry entry(
      EntryKind kind,
      Author author,
      long ingestTime,
      Optional<Isolation> isolation,
      List<ArchiveFile> files,
      List<Gap> gaps,
      Totals totals,
      Optional<Sweep> sweep,
      Optional<Acceptance> accepted) {
    return new ManifestEntry(
        ManifestEntry.FORMAT,
        head.sequence() + 1,
        kind,
        UUID.randomUUID().toString(),
        Math.max(head.ingestTime(), ingestTime),
        author,
        Optional.empty(),
        isolation,
        files,
        gaps,
        List.copyOf(accounts.values()),
        totals,
        head.expired(),
        head.erased(),
        sweep,
        accepted,
        head.expiredBefore(),
        head.rewriteIndex(),
        Optional.empty(),
        Optional.empty(),
        opening());
  }

  /** Older writers left it out. */
  private OptionalLong opening() {
    return head.kind() == EntryKind.INCARNATION ? OptionalLong.of(head.sequence()) : head.opening();
  }

  /** The entry that says what expired. */
  ManifestEntry retention(Retention retention, Author author, long ingestTime) {
    for (ExpiredRange range : retention.partitions()) {
      accounts.computeIfPresent(
          new Key(range.incarnation(), range.partition()),
          (key, account) -> account.without(range.records(), 0));
    }
    return takingOut(
        EntryKind.RETENTION,
        author,
        ingestTime,
        total(head.expired(), retention.records()),
        head.erased(),
        OptionalLong.of(retention.before()),
        head.rewriteIndex(),
        Optional.of(retention),
        Optional.empty());
  }

  /** The entry from which on segments lie where a map of the index says. */
  ManifestEntry rewrite(Rewrite rewrite, String index, Author author, long ingestTime) {
    for (ErasedRecords erased : rewrite.erased()) {
      accounts.computeIfPresent(
          new Key(erased.incarnation(), erased.partition()),
          (key, account) -> account.without(0, erased.offsets().size()));
    }
    return takingOut(
        EntryKind.REWRITE,
        author,
        ingestTime,
        head.expired(),
        total(head.erased(), rewrite.erasedRecords()),
        head.expiredBefore(),
        Optional.of(index),
        Optional.empty(),
        Optional.of(rewrite));
  }

  private static OptionalLong total(OptionalLong before, long more) {
    return before.isEmpty() && more == 0
        ? OptionalLong.empty()
        : OptionalLong.of(before.orElse(0) + more);
  }

  private ManifestEntry takingOut(
      EntryKind kind,
      Author author,
      long ingestTime,
      OptionalLong expired,
      OptionalLong erased,
      OptionalLong expiredBefore,
      Optional<String> rewriteIndex,
      Optional<Retention> retention,
      Optional<Rewrite> rewrite) {
    return new ManifestEntry(
        ManifestEntry.FORMAT,
        head.sequence() + 1,
        kind,
        UUID.randomUUID().toString(),
        Math.max(head.ingestTime(), ingestTime),
        author,
        Optional.empty(),
        Optional.empty(),
        List.of(),
        List.of(),
        List.copyOf(accounts.values()),
        head.totals(),
        expired,
        erased,
        Optional.empty(),
        Optional.empty(),
        expiredBefore,
        rewriteIndex,
        retention,
        rewrite,
        opening());
  }

  private static ManifestEntry opening(
      EntryKind kind,
      int incarnation,
      Genesis genesis,
      OptionalInt goesOn,
      Map<Integer, Divergence> differ,
      Author author,
      long ingestTime,
      Optional<Acceptance> accepted,
      List<PartitionAccount> before) {
    List<PartitionAccount> partitions = new ArrayList<>(before);
    List<Gap> gaps = new ArrayList<>();
    for (PartitionStart start :
        genesis.start().stream()
            .sorted(Comparator.comparingInt(PartitionStart::partition))
            .toList()) {
      Map<GapKind, Long> skipped =
          start.offset() == 0 ? Map.of() : Map.of(GapKind.BEFORE_START, start.offset());
      // What is below is still what that incarnation has, and may yet be found to be no longer.
      OptionalInt epoch =
          differ.containsKey(start.partition())
              ? differ.get(start.partition()).leaderEpoch()
              : before.stream()
                  .filter(
                      account -> goesOn.isPresent() && account.incarnation() == goesOn.getAsInt())
                  .filter(account -> account.partition() == start.partition())
                  .filter(account -> account.next() == start.offset())
                  .map(PartitionAccount::leaderEpoch)
                  .findFirst()
                  .orElse(OptionalInt.empty());
      partitions.add(
          PartitionAccount.empty(incarnation, start.partition())
              .plus(0, skipped, epoch, OptionalInt.empty()));
      if (start.offset() > 0) {
        gaps.add(Gap.of(incarnation, start.partition(), 0, start.offset(), GapKind.BEFORE_START));
      }
    }
    return new ManifestEntry(
        ManifestEntry.FORMAT,
        0,
        kind,
        UUID.randomUUID().toString(),
        ingestTime,
        author,
        Optional.of(genesis),
        Optional.empty(),
        List.of(),
        gaps,
        partitions,
        new Totals(0, 0, 0),
        OptionalLong.empty(),
        OptionalLong.empty(),
        Optional.empty(),
        accepted,
        OptionalLong.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        OptionalLong.empty());
  }

  /** The ranges that continue the watermark, in order; those that are held already are left out. */
  private List<OffsetRange> continuing(List<OffsetRange> ranges) {
    List<OffsetRange> sorted = new ArrayList<>(ranges);
    sorted.sort(
        Comparator.comparingInt(OffsetRange::incarnation)
            .thenComparingInt(OffsetRange::partition)
            .thenComparingLong(OffsetRange::start)
            .thenComparingLong(OffsetRange::end));
    Map<Key, Long> watermarks = new LinkedHashMap<>();
    List<OffsetRange> continuing = new ArrayList<>();
    for (OffsetRange range : sorted) {
      Key key = new Key(range.incarnation(), range.partition());
      PartitionAccount account = accounts.get(key);
      long watermark = watermarks.getOrDefault(key, account == null ? 0 : account.next());
      if (range.end() <= watermark) {
        continue;
      }
      if (range.incarnation() != head.incarnation()) {
        throw otherIncarnation(range);
      }
      if (range.start() > watermark) {
        throw gap(range, watermark);
      }
      if (range.start() < watermark) {
        throw overlap(range, watermark);
      }
      continuing.add(range);
      watermarks.put(key, range.end());
    }
    return continuing;
  }

  private TributaryException gap(OffsetRange range, long watermark) {
    return new TributaryException(
        ErrorCode.ARCHIVE_GAP,
        ("The batch holds the offsets %d to %d of topic %s partition %d, but the archive ends at"
                + " %d: the offsets %d to %d would be lost. Read on from %d.")
            .formatted(
                range.start(),
                range.end() - 1,
                topic,
                range.partition(),
                watermark,
                watermark,
                range.start() - 1,
                watermark));
  }

  private TributaryException overlap(OffsetRange range, long watermark) {
    return new TributaryException(
        ErrorCode.ARCHIVE_CONFLICT,
        ("The batch holds the offsets %d to %d of topic %s partition %d, of which another writer"
                + " archived those below %d since the batch was planned (last entry: run %s). Let one"
                + " driver alone archive this topic.")
            .formatted(
                range.start(),
                range.end() - 1,
                topic,
                range.partition(),
                watermark,
                head.writer().run()));
  }

  private TributaryException otherIncarnation(OffsetRange range) {
    return new TributaryException(
        ErrorCode.ARCHIVE_CONFLICT,
        ("The batch is of incarnation %d of topic %s (partition %d, offsets %d to %d), but the"
                + " archive is at incarnation %d. Stop this driver, or restart it to read the"
                + " current one.")
            .formatted(
                range.incarnation(),
                topic,
                range.partition(),
                range.start(),
                range.end() - 1,
                head.incarnation()));
  }
}
