package dev.tributary.metastore.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tributary.core.json.Json;
import dev.tributary.core.metastore.TableReport;
import dev.tributary.metastore.access.Scope;
import dev.tributary.metastore.change.Reports;
import dev.tributary.metastore.store.TableRepository;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.nio.charset.StandardCharsets;

/**
 * {@code /tables} and {@code /datasets/{name}/table}: what drivers found in the tiers of datasets.
 * The service reads no table itself, so that it tells of each when that was.
 */
final class TableRoutes {
  private final Reports reports;
  private final Writes writes;

  TableRoutes(Reports reports, Writes writes) {
    this.reports = reports;
    this.writes = writes;
  }

  void register(RoutesConfig routes) {
    routes.post("/tables", this::report, Scope.RUNS_WRITE);
    routes.get("/tables", this::list, Scope.READ);
    routes.get("/datasets/{name}/table", this::get, Scope.READ);
  }

  private void report(Context context) {
    Requests.allowQuery(context);
    TableReport report = Requests.body(context, TableReport.class);
    writes.takeIn(context, connection -> reports.table(connection, report));
  }

  private void list(Context context) {
    Requests.allowQuery(context, "limit", "pageToken");
    int limit = Requests.limit(context);
    Answers.send(
        context,
        Answers.page(
            reports.tables(Requests.after(context), limit + 1),
            limit,
            TableRepository.Stored::length,
            TableRoutes::shown,
            TableRepository.Stored::dataset));
  }

  private void get(Context context) {
    Requests.allowQuery(context);
    Answers.send(context, shown(reports.table(context.pathParam("name"))));
  }

  private static ObjectNode shown(TableRepository.Stored table) {
    ObjectNode node =
        Json.mapper()
            .createObjectNode()
            .put("dataset", table.dataset())
            .put("version", table.version())
            .put("location", table.location());
    table.report().ifPresent(report -> node.set("reported", reported(report)));
    return node;
  }

  /** Without the dataset, which is said already. */
  private static ObjectNode reported(String report) {
    ObjectNode tree =
        (ObjectNode) Json.read(report.getBytes(StandardCharsets.UTF_8), JsonNode.class);
    tree.remove("dataset");
    return tree;
  }
}
