package dev.tributary.metastore.api;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.metastore.access.Scope;
import dev.tributary.metastore.change.Change;
import dev.tributary.metastore.change.Precondition;
import dev.tributary.metastore.change.Sources;
import dev.tributary.metastore.change.Templates;
import dev.tributary.metastore.store.StoredSource;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.util.List;
import java.util.Objects;

/** {@code /sources}. */
final class SourceRoutes {
  private static final int MOST_TOPICS = 10_000;

  private final Sources sources;
  private final Templates templates;
  private final Writes writes;

  SourceRoutes(Sources sources, Templates templates, Writes writes) {
    this.sources = sources;
    this.templates = templates;
    this.writes = writes;
  }

  /** What POST /sources/{name}/topics takes. */
  record FoundTopics(List<String> topics) {
    FoundTopics {
      if (topics == null
          || topics.isEmpty()
          || topics.size() > MOST_TOPICS
          || topics.stream().anyMatch(Objects::isNull)) {
        throw TributaryException.of(
                ErrorCode.SPEC_INVALID,
                "The field topics holds no topic, a null, or more than %,d.".formatted(MOST_TOPICS),
                "Name the topics that were found.")
            .at("/topics");
      }
      topics = List.copyOf(topics);
    }
  }

  void register(RoutesConfig routes) {
    routes.get("/sources", this::list, Scope.READ);
    routes.get("/sources/{name}", this::get, Scope.READ);
    routes.put("/sources/{name}", this::put, Scope.DATASETS_WRITE);
    routes.delete("/sources/{name}", this::retire, Scope.DATASETS_WRITE);
    routes.post("/sources/{name}/topics", this::found, Scope.RUNS_WRITE);
    routes.get("/sources/{name}/versions", this::versions, Scope.READ);
    routes.get("/sources/{name}/versions/{version}", this::version, Scope.READ);
  }

  private void list(Context context) {
    Requests.allowQuery(context, "limit", "pageToken");
    int limit = Requests.limit(context);
    Answers.send(
        context,
        Answers.page(
            sources.list(Requests.after(context), limit + 1),
            limit,
            StoredSource::length,
            Answers::of,
            StoredSource::name));
  }

  private void get(Context context) {
    Requests.allowQuery(context);
    StoredSource source = sources.get(context.pathParam("name"));
    Answers.sendTagged(context, Sources.etag(source), () -> Answers.of(source));
  }

  private void versions(Context context) {
    Requests.allowQuery(context, "limit", "pageToken");
    int limit = Requests.limit(context);
    Answers.send(
        context,
        Answers.page(
            sources.versions(context.pathParam("name"), Requests.before(context), limit + 1),
            limit,
            StoredSource::length,
            this::withDiff,
            source -> String.valueOf(source.version())));
  }

  private void version(Context context) {
    Requests.allowQuery(context);
    Answers.send(
        context, withDiff(sources.get(context.pathParam("name"), Requests.pathVersion(context))));
  }

  private ObjectNode withDiff(StoredSource source) {
    return Answers.of(source).set("diff", sources.diff(source));
  }

  private void put(Context context) {
    Requests.allowQuery(context, "dryRun", "reason");
    String name = context.pathParam("name");
    ObjectNode document = Requests.document(context);
    Precondition precondition = Requests.precondition(context);
    // Drivers hold no versions of sources, and a recovered dataset may need its source.
    writes.inRecovery(
        context,
        Requests.reason(context),
        (connection, note) -> {
          Change<StoredSource> change = sources.put(connection, name, document, precondition, note);
          templates.require(connection, change.version());
          return Changes.of(connection, sources, change);
        });
  }

  private void found(Context context) {
    Requests.allowQuery(context, "dryRun", "reason");
    String name = context.pathParam("name");
    FoundTopics found = Requests.body(context, FoundTopics.class);
    writes.carryOut(
        context,
        Requests.reason(context),
        (connection, note) ->
            Changes.of(
                connection, sources, templates.found(connection, name, found.topics(), note)));
  }

  private void retire(Context context) {
    Requests.allowQuery(context, "dryRun", "reason");
    String name = context.pathParam("name");
    Precondition precondition = Requests.precondition(context);
    writes.carryOut(
        context,
        Requests.reason(context),
        (connection, note) ->
            Changes.of(connection, sources, sources.retire(connection, name, precondition, note)));
  }
}
