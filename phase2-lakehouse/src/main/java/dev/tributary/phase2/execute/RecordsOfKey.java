package dev.tributary.phase2.execute;

import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.not;
import static org.apache.spark.sql.functions.udf;
import static org.apache.spark.sql.functions.when;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.tributary.archive.ManifestEntry;
import dev.tributary.archive.ManifestLog;
import dev.tributary.archive.file.ArchiveFile;
import dev.tributary.archive.file.Segment;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.json.Json;
import dev.tributary.core.spec.ColumnSpec;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.phase2.plan.EntryRange;
import dev.tributary.phase2.plan.Erasure;
import dev.tributary.phase2.plan.PlanLog;
import dev.tributary.phase2.plan.PlanSource;
import dev.tributary.phase2.step.Coordinates;
import dev.tributary.phase2.step.DatasetSession;
import dev.tributary.phase2.table.DeltaTransactions;
import dev.tributary.phase2.table.TableState;
import dev.tributary.streaming.Failures;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * Finds the records that are about one key: in the whole archive, whether a table has read them or
 * not, and in the table, its quarantine and its tombstones, which may have outlived their records.
 */
public final class RecordsOfKey {
  /** More than that is no person's, and a driver holds them in memory. */
  private static final int MOST_RECORDS = 200_000;

  private static final long ENTRIES_AT_ONCE = 10_000;

  /** Why a record is refused for one column's sake. */
  private static final List<String> OF_COLUMNS = List.of("missing-column", "wrong-type");

  /** Why a record without a value is. */
  private static final List<String> OF_TOMBSTONES =
      List.of("tombstone", "tombstone-key", "tombstone-time");

  private final SparkSession spark;
  private final PlanLog log;
  private final Configuration configuration;

  /** Of a dataset whose table this log is of. */
  public RecordsOfKey(SparkSession spark, PlanLog log) {
    this.spark = spark;
    this.log = log;
    this.configuration = spark.sessionState().newHadoopConf();
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
    DatasetSpec now = spec(dataset, version);
    Map<String, String> wanted = wanted(now, key, column);
    List<Long> others = otherKeys(dataset, version, wanted.keySet());
    List<Meaning> meanings = meanings(dataset, version, wanted, others, key);
    Map<Long, Long> versions = new TreeMap<>();
    Set<Long> guarded = new TreeSet<>();
    Map<RecordId, Long> found = new TreeMap<>();
    Map<String, Long> through = new TreeMap<>();
    for (EntryRange range : whole.ranges()) {
      through.put(range.topic(), range.to());
      ArchiveReader reader = reader(range);
      for (PlanSource source : parts(whole, range)) {
        for (Meaning meaning : meanings) {
          Set<RecordId> of = collect(meaning, () -> meaning.archived(reader, source), found);
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
    Map<String, List<Long>> entries = entries(found);
    long files = files(whole, found);
    Meaning last = meanings.get(meanings.size() - 1);
    for (Path table : List.of(log.folders().table(), log.folders().tombstones())) {
      collect(last, () -> last.held(table, now), found);
    }
    collect(last, () -> last.setAside(dataset), found);
    return new Found(
        offsets(found.keySet()),
        versions,
        others,
        List.copyOf(guarded),
        through,
        entries,
        files,
        archived,
        undecided(last, dataset, whole, found) + untold(last, whole, found),
        0);
  }

  /** What is known of records whose coordinates a person gives. */
  public Found of(PlanSource whole, Collection<Erasure.Offsets> given) {
    Map<RecordId, Long> found = new TreeMap<>();
    Set<RecordId> ids = ids(given);
    for (EntryRange range : whole.ranges()) {
      ManifestLog archive = ManifestLog.open(whole.archive(), range.topic(), configuration);
      ids.stream()
          .filter(id -> id.topic().equals(range.topic()))
          .forEach(
              id ->
                  archive
                      .sequenceOf(id.incarnation(), id.partition(), id.offset())
                      .ifPresent(sequence -> found.put(id, sequence)));
    }
    Map<String, Long> through = new TreeMap<>();
    whole.ranges().forEach(range -> through.put(range.topic(), range.to()));
    return new Found(
        offsets(ids),
        Map.of(),
        List.of(),
        List.of(),
        through,
        entries(found),
        files(whole, found),
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
    Set<RecordId> more = PlanExecutor.within(spark, () -> lost(whole, ids(givenUp)));
    more.removeAll(all);
    all.addAll(more);
    return new Found(
        offsets(all),
        found.versions(),
        found.otherKeys(),
        found.guarded(),
        found.through(),
        found.entries(),
        found.files(),
        found.archived(),
        found.undecided(),
        more.size());
  }

  private Set<RecordId> lost(PlanSource whole, Set<RecordId> ids) {
    Set<RecordId> lost = new TreeSet<>();
    for (EntryRange range : whole.ranges()) {
      ManifestLog archive = ManifestLog.open(whole.archive(), range.topic(), configuration);
      TreeMap<Long, List<RecordId>> byEntry = new TreeMap<>();
      for (RecordId id : ids) {
        if (id.topic().equals(range.topic())) {
          archive
              .sequenceOf(id.incarnation(), id.partition(), id.offset())
              .ifPresent(
                  sequence ->
                      byEntry.computeIfAbsent(sequence, entry -> new ArrayList<>()).add(id));
        }
      }
      Map<Long, List<RecordId>> held = byEntry.subMap(range.from(), true, range.to(), true);
      if (held.isEmpty()) {
        continue;
      }
      List<RecordId> wanted = held.values().stream().flatMap(List::stream).toList();
      EntryRange part =
          new EntryRange(
              range.topic(),
              held.keySet().stream().min(Long::compare).orElseThrow(),
              held.keySet().stream().max(Long::compare).orElseThrow());
      lost.addAll(wanted);
      new ArchiveReader(
              RecordScope.WHOLE.only(Exclusion.ids(spark, wanted)),
              new ArchiveHeads(Map.of(range.topic(), range.to())))
          .undecoded(spark, new PlanSource(whole.archive(), List.of(part)))
          .collectAsList()
          .forEach(row -> lost.remove(BadRecord.id(row)));
    }
    return lost;
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

  private static Map<String, List<Long>> entries(Map<RecordId, Long> found) {
    Map<String, TreeSet<Long>> entries = new TreeMap<>();
    found.forEach(
        (id, sequence) ->
            entries.computeIfAbsent(id.topic(), topic -> new TreeSet<>()).add(sequence));
    Map<String, List<Long>> ordered = new TreeMap<>();
    entries.forEach((topic, sequences) -> ordered.put(topic, List.copyOf(sequences)));
    return ordered;
  }

  private long files(PlanSource whole, Map<RecordId, Long> found) {
    long files = 0;
    for (EntryRange range : whole.ranges()) {
      ManifestLog archive = ManifestLog.open(whole.archive(), range.topic(), configuration);
      Map<Long, List<RecordId>> byEntry = new TreeMap<>();
      found.forEach(
          (id, sequence) -> {
            if (id.topic().equals(range.topic())) {
              byEntry.computeIfAbsent(sequence, entry -> new ArrayList<>()).add(id);
            }
          });
      Set<String> paths = new HashSet<>();
      byEntry.forEach(
          (sequence, ids) -> {
            for (ManifestEntry entry : archive.held(sequence, sequence, range.to())) {
              for (ArchiveFile file : entry.files()) {
                if (ids.stream().anyMatch(id -> holds(file, id))) {
                  paths.add(file.path());
                }
              }
            }
          });
      files += paths.size();
    }
    return files;
  }

  private static boolean holds(ArchiveFile file, RecordId id) {
    for (Segment segment : file.segments()) {
      if (segment.incarnation() == id.incarnation()
          && segment.partition() == id.partition()
          && segment.first() <= id.offset()
          && id.offset() <= segment.last()) {
        return true;
      }
    }
    return false;
  }

  /** Adds what there is, and returns it. */
  private Set<RecordId> collect(
      Meaning meaning, Supplier<Optional<Dataset<Row>>> rows, Map<RecordId, Long> found) {
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
      Meaning meaning, String dataset, PlanSource whole, Map<RecordId, Long> found) {
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
  private long untold(Meaning meaning, PlanSource whole, Map<RecordId, Long> found) {
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

  private static <T> T within(Meaning meaning, Supplier<T> work) {
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
              .formatted(meaning.spec().name(), meaning.version(), root(e)));
    }
  }

  /** Whether a step is to blame, and not what the records are read from. */
  private static boolean ofSteps(Exception failure, TributaryException coded) {
    return coded.code() == ErrorCode.TRANSFORM_FAILED
        || coded.code() == ErrorCode.INTERNAL_ERROR
        || Failures.cause(failure, JsonProcessingException.class).isPresent();
  }

  private static String root(Throwable failure) {
    Throwable at = failure;
    while (at.getCause() != null && at.getCause() != at) {
      at = at.getCause();
    }
    return at.getClass().getSimpleName();
  }

  private List<Meaning> meanings(
      String dataset, long version, Map<String, String> wanted, List<Long> others, String key) {
    Map<List<Object>, Meaning> meanings = new LinkedHashMap<>();
    for (long each = 1; each <= version; each++) {
      Optional<DatasetSpec> spec = log.spec(dataset, each);
      if (spec.isEmpty() || others.contains(each)) {
        continue;
      }
      Map<ColumnSpec, String> values = values(spec.get(), wanted);
      if (values.size() < wanted.size()) {
        // A column that came later.
        continue;
      }
      List<Object> same =
          List.of(
              values,
              spec.get().transforms(),
              spec.get().format(),
              spec.get().transforms().isEmpty() ? List.of() : spec.get().columns(),
              spec.get().write().mode().keyed());
      Meaning meaning = meaning(spec.get(), each, values, key);
      if (each == version) {
        meaning.requirePossible();
      }
      meanings.remove(same);
      if (meaning.possible()) {
        meanings.put(same, meaning);
      }
    }
    return List.copyOf(meanings.values());
  }

  /** Versions whose key is another one: the same text would mean another record there. */
  private List<Long> otherKeys(String dataset, long version, Set<String> wanted) {
    boolean keyed = spec(dataset, version).write().mode().keyed();
    List<Long> others = new ArrayList<>();
    for (long each = 1; each < version; each++) {
      Optional<DatasetSpec> spec = log.spec(dataset, each);
      boolean other =
          spec.isPresent()
              && (spec.get().write().mode().keyed() != keyed
                  || (keyed && !identities(spec.get()).equals(wanted)));
      if (other) {
        others.add(each);
      }
    }
    return others;
  }

  private static Set<String> identities(DatasetSpec spec) {
    Set<String> identities = new HashSet<>();
    for (String name : spec.write().primaryKey()) {
      column(spec, name).map(ColumnSpec::identity).ifPresent(identities::add);
    }
    return identities;
  }

  private static Optional<ColumnSpec> column(DatasetSpec spec, String name) {
    return spec.columns().stream().filter(each -> each.name().equalsIgnoreCase(name)).findFirst();
  }

  private Meaning meaning(
      DatasetSpec spec, long version, Map<ColumnSpec, String> wanted, String key) {
    DatasetSession session =
        DatasetSession.open(spark, spec, sha256 -> log.jar(sha256).orElseThrow());
    return new Meaning(spec, version, session, log, wanted, key);
  }

  /** By key column's identity the text of its value; none where Kafka's key is meant. */
  private static Map<String, String> wanted(DatasetSpec spec, String key, Optional<String> column) {
    List<String> names =
        spec.write().mode().keyed()
            ? spec.write().primaryKey()
            : column.map(List::of).orElse(List.of());
    if (names.isEmpty()) {
      return Map.of();
    }
    Map<String, String> texts = names.size() == 1 ? Map.of(names.get(0), key) : parsed(key);
    Map<String, String> wanted = new LinkedHashMap<>();
    for (String name : names) {
      String text =
          texts.entrySet().stream()
              .filter(each -> each.getKey().equalsIgnoreCase(name))
              .map(Map.Entry::getValue)
              .findFirst()
              .orElseThrow(() -> noKey(spec.name(), column));
      wanted.put(column(spec, name).orElseThrow(() -> noKey(spec.name(), column)).identity(), text);
    }
    return wanted;
  }

  private static Map<ColumnSpec, String> values(DatasetSpec spec, Map<String, String> wanted) {
    Map<ColumnSpec, String> values = new LinkedHashMap<>();
    for (ColumnSpec column : spec.columns()) {
      if (wanted.containsKey(column.identity())) {
        values.put(column, wanted.get(column.identity()));
      }
    }
    return values;
  }

  private static Map<String, String> parsed(String key) {
    try {
      Map<String, String> texts = new LinkedHashMap<>();
      for (Map.Entry<String, JsonNode> field : Json.mapper().readTree(key).properties()) {
        texts.put(field.getKey(), field.getValue().asText());
      }
      return texts;
    } catch (IOException e) {
      // The key is not quoted: what is wrong with it says the caller.
      return Map.of();
    }
  }

  private static TributaryException noKey(String dataset, Optional<String> column) {
    return new TributaryException(
        ErrorCode.SETTING_INVALID,
        column
            .map(
                name ->
                    "Dataset '%s' has no column '%s'. Name one that it has."
                        .formatted(dataset, name))
            .orElseGet(
                () ->
                    "The key of dataset '%s' has several columns. Give it as a JSON object of them, such as {\"a\":1,\"b\":\"x\"}."
                        .formatted(dataset)));
  }

  private DatasetSpec spec(String dataset, long version) {
    return log.spec(dataset, version).orElseThrow();
  }

  /** What one version of the dataset, or several that agree on it, takes for the key. */
  private record Meaning(
      DatasetSpec spec,
      long version,
      DatasetSession dataset,
      PlanLog log,
      Map<ColumnSpec, String> columns,
      String key) {
    SparkSession session() {
      return dataset.session();
    }

    /** Whether columns that may have been narrower once can have had such values. */
    boolean possible() {
      return columns.keySet().stream().allMatch(column -> text(column).isPresent());
    }

    /** A value that the column cannot have is a slip, and would find nothing without a word. */
    void requirePossible() {
      columns
          .keySet()
          .forEach(
              column -> {
                if (text(column).isEmpty()) {
                  throw new TributaryException(
                      ErrorCode.SETTING_INVALID,
                      "The key that was given is no %s, which the column %s of dataset '%s' is, or none that stays as it is there. Write it as the table has it."
                          .formatted(column.type(), column.name(), spec.name()));
                }
              });
    }

    /** The value as Spark writes such values; empty: the column cannot have it. */
    private Optional<String> text(ColumnSpec column) {
      Dataset<Row> given =
          session()
              .createDataFrame(
                  List.of(RowFactory.create(columns.get(column))),
                  new StructType().add("given", DataTypes.StringType));
      Column value = Names.column("given").try_cast(TableLayout.type(column));
      return Optional.ofNullable(given.select(value.cast("string")).head().getString(0))
          .filter(text -> KeyText.keeps(TableLayout.type(column), columns.get(column), text));
    }

    private Column matches(Column value, ColumnSpec column) {
      return is(value.try_cast(TableLayout.type(column)), text(column).orElseThrow());
    }

    /**
     * A function and no literal, which Spark would write into its event log, its UI and the
     * messages of its errors.
     */
    private static Column is(Column value, String text) {
      return udf((UDF1<String, Boolean>) text::equals, DataTypes.BooleanType)
          .apply(value.cast("string"));
    }

    /**
     * True for rows of the quarantine whose record was asked for its key all the same: the archive
     * has it, or the row says enough of it.
     */
    Column decides(PlanSource whole) {
      Column archived =
          whole.ranges().stream()
              .map(
                  range ->
                      Names.column(Coordinates.TOPIC)
                          .equalTo(range.topic())
                          .and(Names.column(Coordinates.SEQUENCE).geq(range.from())))
              .reduce(Column::or)
              .orElse(lit(false));
      Column cut = Names.column(ArchiveRows.KEY);
      if (columns.isEmpty()) {
        String shown = BadRecord.cutKey(key);
        return shown.equals(key) ? lit(true) : archived.or(not(is(cut, shown)));
      }
      Column read = Names.column("_step").isin(ArchiveRows.CONFORM, Expectations.STEP);
      if (dataset.steps().rows().isEmpty()) {
        read = read.or(Names.column("_code").isin(OF_COLUMNS.toArray()));
      }
      Column told = archived.or(ofCutKey(cut).isNotNull());
      return when(ofTombstone(), told).otherwise(archived.and(read));
    }

    private static Column ofTombstone() {
      return Names.column("_code").isin(OF_TOMBSTONES.toArray());
    }

    /** As below, of the key in a row of the quarantine, which may be the beginning of one. */
    private Column ofCutKey(Column shown) {
      Column isCut =
          udf((UDF1<String, Boolean>) BadRecord::isCut, DataTypes.BooleanType).apply(shown);
      return when(not(isCut), ofKafka(shown));
    }

    /**
     * Whether the Kafka key of a record without a value is the key; null where it does not tell. It
     * is the key itself, as a dataset takes it that deletes by it, or JSON with the columns.
     */
    Column ofKafka(Column kafkaKey) {
      Column fields = lit(true);
      for (ColumnSpec column : columns.keySet()) {
        List<String> names =
            Stream.concat(column.path().stream(), Stream.of(column.name())).toList();
        Column field =
            udf((UDF1<String, String>) text -> KafkaKey.field(text, names), DataTypes.StringType)
                .apply(kafkaKey);
        fields = fields.and(known(field, column));
      }
      Column object =
          udf((UDF1<String, Boolean>) KafkaKey::isObject, DataTypes.BooleanType).apply(kafkaKey);
      Column plain = lit(null).cast(DataTypes.BooleanType);
      Column same = lit(false);
      if (columns.size() == 1 && spec.write().mode().keyed()) {
        ColumnSpec column = columns.keySet().iterator().next();
        same = matches(kafkaKey, column);
        if (Tombstones.of(spec) == Tombstones.DELETE) {
          plain = known(kafkaKey, column);
        }
      }
      return when(kafkaKey.isNull(), lit(false))
          .when(same, lit(true))
          .when(object, fields)
          .otherwise(plain);
    }

    /** Whether a text is the value of a column; null where it is none. */
    private Column known(Column text, ColumnSpec column) {
      return when(text.try_cast(TableLayout.type(column)).isNotNull(), matches(text, column));
    }

    private Column matches(Dataset<Row> rows) {
      Column matches = lit(true);
      for (ColumnSpec column : columns.keySet()) {
        Optional<String> there =
            List.of(rows.columns()).stream().filter(column.name()::equalsIgnoreCase).findFirst();
        matches =
            matches.and(there.map(name -> matches(Names.column(name), column)).orElse(lit(false)));
      }
      return matches;
    }

    Optional<Dataset<Row>> archived(ArchiveReader reader, PlanSource source) {
      Dataset<Row> keys = reader.undecoded(session(), source);
      Column ofKey = Names.column(ArchiveRows.KEY);
      if (columns.isEmpty()) {
        return Optional.of(coordinates(keys.filter(is(ofKey, key))));
      }
      Dataset<Row> tombstones = keys.filter(Names.column("_tombstone").and(ofKafka(ofKey)));
      return Optional.of(valued(reader, source, true).union(coordinates(tombstones)).distinct());
    }

    /** Also what filters leave out; the steps behind them may not be made for it. */
    Optional<Dataset<Row>> unfiltered(ArchiveReader reader, PlanSource source) {
      boolean filters = dataset.steps().mayFilter() || spec.combines();
      return columns.isEmpty() || !filters
          ? Optional.empty()
          : Optional.of(valued(reader, source, false).distinct());
    }

    private Dataset<Row> valued(ArchiveReader reader, PlanSource source, boolean filtering) {
      Diversion diversion = new Diversion();
      session().sparkContext().register(diversion);
      Dataset<Row> all =
          new ArchiveRows(dataset, spec, reader)
              .valued(source, List.copyOf(columns.keySet()), thrown(), filtering, diversion);
      return coordinates(all.filter(matches(all)));
    }

    /** A step that throws on a record would end the search. */
    private List<RecordId> thrown() {
      return new Quarantine(session(), log.folders().quarantine())
              .all()
              .filter(Names.column("_code").equalTo("transform-failed"))
              .select(ArchiveRows.columns(Coordinates.RECORD, List.of()))
              .distinct()
              .collectAsList()
              .stream()
              .map(BadRecord::id)
              .toList();
    }

    /** Rows of the table, or its tombstones, that have the key. */
    Optional<Dataset<Row>> held(Path table, DatasetSpec now) {
      if (columns.isEmpty() || !new DeltaTransactions(session()).exists(table)) {
        return Optional.empty();
      }
      Dataset<Row> rows = session().read().format("delta").load(table.toString());
      if (table.equals(log.folders().table())) {
        rows = TableLayout.fromTable(now, rows);
      }
      return Optional.of(coordinates(rows.filter(matches(rows))));
    }

    /** Records in quarantine by Kafka's key, where that is meant or all that there is. */
    Optional<Dataset<Row>> setAside(String name) {
      Dataset<Row> rows =
          new Quarantine(session(), log.folders().quarantine())
              .all()
              .filter(Quarantine.ofDataset(name));
      Column shown = Names.column(ArchiveRows.KEY);
      if (!columns.isEmpty()) {
        return Optional.of(coordinates(rows.filter(ofTombstone().and(ofCutKey(shown)))));
      }
      return BadRecord.cutKey(key).equals(key)
          ? Optional.of(coordinates(rows.filter(is(shown, key))))
          : Optional.empty();
    }

    private static Dataset<Row> coordinates(Dataset<Row> rows) {
      return rows.select(
          ArchiveRows.columns(Coordinates.RECORD, List.of(Names.column(Coordinates.SEQUENCE))));
    }
  }
}
