package dev.tributary.metastore.api;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tributary.core.json.Json;
import dev.tributary.metastore.access.Scope;
import dev.tributary.metastore.store.AuditRepository;
import dev.tributary.metastore.store.Database;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;

/** {@code /audit}: who changed what. */
final class AuditRoutes {
  private final Database database;
  private final AuditRepository audit = new AuditRepository();

  AuditRoutes(Database database) {
    this.database = database;
  }

  void register(RoutesConfig routes) {
    routes.get("/audit", this::list, Scope.ADMIN);
  }

  private void list(Context context) {
    Requests.allowQuery(context, "limit", "pageToken");
    int limit = Requests.limit(context);
    long before = Requests.before(context);
    Answers.send(
        context,
        Answers.page(
            database.read(connection -> audit.newest(connection, before, limit + 1)),
            limit,
            AuditRepository.Entry::length,
            AuditRoutes::shown,
            entry -> String.valueOf(entry.id())));
  }

  private static ObjectNode shown(AuditRepository.Entry entry) {
    ObjectNode node =
        Json.mapper()
            .createObjectNode()
            .put("id", entry.id())
            .put("at", entry.at())
            .put("by", entry.actor())
            .put("remote", entry.remote())
            .put("action", entry.action())
            .put("resource", entry.resource());
    entry.version().ifPresent(version -> node.put("version", version));
    entry.reason().ifPresent(reason -> node.put("reason", reason));
    return node;
  }
}
