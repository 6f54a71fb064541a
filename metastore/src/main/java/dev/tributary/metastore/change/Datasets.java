package dev.tributary.metastore.change;

import static dev.tributary.metastore.change.Documents.notFound;
import static dev.tributary.metastore.change.Documents.refused;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.json.Json;
import dev.tributary.core.metastore.DdlOperation;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.SpecState;
import dev.tributary.metastore.change.Change.Outcome;
import dev.tributary.metastore.store.Database;
import dev.tributary.metastore.store.DatasetRepository;
import dev.tributary.metastore.store.DatasetRepository.Retired;
import dev.tributary.metastore.store.SourceRepository;
import dev.tributary.metastore.store.StoredDataset;
import dev.tributary.metastore.store.StoredSource;
import dev.tributary.metastore.store.VersionState;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** Reads and changes datasets; each change is one transaction. */
public final class Datasets {
  private final Database database;
  private final DatasetRepository datasets;
  private final SourceRepository sources;
  private final Sources sourceChanges;
  private final Defaults defaults;
  private final Clock clock;

  /** Reads and changes what lies in the database. */
  public Datasets(
      Database database,
      DatasetRepository datasets,
      SourceRepository sources,
      Sources sourceChanges,
      Defaults defaults,
      Clock clock) {
    this.database = database;
    this.datasets = datasets;
    this.sources = sources;
    this.sourceChanges = sourceChanges;
    this.defaults = defaults;
    this.clock = clock;
  }

  /**
   * The entity tag of a dataset: it changes with every version, and where a rejection makes an
   * older one effective again.
   */
  public static String etag(StoredDataset dataset) {
    return "\"%d.%d\"".formatted(dataset.version(), dataset.latest());
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
          return datasets.versions(connection, name, before, limit);
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
      return "\"%d.%d.%s.%d\""
          .formatted(dataset.version(), dataset.latest(), dataset.state().text(), source.version());
    }
  }

  /** What a driver needs to run a dataset: the version that should be in force, and its source. */
  public Configuration configuration(String name) {
    return database.read(connection -> configuration(connection, require(connection, name)));
  }

  /** As {@link #configuration(String)}, of a given version. */
  public Configuration configuration(String name, long version) {
    return database.read(
        connection -> configuration(connection, require(connection, name, version)));
  }

  private Configuration configuration(Connection connection, StoredDataset dataset)
      throws SQLException {
    String source = spec(dataset).source();
    return new Configuration(
        dataset, sources.find(connection, source).orElseThrow(() -> notFound("source", source)));
  }

  /** Creates or replaces a dataset; its source may stand inline. */
  public Change<StoredDataset> put(String name, ObjectNode document, Precondition precondition) {
    Documents.requireName(name, document);
    defaults.fillDataset(name, document);
    return database.write(connection -> put(connection, name, document, precondition));
  }

  private Change<StoredDataset> put(
      Connection connection, String name, ObjectNode document, Precondition precondition)
      throws SQLException {
    Optional<StoredDataset> current = datasets.find(connection, name);
    if (current.isPresent()) {
      precondition.requireReplaces(etag(current.get()));
    } else {
      precondition.requireAbsent();
    }
    if (document.get("source") instanceof ObjectNode inline) {
      document.put("source", inlineSource(connection, inline));
    }
    DatasetSpec spec = Json.read(document, DatasetSpec.class);
    ColumnTypes.require(spec.columns());
    requireSource(connection, spec);
    if (current.isEmpty()) {
      return new Change<>(Outcome.CREATED, add(connection, spec, 1, "create"));
    }
    DatasetRules.requireAllowed(spec(current.get()), spec);
    return replace(connection, current.get(), spec, "replace");
  }

  private String inlineSource(Connection connection, ObjectNode inline) throws SQLException {
    try {
      return sourceChanges.settle(connection, inline);
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
    boolean sourceRetired = Sources.spec(source.get()).state() == SpecState.RETIRED;
    if (sourceRetired && spec.state() != SpecState.RETIRED) {
      throw refused(
          "/source",
          "The source %s is retired.".formatted(spec.source()),
          "Make it active by PUT /sources/%s first.".formatted(spec.source()));
    }
  }

  /** Applies DDL operations: all or none. */
  public Change<StoredDataset> ddl(
      String name, List<DdlOperation> operations, Precondition precondition) {
    return change(
        name, precondition, Ddl.describe(operations), spec -> Ddl.apply(spec, operations));
  }

  /** Moves a dataset into another state. */
  public Change<StoredDataset> setState(
      String name, SpecState state, String operation, Precondition precondition) {
    return change(name, precondition, operation, spec -> withState(spec, state, operation));
  }

  private static DatasetSpec withState(DatasetSpec spec, SpecState state, String operation) {
    if (spec.state() == SpecState.RETIRED && state != SpecState.RETIRED) {
      throw refused(
          "/table",
          "The dataset %s is retired, which %s does not change.".formatted(spec.name(), operation),
          "Put it again with \"state\": \"active\" if it is to run.");
    }
    return spec.withState(state);
  }

  private Change<StoredDataset> change(
      String name, Precondition precondition, String operation, UnaryOperator<DatasetSpec> change) {
    return database.write(
        connection -> {
          StoredDataset current = require(connection, name);
          precondition.requireUnlessAbsent(etag(current));
          return replace(connection, current, change.apply(spec(current)), operation);
        });
  }

  private Change<StoredDataset> replace(
      Connection connection, StoredDataset current, DatasetSpec spec, String operation)
      throws SQLException {
    if (spec(current).equals(spec)) {
      return new Change<>(Outcome.UNCHANGED, current);
    }
    return new Change<>(Outcome.CHANGED, add(connection, spec, current.latest() + 1, operation));
  }

  private StoredDataset add(Connection connection, DatasetSpec spec, long version, String operation)
      throws SQLException {
    StoredDataset dataset =
        new StoredDataset(
            spec.name(),
            version,
            version,
            clock.millis(),
            operation,
            VersionState.PENDING,
            Optional.empty(),
            new String(Json.write(spec), StandardCharsets.UTF_8));
    Retired retired = spec.state() == SpecState.RETIRED ? Retired.YES : Retired.NO;
    datasets.add(connection, dataset, spec.source(), retired);
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

  static DatasetSpec spec(StoredDataset dataset) {
    return Json.read(dataset.spec().getBytes(StandardCharsets.UTF_8), DatasetSpec.class);
  }
}
