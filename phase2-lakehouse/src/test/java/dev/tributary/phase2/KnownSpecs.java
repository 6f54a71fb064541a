package dev.tributary.phase2;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.metastore.Activation;
import dev.tributary.core.metastore.DdlOperation;
import dev.tributary.core.metastore.FoundColumns;
import dev.tributary.core.metastore.Metastore;
import dev.tributary.core.metastore.RunReport;
import dev.tributary.core.metastore.TableReport;
import dev.tributary.core.spec.ArchiveSpec;
import dev.tributary.core.spec.ColumnSpec;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.SourceSpec;
import dev.tributary.core.spec.Versioned;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/** A metastore in memory. */
public final class KnownSpecs implements Metastore {
  private final Map<String, SourceSpec> sources = new TreeMap<>();
  private final Map<String, List<DatasetSpec>> datasets = new TreeMap<>();

  /** By dataset the versions that are not the one that should be in force. */
  private final Map<String, Set<Long>> hidden = new TreeMap<>();

  private final Map<String, NavigableSet<Long>> waiting = new TreeMap<>();
  private final AtomicReference<Runnable> beforeLookUp = new AtomicReference<>(() -> {});
  private volatile boolean away;
  private volatile String untaken = "";
  private final List<Activation> reports = new CopyOnWriteArrayList<>();
  private final List<TableReport> tables = new CopyOnWriteArrayList<>();
  private final AtomicInteger lost = new AtomicInteger();
  private final AtomicInteger refusals = new AtomicInteger();
  private volatile ErrorCode refusal = ErrorCode.METASTORE_REFUSED;
  private final AtomicInteger askedByVersion = new AtomicInteger();

  /** Registers an archive's source under its first topic's name. */
  public void source(TestArchive archive, String... moreTopics) {
    List<String> topics = new ArrayList<>(List.of(archive.topic()));
    topics.addAll(List.of(moreTopics));
    source(archive.topic(), topics, archive.location());
  }

  /** Registers a source. */
  public void source(String name, String topic, String archive) {
    source(name, List.of(topic), archive);
  }

  private void source(String name, List<String> topics, String archive) {
    sources.put(
        name,
        new SourceSpec(
            name,
            "localhost:9092",
            topics,
            null,
            null,
            null,
            new ArchiveSpec(archive, null, null, null),
            null,
            null,
            null));
  }

  /** Registers the next version of a dataset. */
  public synchronized void dataset(DatasetSpec spec) {
    datasets.computeIfAbsent(spec.name(), name -> new ArrayList<>()).add(spec);
  }

  /** Registers the next version of a dataset, which waits for a rebuild. */
  public synchronized long awaiting(DatasetSpec spec) {
    dataset(spec);
    long version = datasets.get(spec.name()).size();
    waiting.computeIfAbsent(spec.name(), name -> new TreeSet<>()).add(version);
    hidden.computeIfAbsent(spec.name(), name -> new TreeSet<>()).add(version);
    return version;
  }

  @Override
  public synchronized List<Versioned<DatasetSpec>> awaitingRebuild(String name) {
    return waiting(name).descendingSet().stream()
        .map(version -> find(name, version).orElseThrow())
        .toList();
  }

  private NavigableSet<Long> waiting(String name) {
    return waiting.getOrDefault(name, new TreeSet<>());
  }

  /** Runs something in the middle of a driver's work: when it next asks for its source. */
  public void beforeNextLookUp(Runnable action) {
    beforeLookUp.set(action);
  }

  /** What was reported, as the metastore keeps it: what is said again changes nothing. */
  public List<Activation> activations() {
    Map<String, Activation> first = new LinkedHashMap<>();
    reports.forEach(
        report ->
            first.putIfAbsent(
                report.dataset() + " " + report.version() + " " + report.outcome(), report));
    return List.copyOf(first.values());
  }

  /** Every report. */
  public List<Activation> reports() {
    return reports;
  }

  /** Whether it is away when it is next told of a version, so many times, or of a table. */
  public void loseReports(int next) {
    lost.set(next);
  }

  @Override
  public List<Versioned<SourceSpec>> sources() {
    return sources.values().stream().map(spec -> new Versioned<>(1, 0, spec)).toList();
  }

  @Override
  public synchronized List<Versioned<DatasetSpec>> datasets() {
    return datasets.keySet().stream().map(name -> dataset(name).orElseThrow()).toList();
  }

  @Override
  public Optional<Versioned<SourceSpec>> source(String name) {
    beforeLookUp.getAndSet(() -> {}).run();
    return Optional.ofNullable(sources.get(name)).map(spec -> new Versioned<>(1, 0, spec));
  }

  @Override
  public synchronized Optional<Versioned<DatasetSpec>> dataset(String name) {
    long version = datasets.getOrDefault(name, List.of()).size();
    while (hidden.getOrDefault(name, Set.of()).contains(version)) {
      version--;
    }
    return find(name, version);
  }

  @Override
  public synchronized Optional<Versioned<DatasetSpec>> dataset(String name, long version) {
    askedByVersion.incrementAndGet();
    return find(name, version);
  }

  /** How often a version was asked for by its number. */
  public int askedByVersion() {
    return askedByVersion.get();
  }

  /** Loses the newest version of a dataset, as one that is restored from an older backup. */
  public synchronized void forgetNewest(String name) {
    long version = datasets.get(name).size();
    datasets.get(name).remove((int) version - 1);
    waiting(name).remove(version);
  }

  private Optional<Versioned<DatasetSpec>> find(String name, long version) {
    List<DatasetSpec> versions = datasets.getOrDefault(name, List.of());
    return version < 1 || version > versions.size()
        ? Optional.empty()
        : Optional.of(new Versioned<>(version, 0, versions.get((int) version - 1)));
  }

  @Override
  public Optional<byte[]> jar(String sha256) {
    return Optional.empty();
  }

  @Override
  public List<String> foundTopics(String source, List<String> topics) {
    return List.of();
  }

  @Override
  public void reportActivation(Activation activation) {
    if (lost.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
      throw new TributaryException(ErrorCode.METASTORE_UNAVAILABLE, "It is away.");
    }
    reports.add(activation);
    settle(activation);
  }

  private synchronized void settle(Activation activation) {
    String name = activation.dataset();
    if (!waiting(name).remove(activation.version())) {
      return;
    }
    if (activation.outcome() == Activation.Outcome.ACTIVE) {
      hidden.get(name).remove(activation.version());
      // Made without what it changed.
      waiting(name).tailSet(activation.version()).clear();
    }
  }

  /** As the metastore does it, one version for all of the operations. */
  @Override
  public synchronized void foundColumns(
      String dataset, long version, List<DdlOperation> operations, String reason) {
    if (away) {
      throw new TributaryException(ErrorCode.METASTORE_UNAVAILABLE, "It is away.");
    }
    List<DatasetSpec> versions = datasets.get(dataset);
    if (versions.size() != version) {
      throw new TributaryException(ErrorCode.VERSION_CONFLICT, "There is another version.");
    }
    DatasetSpec spec = versions.get(versions.size() - 1);
    for (int i = 0; i < operations.size(); i++) {
      DdlOperation operation = operations.get(i);
      requireTaken(versions.get(versions.size() - 1), operation, i);
      List<ColumnSpec> columns = new ArrayList<>(spec.columns());
      if (operation instanceof DdlOperation.AddColumn add) {
        columns.add(
            add.column().withId(Optional.of("%d.%s".formatted(version + 1, add.column().name()))));
      } else if (operation instanceof DdlOperation.WidenColumn widen) {
        columns.replaceAll(
            column -> column.name().equals(widen.name()) ? column.withType(widen.type()) : column);
      }
      spec = spec.withColumns(columns);
    }
    dataset(spec);
  }

  private void requireTaken(DatasetSpec spec, DdlOperation operation, int index) {
    boolean spoilt =
        operation instanceof DdlOperation.AddColumn add && add.column().name().equals(untaken);
    if (spoilt
        || FoundColumns.refusal(spec).or(() -> FoundColumns.refusal(spec, operation)).isPresent()) {
      throw new TributaryException(ErrorCode.METASTORE_REFUSED, "It is refused.")
          .at("/operations/%d/column".formatted(index));
    }
  }

  @Override
  public boolean away() {
    return away;
  }

  /** Whether it answers when it is asked for a change. */
  public void away(boolean is) {
    away = is;
  }

  /** Names a column that it does not take. */
  public void refuse(String column) {
    untaken = column;
  }

  @Override
  public void reportRun(RunReport report) {}

  @Override
  public void reportTable(TableReport report) {
    if (refusals.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
      throw new TributaryException(refusal, "It is refused.");
    }
    if (lost.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
      throw new TributaryException(ErrorCode.METASTORE_UNAVAILABLE, "It is away.");
    }
    tables.add(report);
  }

  /** Refuses what is reported next of a table, so many times. */
  public void refuseTable(ErrorCode code, int times) {
    refusal = code;
    refusals.set(times);
  }

  /** What was reported of tables. */
  public List<TableReport> tables() {
    return tables;
  }
}
