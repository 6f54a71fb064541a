package dev.tributary.metastore.api;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tributary.core.json.Json;
import dev.tributary.metastore.access.Scope;
import dev.tributary.metastore.change.Datasets;
import dev.tributary.metastore.store.Database;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.io.IOException;
import java.io.InputStream;
import java.sql.PreparedStatement;
import java.sql.ResultSet;

/** Health, metrics and the description of the interface itself. */
final class ServiceRoutes {
  private final Database database;
  private final Datasets datasets;
  private final RequestMetrics metrics;
  private final CatalogRoutes catalog;

  ServiceRoutes(
      Database database, Datasets datasets, RequestMetrics metrics, CatalogRoutes catalog) {
    this.database = database;
    this.datasets = datasets;
    this.metrics = metrics;
    this.catalog = catalog;
  }

  void register(RoutesConfig routes) {
    routes.get("/health/live", ServiceRoutes::live);
    routes.get("/health/ready", this::ready);
    routes.get("/metrics", this::metrics, Scope.READ);
    routes.get("/openapi.yaml", ServiceRoutes::openApi);
  }

  private static void live(Context context) {
    Answers.send(context, up());
  }

  /** Ready: the database answers; 503 where it does not. */
  private void ready(Context context) {
    database.read(
        connection -> {
          try (PreparedStatement select =
                  connection.prepareStatement("SELECT 1 FROM datasets LIMIT 1");
              ResultSet rows = select.executeQuery()) {
            return rows.next();
          }
        });
    Answers.send(context, up());
  }

  private static ObjectNode up() {
    return Json.mapper().createObjectNode().put("status", "up");
  }

  private void metrics(Context context) {
    context
        .contentType("text/plain; version=0.0.4; charset=utf-8")
        .result(metrics.text() + datasetsByState() + catalog.metrics());
  }

  private String datasetsByState() {
    StringBuilder text = new StringBuilder();
    text.append("# HELP tributary_metastore_datasets Datasets by the state of their version.\n");
    text.append("# TYPE tributary_metastore_datasets gauge\n");
    datasets
        .countByState()
        .forEach(
            (state, count) ->
                text.append(
                    "tributary_metastore_datasets{state=\"%s\"} %d\n".formatted(state, count)));
    return text.toString();
  }

  private static void openApi(Context context) throws IOException {
    try (InputStream document =
        ServiceRoutes.class.getResourceAsStream("/dev/tributary/metastore/openapi.yaml")) {
      context.contentType("application/yaml").result(document.readAllBytes());
    }
  }
}
