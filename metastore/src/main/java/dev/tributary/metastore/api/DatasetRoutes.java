package dev.tributary.metastore.api;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tributary.core.json.Json;
import dev.tributary.core.spec.SpecState;
import dev.tributary.metastore.change.Datasets;
import dev.tributary.metastore.change.Datasets.Configuration;
import dev.tributary.metastore.store.StoredDataset;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;

/** {@code /datasets} and {@code /config}. */
final class DatasetRoutes {
  private final Datasets datasets;

  DatasetRoutes(Datasets datasets) {
    this.datasets = datasets;
  }

  void register(RoutesConfig routes) {
    routes.get("/datasets", this::list);
    routes.get("/datasets/{name}", this::get);
    routes.put("/datasets/{name}", this::put);
    routes.delete("/datasets/{name}", this::retire);
    routes.get("/datasets/{name}/versions", this::versions);
    routes.get("/datasets/{name}/versions/{version}", this::version);
    routes.get("/config/{table}", this::configuration);
  }

  private void list(Context context) {
    Requests.allowQuery(context, "limit", "pageToken");
    int limit = Requests.limit(context);
    Answers.send(
        context,
        Answers.page(
            datasets.list(Requests.after(context), limit + 1),
            limit,
            Answers::of,
            StoredDataset::name));
  }

  private void get(Context context) {
    Requests.allowQuery(context);
    StoredDataset dataset = datasets.get(context.pathParam("name"));
    // Not conditional: the state of a version changes while its entity tag, which is about
    // replacing it, stays.
    context.header("ETag", Datasets.etag(dataset));
    Answers.send(context, Answers.of(dataset));
  }

  private void put(Context context) {
    Requests.allowQuery(context);
    ChangeRoutes.send(
        context,
        datasets.put(
            context.pathParam("name"), Requests.document(context), Requests.precondition(context)));
  }

  private void retire(Context context) {
    Requests.allowQuery(context);
    ChangeRoutes.send(
        context,
        datasets.setState(
            context.pathParam("name"),
            SpecState.RETIRED,
            "retire",
            Requests.precondition(context)));
  }

  private void versions(Context context) {
    Requests.allowQuery(context, "limit", "pageToken");
    int limit = Requests.limit(context);
    String before = Requests.after(context);
    long bound =
        before.isEmpty()
            ? Long.MAX_VALUE
            : Requests.number("page token's version", before, 1, Long.MAX_VALUE);
    Answers.send(
        context,
        Answers.page(
            datasets.versions(context.pathParam("name"), bound, limit + 1),
            limit,
            Answers::of,
            dataset -> String.valueOf(dataset.version())));
  }

  private void version(Context context) {
    Requests.allowQuery(context);
    long version = Requests.number("version", context.pathParam("version"), 1, Long.MAX_VALUE);
    Answers.send(context, Answers.of(datasets.get(context.pathParam("name"), version)));
  }

  private void configuration(Context context) {
    Requests.allowQuery(context, "version");
    String table = context.pathParam("table");
    Configuration configuration =
        Requests.version(context)
            .map(version -> datasets.configuration(table, version))
            .orElseGet(() -> datasets.configuration(table));
    ObjectNode body = Json.mapper().createObjectNode();
    body.set("dataset", Answers.of(configuration.dataset()));
    body.set("source", Answers.of(configuration.source()));
    Answers.sendTagged(context, configuration.etag(), body);
  }
}
