package dev.tributary.metastore.change;

import static dev.tributary.metastore.change.Documents.notFound;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tributary.core.json.Json;
import dev.tributary.core.metastore.Activation;
import dev.tributary.core.metastore.RunReport;
import dev.tributary.core.metastore.TableReport;
import dev.tributary.core.spec.SpecState;
import dev.tributary.metastore.catalog.CatalogOutbox;
import dev.tributary.metastore.store.AuditRepository;
import dev.tributary.metastore.store.Database;
import dev.tributary.metastore.store.DatasetRepository;
import dev.tributary.metastore.store.RunRepository;
import dev.tributary.metastore.store.StoredDataset;
import dev.tributary.metastore.store.TableRepository;
import dev.tributary.metastore.store.VersionState;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** Takes in what drivers report, in the caller's transaction. Every report can be repeated. */
public final class Reports {
  private final Database database;
  private final DatasetRepository datasets;
  private final RunRepository runs;
  private final TableRepository tables;
  private final AuditRepository audit;
  private final CatalogOutbox catalog;
  private final Clock clock;

  /** Takes reports into the database. */
  public Reports(
      Database database,
      DatasetRepository datasets,
      RunRepository runs,
      TableRepository tables,
      AuditRepository audit,
      CatalogOutbox catalog,
      Clock clock) {
    this.database = database;
    this.datasets = datasets;
    this.runs = runs;
    this.tables = tables;
    this.audit = audit;
    this.catalog = catalog;
    this.clock = clock;
  }

  /**
   * What became of a version. A late report on a version that was left behind changes no other.
   *
   * @param actor who reports it
   * @param remote the address that the report came from
   */
  public void activation(Connection connection, Activation activation, String actor, String remote)
      throws SQLException {
    String json = new String(Json.write(activation), StandardCharsets.UTF_8);
    String name = activation.dataset();
    long version = activation.version();
    StoredDataset before =
        datasets
            .find(connection, name, version)
            .orElseThrow(() -> notFound("dataset", name + "' with version '" + version));
    if (tooLate(before, activation)) {
      return;
    }
    VersionState state = state(connection, activation);
    // Where it came into force does not change, whoever reports it again from elsewhere.
    boolean again = before.state() == state && before.activation().isPresent();
    datasets.report(connection, name, version, state, again ? before.activation().get() : json);
    if (state == VersionState.ACTIVE && before.state() != VersionState.ACTIVE) {
      catalog.note(connection, name, version);
    }
    if (activation.outcome() == Activation.Outcome.ACTIVE) {
      datasets.supersede(connection, name, version);
      datasets.tableExists(connection, name);
    }
    if (before.state() != state) {
      audit.add(connection, entry(activation, state, actor, remote));
    }
    // What is paused is not looked at by drivers, and has told nothing of others.
    if (state == VersionState.REJECTED && Datasets.spec(before).state() == SpecState.ACTIVE) {
      for (StoredDataset waiting : datasets.waiting(connection, name, version)) {
        if (runsAlike(waiting, before)) {
          rejectToo(connection, waiting, activation, actor, remote);
        }
      }
    }
    datasets.chooseEffective(connection, name);
  }

  /**
   * Whether what was rejected of a version is in another one too. A paused version that cannot come
   * into force when it is resumed would else be what is gone back to, each time anew.
   */
  private static boolean runsAlike(StoredDataset one, StoredDataset other) {
    return whatDriversCheck(one).equals(whatDriversCheck(other));
  }

  private static JsonNode whatDriversCheck(StoredDataset dataset) {
    ObjectNode spec = (ObjectNode) Documents.tree(dataset.spec());
    return spec.remove(
        List.of("state", "group", "trigger", "retries", "maintenance", "allowedChanges"));
  }

  private void rejectToo(
      Connection connection,
      StoredDataset waiting,
      Activation rejection,
      String actor,
      String remote)
      throws SQLException {
    Activation same =
        Activation.rejected(
            waiting.name(),
            waiting.version(),
            "As version %d: %s"
                .formatted(rejection.version(), rejection.reason().orElse("no reason was given.")),
            rejection.run());
    datasets.report(
        connection,
        waiting.name(),
        waiting.version(),
        VersionState.REJECTED,
        new String(Json.write(same), StandardCharsets.UTF_8));
    audit.add(connection, entry(same, VersionState.REJECTED, actor, remote));
  }

  private AuditRepository.Entry entry(
      Activation activation, VersionState state, String actor, String remote) {
    return new AuditRepository.Entry(
        0,
        clock.millis(),
        actor,
        remote,
        state.text(),
        "/datasets/" + activation.dataset(),
        OptionalLong.of(activation.version()),
        activation.reason());
  }

  /** A version that a driver has put in force is not rejected by another that came after it. */
  private static boolean tooLate(StoredDataset before, Activation activation) {
    boolean wasInForce =
        before.state() == VersionState.ACTIVE
            || before.state() == VersionState.SUPERSEDED && before.activation().isPresent();
    return wasInForce && activation.outcome() == Activation.Outcome.REJECTED;
  }

  private VersionState state(Connection connection, Activation activation) throws SQLException {
    if (activation.outcome() == Activation.Outcome.REJECTED) {
      return VersionState.REJECTED;
    }
    return datasets.activeAfter(connection, activation.dataset(), activation.version())
        ? VersionState.SUPERSEDED
        : VersionState.ACTIVE;
  }

  /** The versions below a version that a driver has reported on, newest first. */
  public List<StoredDataset> activations(String dataset, long before, int limit) {
    return database.read(
        connection -> {
          datasets.find(connection, dataset).orElseThrow(() -> notFound("dataset", dataset));
          return datasets.reported(connection, dataset, before, limit);
        });
  }

  /** A run's sign of life. */
  public void run(Connection connection, RunReport report) throws SQLException {
    runs.put(connection, report, new String(Json.write(report), StandardCharsets.UTF_8));
  }

  /** Reports as JSON, newest first, of one pipeline or of all, after one or from the newest on. */
  public List<String> runs(
      Optional<String> pipeline, Optional<RunRepository.Place> after, int limit) {
    return database.read(connection -> runs.newest(connection, pipeline, after, limit));
  }

  /** What a dataset has in its tiers. */
  public void table(Connection connection, TableReport report) throws SQLException {
    String dataset = report.dataset();
    datasets.find(connection, dataset).orElseThrow(() -> notFound("dataset", dataset));
    tables.put(connection, report, new String(Json.write(report), StandardCharsets.UTF_8));
  }

  /** What is known of a dataset's table. */
  public TableRepository.Stored table(String dataset) {
    return database.read(
        connection ->
            tables.find(connection, dataset).orElseThrow(() -> notFound("dataset", dataset)));
  }

  /** What is known of all datasets' tables, by name. */
  public List<TableRepository.Stored> tables(String after, int limit) {
    return database.read(connection -> tables.list(connection, after, limit));
  }
}
