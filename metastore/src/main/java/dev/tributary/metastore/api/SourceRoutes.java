package dev.tributary.metastore.api;

import dev.tributary.metastore.change.Change;
import dev.tributary.metastore.change.Sources;
import dev.tributary.metastore.store.StoredSource;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;

/** {@code /sources}. */
final class SourceRoutes {
  private final Sources sources;

  SourceRoutes(Sources sources) {
    this.sources = sources;
  }

  void register(RoutesConfig routes) {
    routes.get("/sources", this::list);
    routes.get("/sources/{name}", this::get);
    routes.put("/sources/{name}", this::put);
    routes.delete("/sources/{name}", this::retire);
  }

  private void list(Context context) {
    Requests.allowQuery(context, "limit", "pageToken");
    int limit = Requests.limit(context);
    Answers.send(
        context,
        Answers.page(
            sources.list(Requests.after(context), limit + 1),
            limit,
            Answers::of,
            StoredSource::name));
  }

  private void get(Context context) {
    Requests.allowQuery(context);
    StoredSource source = sources.get(context.pathParam("name"));
    Answers.sendTagged(context, Sources.etag(source), Answers.of(source));
  }

  private void put(Context context) {
    Requests.allowQuery(context);
    send(
        context,
        sources.put(
            context.pathParam("name"), Requests.document(context), Requests.precondition(context)));
  }

  private void retire(Context context) {
    Requests.allowQuery(context);
    send(context, sources.retire(context.pathParam("name"), Requests.precondition(context)));
  }

  private static void send(Context context, Change<StoredSource> change) {
    Answers.sendChange(
        context, change.outcome(), Sources.etag(change.version()), Answers.of(change.version()));
  }
}
