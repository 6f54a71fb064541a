package dev.tributary.metastore.api;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tributary.core.json.Json;
import dev.tributary.metastore.access.Scope;
import dev.tributary.metastore.change.Datasets;
import dev.tributary.metastore.change.Datasets.Configuration;
import dev.tributary.metastore.change.Precondition;
import dev.tributary.metastore.store.StoredDataset;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;

/** {@code /datasets} and {@code /config}. */
final class DatasetRoutes {
  private final Datasets datasets;
  private final Writes writes;

  DatasetRoutes(Datasets datasets, Writes writes) {
    this.datasets = datasets;
    this.writes = writes;
  }

  void register(RoutesConfig routes) {
    routes.get("/datasets", this::list, Scope.READ);
    routes.get("/datasets/{name}", this::get, Scope.READ);
    routes.put("/datasets/{name}", this::put, Scope.DATASETS_WRITE);
    routes.delete("/datasets/{name}", this::retire, Scope.DATASETS_WRITE);
    routes.get("/datasets/{name}/versions", this::versions, Scope.READ);
    routes.get("/datasets/{name}/versions/{version}", this::version, Scope.READ);
    routes.get("/config/{table}", this::configuration, Scope.READ);
  }

  private void list(Context context) {
    Requests.allowQuery(context, "limit", "pageToken");
    int limit = Requests.limit(context);
    Answers.send(
        context,
        Answers.page(
            datasets.list(Requests.after(context), limit + 1),
            limit,
            StoredDataset::length,
            Answers::of,
            StoredDataset::name));
  }

  private void get(Context context) {
    Requests.allowQuery(context);
    StoredDataset dataset = datasets.get(context.pathParam("name"));
    Answers.sendTagged(context, Datasets.etag(dataset), () -> Answers.of(dataset));
  }

  private void put(Context context) {
    Requests.allowQuery(context, "dryRun", "reason");
    String name = context.pathParam("name");
    ObjectNode document = Requests.document(context);
    Precondition precondition = Requests.precondition(context);
    writes.carryOut(
        context,
        Requests.reason(context),
        (connection, note) ->
            Changes.of(
                connection,
                datasets,
                datasets.put(connection, name, document, precondition, note)));
  }

  private void retire(Context context) {
    Requests.allowQuery(context, "dryRun", "reason");
    String name = context.pathParam("name");
    Precondition precondition = Requests.precondition(context);
    writes.carryOut(
        context,
        Requests.reason(context),
        (connection, note) ->
            Changes.of(
                connection, datasets, datasets.retire(connection, name, precondition, note)));
  }

  private void versions(Context context) {
    Requests.allowQuery(context, "limit", "pageToken");
    int limit = Requests.limit(context);
    Answers.send(
        context,
        Answers.page(
            datasets.versions(context.pathParam("name"), Requests.before(context), limit + 1),
            limit,
            StoredDataset::length,
            this::withDiff,
            dataset -> String.valueOf(dataset.version())));
  }

  private void version(Context context) {
    Requests.allowQuery(context);
    Answers.send(
        context, withDiff(datasets.get(context.pathParam("name"), Requests.pathVersion(context))));
  }

  private ObjectNode withDiff(StoredDataset dataset) {
    return Answers.of(dataset).set("diff", datasets.diff(dataset));
  }

  private void configuration(Context context) {
    Requests.allowQuery(context, "version");
    String table = context.pathParam("table");
    Configuration configuration =
        Requests.version(context)
            .map(version -> datasets.configuration(table, version))
            .orElseGet(() -> datasets.configuration(table));
    Answers.sendTagged(context, configuration.etag(), () -> body(configuration));
  }

  private static ObjectNode body(Configuration configuration) {
    ObjectNode body = Json.mapper().createObjectNode();
    body.set("dataset", Answers.of(configuration.dataset()));
    body.set("source", Answers.of(configuration.source()));
    return body;
  }
}
