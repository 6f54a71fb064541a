package dev.tributary.phase2.execute;

import static org.apache.spark.sql.functions.not;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.phase2.plan.EntryRange;
import dev.tributary.phase2.plan.Erasure;
import dev.tributary.phase2.plan.PlanLog;
import dev.tributary.phase2.plan.PlanSource;
import dev.tributary.phase2.step.Coordinates;
import dev.tributary.phase2.table.DeltaTransactions;
import dev.tributary.phase2.table.TableState;
import dev.tributary.streaming.Failures;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.apache.hadoop.fs.Path;
import org.apache.spark.SparkException;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * Finds the records that are about one key: in the whole archive, whether a table has read them or
 * not, and in the table, its quarantine and its tombstones, which may have outlived their records.
 */
public final class RecordsOfKey {
  /** More than that is no person's, and a driver holds them in memory. */
  private static final int MOST_RECORDS = 200_000;

  private static final long ENTRIES_AT_ONCE = 10_000;

  private final SparkSession spark;
  private final PlanLog log;

  /** Of a dataset whose table this log is of. */
  public RecordsOfKey(SparkSession spark, PlanLog log) {
    this.spark = spark;
    this.log = log;
  }

  /**
   * What was found.
   *
   * @param records where they are
   * @param versions by version of the dataset how many of those that the archive holds were found
   *     by its columns and steps; one stands for all that make the key as it does
   * @param otherKeys versions by which nothing was looked for, since their key is another one
   * @param guarded versions of which a step fails on records that a filter keeps from it, so that
   *     those were not looked through
   * @param failed earlier versions by whose steps not everything could be looked through, since one
   *     of them fails or can no longer be loaded
   * @param through by topic the newest entry that was looked at
   * @param entries by topic the entries of the archive that hold some
   * @param files how many of its files do
   * @param archived how many records the archive holds
   * @param undecided records that do not say whether they have the key: in the quarantine, refused
   *     before it could be read or no longer in the archive; and those without a value whose Kafka
   *     key does not tell
   * @param givenUp how many of the records are those of an erasure that was made void after the
   *     archive had lost them
   */
  public record Found(
      List<Erasure.Offsets> records,
      Map<Long, Long> versions,
      List<Long> otherKeys,
      List<Long> guarded,
      List<Long> failed,
      Map<String, Long> through,
      Map<String, List<Long>> entries,
      long files,
      long archived,
      long undecided,
      long givenUp) {}

  /**
   * What a table holds of records.
   *
   * @param rows its rows
   * @param quarantined rows of the quarantine
   * @param tombstones rows of the tombstones
   */
  public record Held(long rows, long quarantined, long tombstones) {}

  /**
   * Finds the records of a key.
   *
   * @param version of the dataset that is in force; what earlier ones called and made the same key
   *     counts too
   * @param key the text of the key column's value, of several a JSON object of them, or, of a
   *     dataset without a key, of Kafka's key
   * @param column of a dataset without a key: the column that is meant instead of Kafka's key
   * @throws TributaryException SETTING_INVALID where the dataset's key can have no such value
   */
  public Found of(
      String dataset, long version, PlanSource whole, String key, Optional<String> column) {
    KeyVersions known = new KeyVersions(spark, log, dataset, version);
    KeyVersions.Meanings meanings = known.of(key, column);
    Map<Long, Long> versions = new TreeMap<>();
    Set<Long> guarded = new TreeSet<>();
    Set<Long> failed = new TreeSet<>(meanings.failed());
    Map<RecordId, Long> found = new TreeMap<>();
    Map<String, Long> through = new TreeMap<>();
    for (EntryRange range : whole.ranges()) {
      through.put(range.topic(), range.to());
      ArchiveReader reader = reader(range);
      for (PlanSource source : parts(whole, range)) {
        for (KeyMeaning meaning : meanings.meanings()) {
          Set<RecordId> of = new TreeSet<>();
          try {
            of.addAll(collect(meaning, () -> meaning.archived(reader, source), found));
          } catch (TributaryException e) {
            if (e.code() != ErrorCode.TRANSFORM_FAILED || meaning.inForce()) {
              throw e;
            }
            failed.add(meaning.version());
          }
          try {
            of.addAll(collect(meaning, () -> meaning.unfiltered(reader, source), found));
          } catch (TributaryException e) {
            if (e.code() != ErrorCode.TRANSFORM_FAILED) {
              throw e;
            }
            guarded.add(meaning.version());
          }
          versions.merge(meaning.version(), (long) of.size(), Long::sum);
        }
      }
    }
    long archived = found.size();
    Map<String, List<Long>> entries = RecordsInArchive.entries(found);
    long files = new RecordsInArchive(spark, whole).files(found);
    KeyMeaning last = meanings.last();
    for (Path table :
        List.of(log.folders().table(), log.folders().tombstones(), log.folders().late(dataset))) {
      collect(last, () -> last.held(table, known.now()), found);
    }
    collect(last, () -> last.setAside(dataset), found);
    return new Found(
        offsets(found.keySet()),
        versions,
        meanings.otherKeys(),
        List.copyOf(guarded),
        List.copyOf(failed),
        through,
        entries,
        files,
        archived,
        undecided(last, dataset, whole, found) + untold(last, whole, found),
        0);
  }

  /** What is known of records whose coordinates a person gives. */
  public Found of(PlanSource whole, Collection<Erasure.Offsets> given) {
    Set<RecordId> ids = ids(given);
    RecordsInArchive archive = new RecordsInArchive(spark, whole);
    Map<RecordId, Long> found = archive.located(ids);
    Map<String, Long> through = new TreeMap<>();
    whole.ranges().forEach(range -> through.put(range.topic(), range.to()));
    return new Found(
        offsets(ids),
        Map.of(),
        List.of(),
        List.of(),
        List.of(),
        through,
        RecordsInArchive.entries(found),
        archive.files(found),
        found.size(),
        0,
        0);
  }

  /**
   * What was found, and what an erasure that was made void had taken out of the archive by then.
   * Records of it that the archive still holds, or that have expired, are left to a search.
   *
   * @param givenUp the records of such erasures
   */
  public Found with(Found found, PlanSource whole, Collection<Erasure.Offsets> givenUp) {
    Set<RecordId> all = ids(found.records());
    Set<RecordId> more =
        PlanExecutor.within(spark, () -> new RecordsInArchive(spark, whole).lost(ids(givenUp)));
    more.removeAll(all);
    all.addAll(more);
    return new Found(
        offsets(all),
        found.versions(),
        found.otherKeys(),
        found.guarded(),
        found.failed(),
        found.through(),
        found.entries(),
        found.files(),
        found.archived(),
        found.undecided(),
        more.size());
  }

  /** What the table holds of records. */
  public Held held(DatasetSpec spec, Collection<Erasure.Offsets> records) {
    return PlanExecutor.within(
        spark,
        () -> {
          Dataset<Row> ids = Exclusion.ids(spark, List.copyOf(ids(records)));
          return new Held(
              read(log.folders().table())
                  .map(rows -> among(TableLayout.fromTable(spec, rows), ids))
                  .orElse(0L),
              read(log.folders().quarantine())
                  .map(rows -> among(rows.filter(Quarantine.ofDataset(spec.name())), ids))
                  .orElse(0L),
              read(log.folders().tombstones()).map(rows -> among(rows, ids)).orElse(0L));
        });
  }

  /** Whether there is a table at all. */
  public boolean exists() {
    return PlanExecutor.within(
        spark, () -> new DeltaTransactions(spark).exists(log.folders().table()));
  }

  /** Whether a property of the table is true. */
  public boolean has(String property) {
    return PlanExecutor.within(
        spark,
        () ->
            new DeltaTransactions(spark)
                .state(log.folders().table())
                .map(TableState::properties)
                .map(properties -> properties.get(property))
                .filter("true"::equalsIgnoreCase)
                .isPresent());
  }

  private static long among(Dataset<Row> rows, Dataset<Row> ids) {
    return PlanInput.archived(rows, ids).count();
  }

  private Optional<Dataset<Row>> read(Path table) {
    return new DeltaTransactions(spark).exists(table)
        ? Optional.of(spark.read().format("delta").load(table.toString()))
        : Optional.empty();
  }

  private static Set<RecordId> ids(Collection<Erasure.Offsets> records) {
    Set<RecordId> ids = new TreeSet<>();
    records.forEach(
        each ->
            each.offsets()
                .forEach(
                    offset ->
                        ids.add(
                            new RecordId(
                                each.topic(), each.incarnation(), each.partition(), offset))));
    return ids;
  }

  private static List<Erasure.Offsets> offsets(Collection<RecordId> ids) {
    Map<RecordId, List<Long>> byPartition = new TreeMap<>();
    for (RecordId id : ids) {
      byPartition
          .computeIfAbsent(
              new RecordId(id.topic(), id.incarnation(), id.partition(), 0),
              partition -> new ArrayList<>())
          .add(id.offset());
    }
    List<Erasure.Offsets> offsets = new ArrayList<>();
    byPartition.forEach(
        (partition, each) ->
            offsets.add(
                new Erasure.Offsets(
                    partition.topic(), partition.incarnation(), partition.partition(), each)));
    return offsets;
  }

  /** Adds what there is, and returns it. */
  private Set<RecordId> collect(
      KeyMeaning meaning, Supplier<Optional<Dataset<Row>>> rows, Map<RecordId, Long> found) {
    List<Row> few = within(meaning, () -> rows.get().map(RecordsOfKey::few).orElse(List.of()));
    few.forEach(row -> found.putIfAbsent(BadRecord.id(row), row.getLong(4)));
    if (few.size() > MOST_RECORDS || found.size() > MOST_RECORDS) {
      throw new TributaryException(
          ErrorCode.SETTING_INVALID,
          "More than %d records have this key, as no person has. Correct the key; or erase them in parts, with --records."
              .formatted(MOST_RECORDS));
    }
    return few.stream().map(BadRecord::id).collect(Collectors.toCollection(TreeSet::new));
  }

  private static List<Row> few(Dataset<Row> rows) {
    return rows.select(
            ArchiveRows.columns(Coordinates.RECORD, List.of(Names.column(Coordinates.SEQUENCE))))
        .limit(MOST_RECORDS + 1)
        .collectAsList();
  }

  /** Records in the quarantine that nothing has asked for the key. */
  private long undecided(
      KeyMeaning meaning, String dataset, PlanSource whole, Map<RecordId, Long> found) {
    return within(
        meaning,
        () ->
            Exclusion.leaveOut(
                    meaning.session(),
                    Quarantine.unresolved(
                            new Quarantine(meaning.session(), log.folders().quarantine()).all())
                        .filter(Quarantine.ofDataset(dataset).and(not(meaning.decides(whole)))),
                    List.copyOf(found.keySet()))
                .select(ArchiveRows.columns(Coordinates.RECORD, List.of()))
                .distinct()
                .count());
  }

  /** Records in the archive without a value whose Kafka key does not tell. */
  private long untold(KeyMeaning meaning, PlanSource whole, Map<RecordId, Long> found) {
    if (meaning.columns().isEmpty()) {
      return 0;
    }
    List<RecordId> known = List.copyOf(found.keySet());
    Column untold =
        Names.column("_tombstone").and(meaning.ofKafka(Names.column(ArchiveRows.KEY)).isNull());
    long count = 0;
    for (EntryRange range : whole.ranges()) {
      ArchiveReader reader = reader(range);
      for (PlanSource source : parts(whole, range)) {
        count +=
            within(
                meaning,
                () ->
                    Exclusion.leaveOut(
                            meaning.session(),
                            reader.undecoded(meaning.session(), source).filter(untold),
                            known)
                        .count());
      }
    }
    return count;
  }

  private static ArchiveReader reader(EntryRange range) {
    return new ArchiveReader(
        RecordScope.WHOLE, new ArchiveHeads(Map.of(range.topic(), range.to())));
  }

  /** As many entries as one pass should take. */
  private static List<PlanSource> parts(PlanSource whole, EntryRange range) {
    List<PlanSource> parts = new ArrayList<>();
    for (long from = range.from(); from <= range.to(); from += ENTRIES_AT_ONCE) {
      EntryRange part =
          new EntryRange(range.topic(), from, Math.min(range.to(), from + ENTRIES_AT_ONCE - 1));
      parts.add(new PlanSource(whole.archive(), List.of(part)));
    }
    return parts;
  }

  private static <T> T within(KeyMeaning meaning, Supplier<T> work) {
    try {
      return PlanExecutor.within(meaning.session(), work);
    } catch (Exception e) {
      if (Failures.cause(e, InterruptedException.class).isPresent()) {
        throw e;
      }
      TributaryException coded = Failures.coded(e);
      if (!ofSteps(e, coded)) {
        throw coded;
      }
      // Steps throw what they like, and may quote the record: neither it nor its message is told.
      throw new TributaryException(
          ErrorCode.TRANSFORM_FAILED,
          "The records of a key cannot be found by the steps of dataset '%s' (version %d), since one of them failed (%s). Find them otherwise, and give their coordinates with --records."
              .formatted(
                  meaning.spec().name(), meaning.version(), cause(e).getClass().getSimpleName()));
    }
  }

  /** Whether a step is to blame, and not what the records are read from. */
  private static boolean ofSteps(Exception failure, TributaryException coded) {
    return coded.code() == ErrorCode.TRANSFORM_FAILED
        || (coded.code() == ErrorCode.INTERNAL_ERROR && thrown(cause(failure)))
        || Failures.cause(failure, JsonProcessingException.class).isPresent();
  }

  /** Executors that are lost and disks that are full are no step's doing. */
  private static boolean thrown(Throwable root) {
    boolean jobs = root instanceof SparkException said && said.getSqlState() == null;
    return !jobs && !(root instanceof IOException) && !(root instanceof VirtualMachineError);
  }

  private static Throwable cause(Throwable failure) {
    Throwable at = failure;
    while (at.getCause() != null && at.getCause() != at) {
      at = at.getCause();
    }
    return at;
  }
}
