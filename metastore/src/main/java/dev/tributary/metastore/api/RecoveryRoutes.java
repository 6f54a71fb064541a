package dev.tributary.metastore.api;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tributary.core.json.Json;
import dev.tributary.metastore.access.Scope;
import dev.tributary.metastore.change.Recovery;
import dev.tributary.metastore.change.Recovery.Learned;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import java.util.Optional;
import java.util.OptionalLong;

/** {@code /recovery}: what a restored database learns. */
final class RecoveryRoutes {
  private final Recovery recovery;
  private final Writes writes;

  RecoveryRoutes(Recovery recovery, Writes writes) {
    this.recovery = recovery;
    this.writes = writes;
  }

  void register(RoutesConfig routes) {
    routes.get("/recovery", this::show, Scope.READ);
    routes.post("/recovery", this::learn, Scope.ADMIN);
  }

  private void show(Context context) {
    Requests.allowQuery(context);
    ObjectNode body =
        Json.mapper().createObjectNode().put("needed", recovery.backupOf().isPresent());
    recovery.backupOf().ifPresent(at -> body.put("backupOf", at));
    Answers.send(context, body);
  }

  private void learn(Context context) {
    Requests.allowQuery(context);
    Learned learned = Requests.body(context, Learned.class);
    writes.inRecovery(
        context,
        Optional.empty(),
        (connection, note) -> {
          int added = recovery.learn(connection, learned, note);
          return new Reply(
              HttpStatus.OK,
              "",
              "recover",
              OptionalLong.empty(),
              true,
              Json.mapper().createObjectNode().put("recovered", added));
        });
    if (learned.done()) {
      recovery.finished();
    }
  }
}
