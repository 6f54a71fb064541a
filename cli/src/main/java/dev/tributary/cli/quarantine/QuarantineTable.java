package dev.tributary.cli.quarantine;

import dev.tributary.cli.table.DeltaSnapshot;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.phase2.plan.TableFolders;
import dev.tributary.phase2.step.Coordinates;
import io.delta.kernel.data.Row;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;

/**
 * What a dataset has in quarantine. The table is read row by row, and what is kept of it in memory
 * does not grow with it. Not thread-safe.
 */
public final class QuarantineTable {
  private static final String KEY = "_key";
  private static final String STEP = "_step";
  private static final String CODE = "_code";
  private static final String MESSAGE = "_message";
  private static final String DATASET = "_dataset";
  private static final String DATASET_VERSION = "_dataset_version";
  private static final String PLAN = "_plan";
  private static final String RESOLVED_AT = "_resolved_at";
  private static final String RESOLVED_PLAN = "_resolved_plan";
  private static final String VALUE = "_value";
  private static final String VALUE_BASE64 = "_value_base64";

  /** Values are great, and Delta's reader has as many rows as this in memory at once. */
  private static final int VALUES_AT_ONCE = 16;

  private static final List<String> COLUMNS =
      List.of(
          Coordinates.TOPIC,
          Coordinates.INCARNATION,
          Coordinates.PARTITION,
          Coordinates.OFFSET,
          Coordinates.TIMESTAMP,
          Coordinates.INGEST_TIME,
          Coordinates.SEQUENCE,
          KEY,
          STEP,
          CODE,
          MESSAGE,
          DATASET,
          DATASET_VERSION,
          PLAN,
          RESOLVED_AT,
          RESOLVED_PLAN);

  private static final List<String> VALUE_COLUMNS =
      List.of(
          Coordinates.TOPIC,
          Coordinates.INCARNATION,
          Coordinates.PARTITION,
          Coordinates.OFFSET,
          DATASET,
          VALUE,
          VALUE_BASE64);

  private final String dataset;
  private final String location;
  private final Configuration configuration;
  private final Optional<DeltaSnapshot> table;
  private final List<String> columns;

  private QuarantineTable(
      String dataset, String location, Configuration configuration, Optional<DeltaSnapshot> table) {
    this.dataset = dataset;
    this.location = location;
    this.configuration = configuration;
    this.table = table;
    this.columns =
        COLUMNS.stream()
            .filter(name -> table.filter(there -> there.columns().contains(name)).isPresent())
            .toList();
  }

  /** The newest version of a dataset's quarantine, which may not exist yet. */
  public static QuarantineTable open(DatasetSpec dataset, Configuration configuration) {
    String location = TableFolders.of(dataset.target().path()).quarantine().toString();
    return new QuarantineTable(
        dataset.name(), location, configuration, DeltaSnapshot.open(location, configuration));
  }

  /** Its URI. */
  public String location() {
    return location;
  }

  /**
   * What was found.
   *
   * @param found as many as were asked for
   * @param matching how many there are
   * @param nothing why there are none, for people; empty: there are some
   * @param resolved how many others of the dataset are resolved, where these were not asked for
   */
  public record Findings<T>(List<T> found, long matching, Optional<String> nothing, long resolved) {
    /** Copies the list. */
    public Findings {
      found = List.copyOf(found);
    }
  }

  /** The records by code and step, the largest groups first. */
  public Findings<QuarantineGroup> groups(QuarantineFilter filter, int limit) {
    Map<List<String>, QuarantineGroup.Tally> tallies = new HashMap<>();
    Seen seen =
        read(
            filter,
            record ->
                tallies
                    .computeIfAbsent(
                        List.of(record.code(), record.step()), key -> new QuarantineGroup.Tally())
                    .add(record));
    List<QuarantineGroup> largest =
        tallies.values().stream()
            .map(QuarantineGroup.Tally::group)
            .sorted(
                Comparator.comparingLong(QuarantineGroup::records)
                    .reversed()
                    .thenComparing(QuarantineGroup::code)
                    .thenComparing(QuarantineGroup::step))
            .limit(limit)
            .toList();
    return new Findings<>(largest, tallies.size(), nothing(seen, filter), seen.resolved);
  }

  /** The newest records by raw position, the oldest of them first. */
  public Findings<QuarantinedRecord> newest(QuarantineFilter filter, int limit) {
    PriorityQueue<QuarantinedRecord> newest = new PriorityQueue<>();
    Seen seen =
        read(
            filter,
            record -> {
              newest.add(record);
              if (newest.size() > limit) {
                newest.remove();
              }
            });
    return new Findings<>(
        newest.stream().sorted().toList(), seen.matching, nothing(seen, filter), seen.resolved);
  }

  /** How many records of manifest entries stand in it, by code; entries without any are absent. */
  public Map<EntrySpan, SortedMap<String, Long>> standing(Collection<EntrySpan> spans) {
    Map<String, List<EntrySpan>> byTopic =
        spans.stream().distinct().collect(Collectors.groupingBy(EntrySpan::topic));
    Map<EntrySpan, SortedMap<String, Long>> standing = new HashMap<>();
    QuarantineFilter all =
        new QuarantineFilter(
            Optional.empty(), Optional.empty(), Optional.empty(), QuarantineFilter.State.OPEN);
    read(
        all,
        record ->
            byTopic.getOrDefault(record.topic(), List.of()).stream()
                .filter(span -> span.holds(record))
                .forEach(
                    span ->
                        standing
                            .computeIfAbsent(span, none -> new TreeMap<>())
                            .merge(record.code(), 1L, Long::sum)));
    return standing;
  }

  /**
   * The values that it holds itself of some records, by {@link QuarantinedRecord#coordinates}; rows
   * from before it held any, and those whose records have none, have none here.
   *
   * @param most how many bytes of a value are kept
   */
  public Map<String, ArchivedValue> values(Collection<QuarantinedRecord> records, int most) {
    Set<String> wanted =
        records.stream().map(QuarantinedRecord::coordinates).collect(Collectors.toSet());
    Configuration few = new Configuration(configuration);
    few.setInt("delta.kernel.default.parquet.reader.batch-size", VALUES_AT_ONCE);
    Map<String, ArchivedValue> values = new HashMap<>();
    DeltaSnapshot.open(location, few)
        .filter(there -> there.columns().containsAll(VALUE_COLUMNS))
        .ifPresent(
            there ->
                there.read(
                    VALUE_COLUMNS,
                    row -> {
                      String record =
                          QuarantinedRecord.coordinates(
                              row.getString(0), row.getInt(1), row.getInt(2), row.getLong(3));
                      if (!wanted.contains(record) || !row.getString(4).equals(dataset)) {
                        return true;
                      }
                      if (!row.isNullAt(5)) {
                        values.put(record, ArchivedValue.ofText(row.getString(5), most));
                      } else if (!row.isNullAt(6)) {
                        values.put(record, ArchivedValue.ofBase64(row.getString(6), most));
                      }
                      return true;
                    }));
    return values;
  }

  /** What was read in the state that was asked for, and how much is resolved besides. */
  private static final class Seen {
    private final TreeSet<String> codes = new TreeSet<>();
    private final TreeSet<String> steps = new TreeSet<>();
    private long all;
    private long matching;
    private long resolved;
  }

  private Seen read(QuarantineFilter filter, Consumer<QuarantinedRecord> consumer) {
    Seen seen = new Seen();
    table.ifPresent(
        there ->
            there.read(
                columns,
                row -> {
                  QuarantinedRecord record = record(row);
                  // Several datasets may write one table.
                  if (!record.dataset().equals(dataset)) {
                    return true;
                  }
                  if (!filter.state().takes(record)) {
                    seen.resolved += record.resolved().isPresent() ? 1 : 0;
                  } else {
                    seen.all++;
                    seen.codes.add(record.code());
                    seen.steps.add(record.step());
                    if (filter.takes(record)) {
                      seen.matching++;
                      consumer.accept(record);
                    }
                  }
                  return true;
                }));
    return seen;
  }

  private Optional<String> nothing(Seen seen, QuarantineFilter filter) {
    if (seen.matching > 0) {
      return Optional.empty();
    }
    if (table.isEmpty()) {
      return Optional.of(
          "Nothing of dataset '%s' was ever set aside: its quarantine %s does not exist."
              .formatted(dataset, location));
    }
    if (seen.all == 0 && seen.resolved > 0) {
      return Optional.of(
          "Nothing of dataset '%s' stands in its quarantine %s any more; --state resolved shows the %d records that replays have resolved."
              .formatted(dataset, location, seen.resolved));
    }
    if (seen.all == 0 && filter.state() == QuarantineFilter.State.RESOLVED) {
      return Optional.of(
          "No replay has resolved a record of dataset '%s' in its quarantine %s."
              .formatted(dataset, location));
    }
    if (seen.all == 0) {
      return Optional.of(
          "Nothing of dataset '%s' is in its quarantine %s.".formatted(dataset, location));
    }
    return Optional.of(
        "Of the %d records of dataset '%s' in quarantine none is one%s"
            .formatted(seen.all, dataset, filter.described(seen.codes, seen.steps)));
  }

  private QuarantinedRecord record(Row row) {
    return new QuarantinedRecord(
        text(row, Coordinates.TOPIC).orElse(""),
        integer(row, Coordinates.INCARNATION),
        integer(row, Coordinates.PARTITION),
        number(row, Coordinates.OFFSET).orElse(-1L),
        number(row, Coordinates.TIMESTAMP).map(QuarantineTable::millis),
        number(row, Coordinates.INGEST_TIME).map(QuarantineTable::millis).orElse(-1L),
        number(row, Coordinates.SEQUENCE).orElse(-1L),
        text(row, KEY),
        text(row, STEP).orElse(""),
        text(row, CODE).orElse(""),
        text(row, MESSAGE),
        text(row, DATASET).orElse(dataset),
        number(row, DATASET_VERSION).orElse(0L),
        number(row, PLAN).orElse(-1L),
        number(row, RESOLVED_PLAN)
            .map(
                plan ->
                    new QuarantinedRecord.Resolution(
                        plan, number(row, RESOLVED_AT).map(QuarantineTable::millis).orElse(-1L))),
        Optional.empty());
  }

  private Optional<String> text(Row row, String column) {
    int at = columns.indexOf(column);
    return at < 0 || row.isNullAt(at) ? Optional.empty() : Optional.of(row.getString(at));
  }

  private Optional<Long> number(Row row, String column) {
    int at = columns.indexOf(column);
    return at < 0 || row.isNullAt(at) ? Optional.empty() : Optional.of(row.getLong(at));
  }

  private int integer(Row row, String column) {
    int at = columns.indexOf(column);
    return at < 0 || row.isNullAt(at) ? 0 : row.getInt(at);
  }

  private static long millis(long micros) {
    return Math.floorDiv(micros, 1_000L);
  }
}
