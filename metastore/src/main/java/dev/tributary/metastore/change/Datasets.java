package dev.tributary.metastore.change;

import static dev.tributary.metastore.change.Documents.notFound;
import static dev.tributary.metastore.change.Documents.refused;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.json.Json;
import dev.tributary.core.jsonschema.MessageSchema;
import dev.tributary.core.metastore.DdlOperation;
import dev.tributary.core.metastore.DmlOperation;
import dev.tributary.core.spec.ChecksSpec;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.SourceSpec;
import dev.tributary.core.spec.SpecState;
import dev.tributary.core.spec.TableChange;
import dev.tributary.core.spec.TransformSpec;
import dev.tributary.metastore.catalog.CatalogOutbox;
import dev.tributary.metastore.change.Change.Outcome;
import dev.tributary.metastore.change.DatasetRules.TableState;
import dev.tributary.metastore.store.Database;
import dev.tributary.metastore.store.DatasetRepository;
import dev.tributary.metastore.store.DatasetRepository.Retired;
import dev.tributary.metastore.store.Note;
import dev.tributary.metastore.store.SourceRepository;
import dev.tributary.metastore.store.StoredDataset;
import dev.tributary.metastore.store.StoredSource;
import dev.tributary.metastore.store.VersionState;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** Reads and changes datasets; each change is one transaction. */
public final class Datasets {
  private static final long MOST_LOST_VERSIONS = 10_000;

  private final Database database;
  private final DatasetRepository datasets;
  private final SourceRepository sources;
  private final Sources sourceChanges;
  private final Transforms transforms;
  private final Defaults defaults;
  private final CatalogOutbox catalog;
  private final Clock clock;

  /** Reads and changes what lies in the database. */
  public Datasets(
      Database database,
      DatasetRepository datasets,
      SourceRepository sources,
      Sources sourceChanges,
      Transforms transforms,
      Defaults defaults,
      CatalogOutbox catalog,
      Clock clock) {
    this.database = database;
    this.datasets = datasets;
    this.sources = sources;
    this.sourceChanges = sourceChanges;
    this.transforms = transforms;
    this.defaults = defaults;
    this.catalog = catalog;
    this.clock = clock;
  }

  /**
   * The entity tag of a dataset: it changes with every version, where a rejection makes an older
   * one effective again, and with the state; and a version whose number a restored database gives
   * out again has another. As a precondition only what stands before the state counts.
   */
  public static String etag(StoredDataset dataset) {
    return "\"%d.%d-%s.%d\""
        .formatted(
            dataset.version(), dataset.latest(), dataset.state().text(), dataset.createdAt());
  }

  /** The version that should be in force. */
  public StoredDataset get(String name) {
    return database.read(connection -> require(connection, name));
  }

  /** One version. */
  public StoredDataset get(String name, long version) {
    return database.read(connection -> require(connection, name, version));
  }

  /** The versions that should be in force, by name, after a name. */
  public List<StoredDataset> list(String after, int limit) {
    return database.read(connection -> datasets.list(connection, after, limit));
  }

  /** All versions before a version, newest first. */
  public List<StoredDataset> versions(String name, long before, int limit) {
    return database.read(
        connection -> {
          require(connection, name);
          return datasets.pageOfVersions(connection, name, before, limit);
        });
  }

  /**
   * A dataset and its source, from one snapshot.
   *
   * @param dataset the dataset
   * @param source its source's current version
   */
  public record Configuration(StoredDataset dataset, StoredSource source) {
    /** Changes when either changes. */
    public String etag() {
      return "\"%d.%d.%s.%d.%d.%d\""
          .formatted(
              dataset.version(),
              dataset.latest(),
              dataset.state().text(),
              dataset.createdAt(),
              source.version(),
              source.createdAt());
    }
  }

  /** What a driver needs to run a dataset: the version that should be in force, and its source. */
  public Configuration configuration(String name) {
    return database.read(
        connection ->
            configuration(
                connection, require(connection, name), datasets.sourceOf(connection, name)));
  }

  /** As {@link #configuration(String)}, of a given version. */
  public Configuration configuration(String name, long version) {
    return database.read(
        connection ->
            configuration(
                connection,
                require(connection, name, version),
                datasets.sourceOf(connection, name, version)));
  }

  private Configuration configuration(Connection connection, StoredDataset dataset, String source)
      throws SQLException {
    return new Configuration(
        dataset, sources.find(connection, source).orElseThrow(() -> notFound("source", source)));
  }

  /** What a version changed of the one that it was made from. */
  public ArrayNode diff(StoredDataset dataset) {
    return database.read(connection -> diff(connection, dataset));
  }

  /** As {@link #diff(StoredDataset)}, in the caller's transaction. */
  public ArrayNode diff(Connection connection, StoredDataset dataset) throws SQLException {
    Optional<StoredDataset> before = datasets.find(connection, dataset.name(), dataset.base());
    return Documents.diff(before.map(StoredDataset::spec), dataset.spec());
  }

  /** How many datasets stand in each state. */
  public Map<String, Long> countByState() {
    return database.read(datasets::countByState);
  }

  /** Creates or replaces a dataset; its source may stand inline. */
  public Change<StoredDataset> put(
      Connection connection, String name, ObjectNode document, Precondition precondition, Note note)
      throws SQLException {
    Documents.requireName(name, document);
    Planned.refuseInDataset(document);
    Documents.describeColumns(document);
    defaults.fillDataset(name, document);
    Optional<StoredDataset> current = datasets.find(connection, name);
    if (current.isPresent()) {
      precondition.requireReplaces(etag(current.get()));
      Documents.keepPaused(spec(current.get()).state(), document);
    } else {
      precondition.requireAbsent();
    }
    UnusableEventTimes.settle(
        current.map(before -> spec(before).checks()).orElse(ChecksSpec.none()),
        document.path("checks"));
    Optional<StoredSource> created = Optional.empty();
    if (document.get("source") instanceof ObjectNode inline) {
      Change<StoredSource> source = inlineSource(connection, inline, note);
      document.put("source", source.version().name());
      created = Optional.of(source.version()).filter(s -> source.outcome() == Outcome.CREATED);
    }
    return put(connection, document, current, note).beside(created);
  }

  private Change<StoredDataset> put(
      Connection connection, ObjectNode document, Optional<StoredDataset> current, Note note)
      throws SQLException {
    if (current.filter(before -> EvolvedColumns.concern(spec(before), document)).isPresent()) {
      EvolvedColumns.keep(
          spec(current.get()),
          document,
          datasets.madeByDrivers(connection, current.get().name()),
          table(current.get()));
    }
    Set<String> fresh =
        current
            .map(before -> ColumnIds.told(spec(before), document, before.latest() + 1))
            .orElse(Set.of());
    DatasetSpec spec =
        valid(
            connection,
            document,
            current.map(before -> spec(before).transforms()).orElse(List.of()));
    String path = spec.target().path();
    if (current.filter(before -> spec(before).target().path().equals(path)).isEmpty()) {
      LiteralSecrets.requireNoneInUri(path, "/target/path");
    }
    requireSource(connection, spec);
    if (current.isEmpty()) {
      ColumnIds.requireNone(spec.columns());
      return new Change<>(Outcome.CREATED, add(connection, spec, Optional.empty(), "create", note));
    }
    DatasetSpec before = spec(current.get());
    DatasetSpec next =
        ColumnIds.numbered(
            before, ColumnIds.carried(before, spec, fresh), current.get().latest() + 1);
    DatasetRules.requireReplaceable(before, next, table(current.get()));
    return replace(connection, current.get(), next, "replace", note);
  }

  private DatasetSpec valid(Connection connection, ObjectNode document, List<TransformSpec> known)
      throws SQLException {
    DatasetSpec spec = Json.read(document, DatasetSpec.class);
    ColumnTypes.require(spec.columns());
    TableProperties.require(spec);
    DatasetRules.requireEffect(spec);
    spec.write().requireKeysOfDeletes();
    spec.checks().jsonSchema().ifPresent(MessageSchema::requireValid);
    transforms.check(connection, spec.transforms(), known);
    return spec;
  }

  /** Refuses a document by which no dataset could be created. */
  void requireValid(Connection connection, ObjectNode document) throws SQLException {
    Planned.refuseInDataset(document);
    Documents.describeColumns(document);
    defaults.fillDataset(document.path("name").asText(), document);
    DatasetSpec spec = valid(connection, document, List.of());
    ColumnIds.requireNone(spec.columns());
    LiteralSecrets.requireNoneInUri(spec.target().path(), "/target/path");
  }

  /** Whether there is a dataset of this name, retired or not. */
  boolean exists(Connection connection, String name) throws SQLException {
    return datasets.find(connection, name).isPresent();
  }

  private static TableState table(StoredDataset dataset) {
    return dataset.hasTable() ? TableState.EXISTS : TableState.ABSENT;
  }

  private Change<StoredSource> inlineSource(Connection connection, ObjectNode inline, Note note)
      throws SQLException {
    try {
      return sourceChanges.settle(connection, inline, note);
    } catch (TributaryException e) {
      throw e.pointer().filter(p -> p.startsWith("/source")).isPresent()
          ? e
          : e.at("/source" + e.pointer().orElse(""));
    }
  }

  private void requireSource(Connection connection, DatasetSpec spec) throws SQLException {
    Optional<StoredSource> source = sources.find(connection, spec.source());
    if (source.isEmpty()) {
      throw refused(
          "/source",
          "There is no source '%s'.".formatted(spec.source()),
          "Create it by PUT /sources/%s, or describe it here: {\"source\": {\"topic\": …}}."
              .formatted(spec.source()));
    }
    if (spec.state() == SpecState.RETIRED) {
      return;
    }
    SourceSpec read = Sources.spec(source.get());
    if (read.state() == SpecState.RETIRED) {
      throw refused(
          "/source",
          "The source %s is retired.".formatted(spec.source()),
          "Make it active by PUT /sources/%s first.".formatted(spec.source()));
    }
    if (read.template().isPresent() && read.topics().isEmpty()) {
      throw refused(
          "/source",
          "The source %s has a template and no topics, and so no records for a dataset: each topic that it finds becomes a source of its own."
              .formatted(spec.source()),
          "Name the source of a topic; GET /sources lists them.");
    }
  }

  /** Applies DDL operations: all or none. */
  public Change<StoredDataset> ddl(
      Connection connection,
      String name,
      List<DdlOperation> operations,
      Precondition precondition,
      Note note)
      throws SQLException {
    StoredDataset current = require(connection, name);
    precondition.requireUnlessAbsent(etag(current));
    DatasetSpec next = Ddl.apply(spec(current), table(current), operations, current.latest() + 1);
    return replace(connection, current, next, Ddl.describe(operations), note);
  }

  /**
   * Applies what a driver has found in records under a version: all or none. The same again is a
   * conflict of versions.
   */
  public Change<StoredDataset> evolve(
      Connection connection, String name, long version, List<DdlOperation> operations, Note note)
      throws SQLException {
    StoredDataset current = require(connection, name);
    Evolution evolution = new Evolution(current);
    evolution.requireVersion(version);
    DatasetSpec next = evolution.after(operations);
    int later = (int) Math.min(MOST_LOST_VERSIONS, current.latest() - current.version());
    evolution.requireNotRejected(
        next, datasets.versions(connection, name, current.latest() + 1, later));
    return replace(connection, current, next, Ddl.describe(operations), note);
  }

  /** Applies DML operations: all or none. */
  public Change<StoredDataset> dml(
      Connection connection,
      String name,
      List<DmlOperation> operations,
      Bringing bringing,
      Precondition precondition,
      Note note)
      throws SQLException {
    StoredDataset current = require(connection, name);
    precondition.requireUnlessAbsent(etag(current));
    // Without a table there is nothing to rebuild.
    boolean rebuilds = bringing == Bringing.REBUILD && current.hasTable();
    Map<Long, DatasetSpec> earlier = new TreeMap<>();
    for (int i = 0; i < operations.size(); i++) {
      if (operations.get(i) instanceof DmlOperation.RevertTo revert) {
        earlier.put(revert.version(), spec(earlier(connection, name, revert.version(), i)));
      }
    }
    DatasetSpec next =
        Dml.apply(
            spec(current),
            rebuilds ? TableState.ABSENT : table(current),
            operations,
            version -> earlier(spec(current), earlier.get(version), current.latest() + 1));
    requireProperties(spec(current), next);
    requireSource(connection, next);
    checkTransforms(connection, spec(current), next, operations);
    return rebuilds
        ? rebuild(connection, current, next, Dml.describe(operations), note)
        : replace(connection, current, next, Dml.describe(operations), note);
  }

  /** A version that no driver is given; one that waits already and says the same is that one. */
  private Change<StoredDataset> rebuild(
      Connection connection, StoredDataset current, DatasetSpec next, String operation, Note note)
      throws SQLException {
    if (spec(current).equals(next)) {
      return new Change<>(Outcome.UNCHANGED, current);
    }
    if (spec(current).state() != next.state()) {
      throw refused(
          "/operations",
          "pause and resume need no rebuild, and would wait for it.",
          "Send them by a change of their own.");
    }
    TableChange.rebuildRefusal(spec(current), next)
        .ifPresent(
            refusal -> {
              throw refused("/operations", refusal.problem(), refusal.remedy());
            });
    Optional<StoredDataset> waiting = datasets.awaitingRebuild(connection, current.name());
    if (waiting.filter(version -> spec(version).equals(next)).isPresent()) {
      return new Change<>(Outcome.UNCHANGED, waiting.get());
    }
    long version = current.latest() + 1;
    StoredDataset dataset =
        new StoredDataset(
            next.name(),
            version,
            version,
            clock.millis(),
            operation,
            note,
            current.version(),
            VersionState.PENDING,
            Optional.empty(),
            true,
            new String(Json.write(next), StandardCharsets.UTF_8),
            true);
    Retired retired = spec(current).state() == SpecState.RETIRED ? Retired.YES : Retired.NO;
    datasets.add(connection, dataset, spec(current).source(), retired);
    return new Change<>(Outcome.CHANGED, dataset);
  }

  private static void requireProperties(DatasetSpec current, DatasetSpec next) {
    if (current.write().equals(next.write()) && current.target().equals(next.target())) {
      return;
    }
    try {
      TableProperties.require(next);
    } catch (TributaryException e) {
      throw e.at("/operations");
    }
  }

  /** A column that was dropped since comes back as another one. */
  private static DatasetSpec earlier(DatasetSpec current, DatasetSpec earlier, long version) {
    return ColumnIds.numbered(current, earlier, version);
  }

  private void checkTransforms(
      Connection connection, DatasetSpec current, DatasetSpec next, List<DmlOperation> operations)
      throws SQLException {
    for (int i = 0; i < operations.size(); i++) {
      DmlOperation operation = operations.get(i);
      boolean reverts = operation instanceof DmlOperation.RevertTo;
      if (reverts || operation instanceof DmlOperation.SetTransforms) {
        try {
          transforms.check(connection, next.transforms(), current.transforms());
        } catch (TributaryException e) {
          // A version that is reverted to has its transforms elsewhere than in the request.
          throw e.at(
              "/operations/%d%s".formatted(i, reverts ? "/version" : e.pointer().orElse("")));
        }
      }
    }
  }

  private StoredDataset earlier(Connection connection, String name, long version, int operation)
      throws SQLException {
    try {
      return require(connection, name, version);
    } catch (TributaryException e) {
      throw e.at("/operations/%d/version".formatted(operation));
    }
  }

  /**
   * What was written under versions after a given one.
   *
   * @param since from which raw sequences on, by topic
   * @param merged whether some of it was merged by a key into what was there before
   */
  public record Written(JsonNode since, boolean merged) {}

  /** What a dataset was written under versions after the given one; empty: it was not. */
  public Optional<Written> writtenSince(Connection connection, String name, long version)
      throws SQLException {
    Optional<String> activation =
        datasets.activatedAfter(connection, name, version).flatMap(StoredDataset::activation);
    if (activation.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        new Written(
            Documents.tree(activation.get()).path("sequences"),
            datasets.mergedAfter(connection, name, version)));
  }

  /**
   * Takes in a version that lies beside plans. Versions before it that are not known were given out
   * and put in force by nobody; they keep their places. Answers how many were new, or no longer
   * pending.
   */
  int learn(Connection connection, Recovery.Found found, Note note) throws SQLException {
    Optional<StoredDataset> current = datasets.find(connection, found.dataset());
    long latest = current.map(StoredDataset::latest).orElse(0L);
    if (found.version() - latest > MOST_LOST_VERSIONS) {
      throw refused(
          "/versions",
          "The version %d of %s is further from the last known one, %d, than any backup is old."
              .formatted(found.version(), found.dataset(), latest),
          "Look where that spec comes from.");
    }
    if (found.version() <= latest) {
      return learnState(connection, found);
    }
    String spec = new String(Json.write(found.spec()), StandardCharsets.UTF_8);
    // Nobody knows any more what those were that are not found; they changed nothing.
    String before =
        datasets.find(connection, found.dataset(), latest).map(StoredDataset::spec).orElse(spec);
    Retired retired = found.spec().state() == SpecState.RETIRED ? Retired.YES : Retired.NO;
    for (long version = latest + 1; version <= found.version(); version++) {
      boolean there = version == found.version();
      StoredDataset dataset =
          new StoredDataset(
              found.dataset(),
              version,
              version,
              clock.millis(),
              there && found.state() != Recovery.Standing.REJECTED
                  ? "recovered"
                  : "given out after the backup, and in force nowhere",
              note,
              version - 1,
              there ? state(found.state()) : VersionState.REJECTED,
              Optional.empty(),
              current.map(StoredDataset::hasTable).orElse(false),
              there ? spec : before);
      datasets.add(connection, dataset, found.spec().source(), retired);
    }
    if (found.state() == Recovery.Standing.ACTIVE) {
      inForce(connection, found);
    }
    datasets.chooseEffective(connection, found.dataset());
    return (int) (found.version() - latest);
  }

  /** What came of a version that was pending when the backup was made. */
  private int learnState(Connection connection, Recovery.Found found) throws SQLException {
    Optional<StoredDataset> known =
        datasets
            .find(connection, found.dataset(), found.version())
            .filter(version -> version.state() == VersionState.PENDING)
            .filter(version -> spec(version).equals(found.spec()));
    if (known.isEmpty() || found.state() == Recovery.Standing.PENDING) {
      return 0;
    }
    boolean left = datasets.activeAfter(connection, found.dataset(), found.version());
    VersionState state =
        found.state() == Recovery.Standing.ACTIVE && left
            ? VersionState.SUPERSEDED
            : state(found.state());
    datasets.become(connection, found.dataset(), found.version(), state);
    if (state == VersionState.ACTIVE) {
      inForce(connection, found);
    }
    datasets.chooseEffective(connection, found.dataset());
    return 1;
  }

  private void inForce(Connection connection, Recovery.Found found) throws SQLException {
    datasets.supersede(connection, found.dataset(), found.version());
    datasets.tableExists(connection, found.dataset());
    catalog.note(connection, found.dataset(), found.version());
  }

  private static VersionState state(Recovery.Standing standing) {
    return switch (standing) {
      case ACTIVE -> VersionState.ACTIVE;
      case PENDING -> VersionState.PENDING;
      case REJECTED -> VersionState.REJECTED;
    };
  }

  /** Retires a dataset; its history stays. */
  public Change<StoredDataset> retire(
      Connection connection, String name, Precondition precondition, Note note)
      throws SQLException {
    StoredDataset current = require(connection, name);
    precondition.requireUnlessAbsent(etag(current));
    return replace(connection, current, spec(current).withState(SpecState.RETIRED), "retire", note);
  }

  private Change<StoredDataset> replace(
      Connection connection, StoredDataset current, DatasetSpec spec, String operation, Note note)
      throws SQLException {
    if (spec(current).equals(spec)) {
      return new Change<>(Outcome.UNCHANGED, current);
    }
    return new Change<>(
        Outcome.CHANGED, add(connection, spec, Optional.of(current), operation, note));
  }

  private StoredDataset add(
      Connection connection,
      DatasetSpec spec,
      Optional<StoredDataset> base,
      String operation,
      Note note)
      throws SQLException {
    long version = base.map(StoredDataset::latest).orElse(0L) + 1;
    StoredDataset dataset =
        new StoredDataset(
            spec.name(),
            version,
            version,
            clock.millis(),
            operation,
            note,
            base.map(StoredDataset::version).orElse(0L),
            VersionState.PENDING,
            Optional.empty(),
            base.map(StoredDataset::hasTable).orElse(false),
            new String(Json.write(spec), StandardCharsets.UTF_8));
    Retired retired = spec.state() == SpecState.RETIRED ? Retired.YES : Retired.NO;
    datasets.add(connection, dataset, spec.source(), retired);
    if (retired == Retired.YES && dataset.hasTable()) {
      catalog.note(connection, dataset.name(), version);
    }
    return dataset;
  }

  private StoredDataset require(Connection connection, String name) throws SQLException {
    return datasets.find(connection, name).orElseThrow(() -> notFound("dataset", name));
  }

  private StoredDataset require(Connection connection, String name, long version)
      throws SQLException {
    require(connection, name);
    return datasets
        .find(connection, name, version)
        .orElseThrow(
            () ->
                TributaryException.of(
                    ErrorCode.NOT_FOUND,
                    "The dataset %s has no version %d.".formatted(name, version),
                    "GET /datasets/%s/versions lists them.".formatted(name)));
  }

  /** The spec of a stored version. */
  public static DatasetSpec spec(StoredDataset dataset) {
    return Json.read(dataset.spec().getBytes(StandardCharsets.UTF_8), DatasetSpec.class);
  }
}
