package dev.tributary.cli.reconcile;

import dev.tributary.archive.ErasedRecords;
import dev.tributary.archive.ManifestEntry;
import dev.tributary.archive.ManifestLog;
import dev.tributary.archive.Rewrite;
import dev.tributary.archive.file.ArchiveFile;
import dev.tributary.archive.file.Segment;
import dev.tributary.archive.file.SegmentReader;
import dev.tributary.cli.table.DeltaSnapshot;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.spec.CoordinatesSpec;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.WriteMode;
import dev.tributary.phase2.plan.BackfillTotals;
import dev.tributary.phase2.plan.PlanAccount;
import dev.tributary.phase2.plan.PlanCounts;
import dev.tributary.phase2.plan.PlanKind;
import dev.tributary.phase2.plan.PlanLog;
import dev.tributary.phase2.step.Coordinates;
import dev.tributary.storage.ObjectStore;
import dev.tributary.storage.ObjectStores;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/**
 * Reads every coordinate of the archive, the table, the quarantine, the tombstones and the late
 * table, and compares them.
 *
 * <p>Of an append table each record must be in the table, the late table or in quarantine, but for
 * as many as the accounts call filtered or combined. An upsert table keeps one record a key, and
 * only the accounts say how many of the others were superseded, late or deleted: its rows are
 * counted, and each must be of a record that a done plan read. Of a history each record must be a
 * version, a remembered delete or in quarantine, and none of them twice. Of a record that was
 * exploded that holds for each row that is there; how many there should be only the accounts say.
 */
final class DeepCount {
  private static final int ENTRIES_AT_ONCE = 500;
  private static final List<String> COLUMNS =
      List.of(
          Coordinates.TOPIC,
          Coordinates.INCARNATION,
          Coordinates.PARTITION,
          Coordinates.OFFSET,
          Coordinates.SEQUENCE,
          Coordinates.TIMESTAMP);

  private final Configuration configuration;
  private final DatasetSpec dataset;
  private final PlanLog plans;
  private final Map<String, ManifestLog> logs;
  private final Optional<PlanAccount> account;
  private final Map<String, Long> first;
  private final BackfilledRanges backfilled;

  private final CoordinateSet archived = new CoordinateSet();
  private final CoordinateSet taken = new CoordinateSet();
  private final CoordinateSet takenLive = new CoordinateSet();
  private final CoordinateSet erased = new CoordinateSet();
  private final Map<PartitionId, Long> counted = new HashMap<>();
  private final Map<String, Long> expiredBefore = new HashMap<>();
  private final List<String> findings = new ArrayList<>();

  /** The rows of records that were exploded, by their number in the record. */
  private final Map<Integer, CoordinateSet> exploded = new HashMap<>();

  private boolean replayedMeanwhile;

  DeepCount(
      Configuration configuration,
      DatasetSpec dataset,
      PlanLog plans,
      Map<String, ManifestLog> logs,
      Optional<PlanAccount> account,
      Map<String, Long> first) {
    this.configuration = configuration;
    this.dataset = dataset;
    this.plans = plans;
    this.logs = logs;
    this.account = account;
    this.first = first;
    this.backfilled =
        new BackfilledRanges(
            plans,
            dataset.name(),
            account,
            ResolvedRecords.read(plans.folders().quarantine(), configuration));
  }

  DeepFindings count() {
    logs.values().forEach(this::readArchive);
    Map<PartitionId, Long> missing = new HashMap<>();
    counted.forEach(
        (partition, records) -> {
          long lacking = records - archived.size(partition);
          if (lacking > 0) {
            missing.put(partition, lacking);
          }
        });
    CoordinateSet written = new CoordinateSet();
    TableRows table = readTable(plans.folders().table(), dataset.coordinates(), written);
    long ofTable = written.size();
    long rows = table.all() - written.twiceInAll() - twiceExploded();
    CoordinatesSpec standard = CoordinatesSpec.standard();
    TableRows quarantine = readTable(plans.folders().quarantine(), standard, written);
    long quarantined = written.size() - ofTable + quarantine.gone();
    // What a backfill deletes again is remembered again; of a history a delete is one of its
    // events.
    CoordinateSet deleted = new CoordinateSet();
    boolean history = dataset.write().mode() == WriteMode.HISTORY;
    readTable(plans.folders().tombstones(), standard, history ? written : deleted);
    long before = written.size();
    TableRows late =
        readTable(plans.folders().late(dataset.name()), dataset.coordinates(), written);
    requireLate(written.size() - before + late.gone());
    return new DeepFindings(
        missing,
        archived.twice(),
        missingInTable(written, deleted, rows, quarantined),
        written.twiceInAll() + twiceExploded(),
        findings);
  }

  /**
   * Of exploded records only the accounts say how many rows of each are late. Where plans that took
   * late rows out were done again after a RESTORE, nobody knows which of them were there by then.
   */
  private void requireLate(long late) {
    long expected = account.map(this::late).orElse(0L);
    boolean takenOut =
        account
            .flatMap(PlanAccount::backfilled)
            .filter(all -> all.of(dataset.name()).replaced().late() > 0)
            .isPresent();
    boolean settled =
        !another() && !backfilled.underWay() && (plans.generation() == 0 || !takenOut);
    if (late != expected && settled && !dataset.explodes()) {
      findings.add(
          "%s: the plan log counts %d rows that were too late for the table, the late table holds %d."
              .formatted(dataset.target().path(), expected, late));
    }
  }

  /** What plans put into the late table, less what was taken out again. */
  private long late(PlanAccount done) {
    long live = done.totals().getOrDefault(dataset.name(), PlanCounts.NONE).routed();
    BackfillTotals again =
        done.backfilled().map(all -> all.of(dataset.name())).orElse(BackfillTotals.NONE);
    return live + again.counts().routed() - again.replaced().late();
  }

  /** Rows of exploded records that the table holds twice. */
  private long twiceExploded() {
    return exploded.values().stream().mapToLong(CoordinateSet::twiceInAll).sum();
  }

  /** Also finds rows that come from nowhere. */
  private long missingInTable(
      CoordinateSet written, CoordinateSet deleted, long rows, long quarantined) {
    if (another()) {
      // After a RESTORE what plans set aside and replayed before it stands there already.
      return 0;
    }
    long unknown = written.notIn(taken) + deleted.notIn(taken);
    if (unknown > 0) {
      findings.add(
          "%s: %d rows, quarantined records or tombstones have coordinates that no done plan read."
              .formatted(dataset.target().path(), unknown));
    }
    long expectedQuarantined = account.map(this::quarantined).orElse(0L);
    if (quarantined != expectedQuarantined && !backfilled.underWay() && !replayedMeanwhile) {
      findings.add(
          "%s: the plan log counts %d quarantined records, the quarantine holds %d."
              .formatted(dataset.target().path(), expectedQuarantined, quarantined));
    }
    if (dataset.write().mode() == WriteMode.UPSERT) {
      return missingRows(rows);
    }
    long filtered =
        account
            .map(done -> done.totals().get(dataset.name()))
            .map(totals -> totals.filtered() + totals.combined())
            .orElse(0L);
    return Math.max(0, takenLive.notIn(written) - filtered) + backfilled.missing(written);
  }

  /**
   * Whether the table may be another one than the accounts tell of: plans are still to be done
   * again after a RESTORE of it, or a rebuilt one takes its place.
   */
  private boolean another() {
    long next = account.map(PlanAccount::plan).orElse(-1L) + 1;
    return plans.toDoAgain(next).isPresent()
        || plans.plan(next).filter(plan -> plan.kind() == PlanKind.CUTOVER).isPresent();
  }

  /** What plans set aside, less what backfills and replays took out again. */
  private long quarantined(PlanAccount done) {
    long live = done.totals().getOrDefault(dataset.name(), PlanCounts.NONE).quarantined();
    BackfillTotals again =
        done.backfilled().map(all -> all.of(dataset.name())).orElse(BackfillTotals.NONE);
    return live + again.counts().quarantined() - again.replaced().quarantined();
  }

  /**
   * Also finds more rows than were ever inserted. What a plan that is not done has changed already
   * is counted when it is done.
   */
  private long missingRows(long rows) {
    if (account.isEmpty() || backfilled.underWay() || !bearsLastPlan(account.get())) {
      return 0;
    }
    UpsertRows expected = UpsertRows.of(account.get(), plans);
    if (rows > expected.most()) {
      findings.add(
          "%s: the table holds %d rows more than its plans inserted and left."
              .formatted(dataset.target().path(), rows - expected.most()));
    }
    return Math.max(0, expected.least() - rows);
  }

  private boolean bearsLastPlan(PlanAccount done) {
    return DeltaSnapshot.open(plans.folders().table().toString(), configuration)
        .map(table -> table.transactionVersion(plans.application()))
        .filter(mark -> mark.isPresent() && mark.getAsLong() == done.plan())
        .isPresent();
  }

  private void readArchive(ManifestLog log) {
    ObjectStore store = ObjectStores.forPath(log.folder(), configuration);
    Optional<ManifestEntry> head = log.head();
    if (head.isEmpty()) {
      return;
    }
    head.get()
        .partitions()
        .forEach(
            each ->
                counted.put(
                    new PartitionId(log.topic(), each.incarnation(), each.partition()),
                    each.held()));
    expiredBefore.put(log.topic(), head.get().expiredBefore().orElse(0));
    long begin = first.getOrDefault(log.topic(), 0L);
    long position = position(log.topic());
    for (long from = 0; from <= head.get().sequence(); from += ENTRIES_AT_ONCE) {
      long to = Math.min(head.get().sequence(), from + ENTRIES_AT_ONCE - 1);
      for (ManifestEntry entry : log.held(from, to)) {
        entry.rewrite().ifPresent(rewrite -> readErased(log.topic(), rewrite));
        for (ArchiveFile file : entry.files()) {
          readFile(log, store, file, entry, entry.sequence() < position, entry.sequence() >= begin);
        }
      }
    }
  }

  private void readErased(String topic, Rewrite rewrite) {
    for (ErasedRecords each : rewrite.erased()) {
      PartitionId partition = new PartitionId(topic, each.incarnation(), each.partition());
      each.offsets().forEach(offset -> erased.add(partition, offset));
    }
  }

  private void readFile(
      ManifestLog log,
      ObjectStore store,
      ArchiveFile file,
      ManifestEntry entry,
      boolean isTaken,
      boolean isLive) {
    Path path = new Path(log.folder(), file.path());
    for (Segment segment : file.segments()) {
      PartitionId partition =
          new PartitionId(log.topic(), segment.incarnation(), segment.partition());
      byte[] stored =
          store
              .readRange(path, segment.start(), Math.toIntExact(segment.length()))
              .orElseThrow(
                  () ->
                      new TributaryException(
                          ErrorCode.ARCHIVE_CHECKSUM,
                          "The archive's file '%s' is gone. Restore it from an object version or a backup."
                              .formatted(path)));
      SegmentReader reader = SegmentReader.open(log.topic(), file, segment, stored);
      while (reader.next()) {
        archived.add(partition, reader.line().offset());
        if (isTaken) {
          take(
              partition,
              entry.sequence(),
              reader.line().offset(),
              reader.line().timestamp(),
              isLive);
        }
      }
    }
  }

  /** What lies before a dataset's start is taken where a backfill has read it. */
  private void take(
      PartitionId partition, long sequence, long offset, long timestamp, boolean isLive) {
    if (backfilled.isUnderWay(partition, sequence, offset, timestamp)) {
      return;
    }
    if (backfilled.take(partition, sequence, offset, timestamp)) {
      taken.add(partition, offset);
    } else if (isLive) {
      taken.add(partition, offset);
      takenLive.add(partition, offset);
    }
  }

  /**
   * What was read of a table.
   *
   * @param all rows, of any dataset and plan
   * @param gone rows of records that expired or were erased, among those of done plans
   */
  private record TableRows(long all, long gone) {}

  private TableRows readTable(Path location, CoordinatesSpec names, CoordinateSet coordinates) {
    Optional<DeltaSnapshot> table = DeltaSnapshot.open(location.toString(), configuration);
    if (table.isEmpty()) {
      return new TableRows(0, 0);
    }
    List<String> columns = new ArrayList<>(COLUMNS.stream().map(names::inTable).toList());
    if (!table.get().columns().containsAll(columns)) {
      findings.add(
          "%s keeps no coordinates, so its rows cannot be counted one by one.".formatted(location));
      return new TableRows(0, 0);
    }
    AtomicLong all = new AtomicLong();
    AtomicLong gone = new AtomicLong();
    long lastDone = account.map(PlanAccount::plan).orElse(-1L);
    boolean resolves =
        location.equals(plans.folders().quarantine())
            && table.get().columns().contains(ResolvedRecords.PLAN);
    if (resolves) {
      columns.add(ResolvedRecords.PLAN);
    }
    boolean numbered = table.get().columns().contains(names.inTable(Coordinates.ROW));
    if (numbered) {
      columns.add(names.inTable(Coordinates.ROW));
    }
    int number = columns.size() - 1;
    table
        .get()
        .read(
            columns,
            row -> {
              boolean resolved = resolves && !row.isNullAt(COLUMNS.size());
              if (resolved && row.getLong(COLUMNS.size()) <= lastDone) {
                // Its record stands in the table, and here no longer.
                return true;
              }
              // By a plan that came after the accounts were read; the table may have been read
              // before it, or after.
              replayedMeanwhile |= resolved;
              all.incrementAndGet();
              // What a plan that is not done has written already is counted when it is done.
              String topic = row.getString(0);
              PartitionId partition = new PartitionId(topic, row.getInt(1), row.getInt(2));
              long timestamp = row.isNullAt(5) ? -1 : row.getLong(5) / 1_000;
              if (row.getLong(4) < position(topic)
                  && !backfilled.isUnderWay(partition, row.getLong(4), row.getLong(3), timestamp)) {
                // What expired or was erased is in no file to compare it with.
                if (row.getLong(4) < expiredBefore.getOrDefault(topic, 0L)
                    || erased.contains(partition, row.getLong(3))) {
                  gone.incrementAndGet();
                } else if (numbered && !row.isNullAt(number)) {
                  addRow(partition, row.getLong(3), row.getInt(number), coordinates);
                } else if (!resolved || !coordinates.contains(partition, row.getLong(3))) {
                  coordinates.add(partition, row.getLong(3));
                }
              }
              return true;
            });
    return new TableRows(all.get(), gone.get());
  }

  /** The rows of a record are there once each, and so is the record. */
  private void addRow(PartitionId partition, long offset, int number, CoordinateSet coordinates) {
    exploded.computeIfAbsent(number, row -> new CoordinateSet()).add(partition, offset);
    if (!coordinates.contains(partition, offset)) {
      coordinates.add(partition, offset);
    }
  }

  private long position(String topic) {
    return account.map(done -> done.position(dataset.name(), topic)).orElse(0L);
  }
}
