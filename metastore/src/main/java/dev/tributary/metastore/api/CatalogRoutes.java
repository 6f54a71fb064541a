package dev.tributary.metastore.api;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tributary.core.json.Json;
import dev.tributary.metastore.access.Scope;
import dev.tributary.metastore.catalog.CatalogSync;
import dev.tributary.metastore.change.Datasets;
import dev.tributary.metastore.store.CatalogRepository;
import dev.tributary.metastore.store.CatalogRepository.Counts;
import dev.tributary.metastore.store.CatalogRepository.Due;
import dev.tributary.metastore.store.CatalogRepository.Held;
import dev.tributary.metastore.store.Database;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.util.Optional;

/**
 * {@code /datasets/{name}/catalog}: what the catalog knows of a table, and what it does not yet.
 */
final class CatalogRoutes {
  private final Database database;
  private final Datasets datasets;
  private final Optional<CatalogSync> sync;
  private final CatalogRepository repository = new CatalogRepository();

  CatalogRoutes(Database database, Datasets datasets, Optional<CatalogSync> sync) {
    this.database = database;
    this.datasets = datasets;
    this.sync = sync;
  }

  void register(RoutesConfig routes) {
    routes.get("/datasets/{name}/catalog", this::get, Scope.READ);
  }

  /** What stands there, and what it has yet to learn, from one snapshot. */
  private record Standing(Optional<Held> held, Optional<Due> due) {}

  private void get(Context context) {
    Requests.allowQuery(context);
    String name = context.pathParam("name");
    datasets.get(name);
    ObjectNode body = Json.mapper().createObjectNode().put("dataset", name);
    if (sync.isEmpty()) {
      Answers.send(context, body.put("state", "off"));
      return;
    }
    Standing standing =
        database.read(
            connection ->
                new Standing(
                    repository
                        .held(connection, name)
                        .filter(held -> held.catalog().equals(sync.get().identity())),
                    repository.due(connection, name)));
    body.put("state", state(standing));
    body.put("catalog", sync.get().identity()).put("table", sync.get().nameOf(name));
    standing
        .held()
        .ifPresent(held -> body.put("version", held.version()).put("syncedAt", held.syncedAt()));
    standing
        .due()
        .ifPresent(
            due -> {
              body.put("dueVersion", due.version()).put("attempts", due.attempts());
              body.put("nextAttemptAt", due.nextAt());
              due.error().ifPresent(error -> body.put("error", error));
            });
    Answers.send(context, body);
  }

  private static String state(Standing standing) {
    if (standing.due().isPresent()) {
      return standing.due().get().error().isPresent() ? "failing" : "behind";
    }
    return standing.held().isPresent() ? "in_sync" : "none";
  }

  /** For {@code /metrics}; nothing where there is no catalog. */
  String metrics() {
    if (sync.isEmpty()) {
      return "";
    }
    Counts counts = database.read(repository::counts);
    return """
    # HELP tributary_metastore_catalog_due Tables that the catalog has yet to learn of.
    # TYPE tributary_metastore_catalog_due gauge
    tributary_metastore_catalog_due{state="behind"} %d
    tributary_metastore_catalog_due{state="failing"} %d
    """
        .formatted(counts.behind(), counts.failing());
  }
}
