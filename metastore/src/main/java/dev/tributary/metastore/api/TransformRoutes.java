package dev.tributary.metastore.api;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.util.RawValue;
import dev.tributary.core.json.Json;
import dev.tributary.metastore.access.Scope;
import dev.tributary.metastore.change.Change;
import dev.tributary.metastore.change.TransformJar;
import dev.tributary.metastore.change.Transforms;
import dev.tributary.metastore.store.TransformRepository.StoredJar;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.util.OptionalLong;

/** {@code /transforms}: JARs by the SHA-256 of their content. */
final class TransformRoutes {
  private final Transforms transforms;
  private final Writes writes;

  TransformRoutes(Transforms transforms, Writes writes) {
    this.transforms = transforms;
    this.writes = writes;
  }

  void register(RoutesConfig routes) {
    routes.get("/transforms", this::list, Scope.READ);
    routes.get("/transforms/{sha256}", this::get, Scope.READ);
    routes.put("/transforms/{sha256}", this::put, Scope.DATASETS_WRITE);
    routes.delete("/transforms/{sha256}", this::delete, Scope.DATASETS_WRITE);
  }

  private void list(Context context) {
    Requests.allowQuery(context, "limit", "pageToken");
    int limit = Requests.limit(context);
    Answers.send(
        context,
        Answers.page(
            transforms.list(Requests.after(context), limit + 1),
            limit,
            TransformRoutes::shown,
            StoredJar::sha256));
  }

  private void get(Context context) {
    Requests.allowQuery(context);
    Answers.send(context, shown(transforms.get(context.pathParam("sha256"))));
  }

  private void put(Context context) {
    Requests.allowQuery(context, "dryRun", "reason");
    String sha256 = context.pathParam("sha256");
    TransformJar jar = Requests.body(context, TransformJar.class);
    writes.carryOut(
        context,
        Requests.reason(context),
        (connection, note) ->
            reply("register_transforms", transforms.put(connection, sha256, jar, note)));
  }

  private void delete(Context context) {
    Requests.allowQuery(context, "dryRun", "reason");
    String sha256 = context.pathParam("sha256");
    writes.carryOut(
        context,
        Requests.reason(context),
        (connection, note) -> reply("delete_transforms", transforms.delete(connection, sha256)));
  }

  private static Reply reply(String action, Change<StoredJar> change) {
    return new Reply(
        Answers.status(change.outcome()),
        "",
        action,
        OptionalLong.empty(),
        change.outcome() != Change.Outcome.UNCHANGED,
        shown(change.version()));
  }

  private static ObjectNode shown(StoredJar jar) {
    return Json.mapper()
        .createObjectNode()
        .put("sha256", jar.sha256())
        .put("uri", jar.uri())
        .put("createdAt", jar.createdAt())
        .put("by", jar.actor())
        .putRawValue("transforms", new RawValue(jar.described()));
  }
}
