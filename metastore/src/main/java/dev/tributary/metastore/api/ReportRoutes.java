package dev.tributary.metastore.api;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.util.RawValue;
import dev.tributary.core.json.Json;
import dev.tributary.core.metastore.Activation;
import dev.tributary.core.metastore.RunReport;
import dev.tributary.metastore.change.Reports;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import java.util.List;
import java.util.Optional;

/** {@code /activations} and {@code /runs}: what drivers report. */
final class ReportRoutes {
  private final Reports reports;

  ReportRoutes(Reports reports) {
    this.reports = reports;
  }

  void register(RoutesConfig routes) {
    routes.post("/activations", this::activation);
    routes.post("/runs", this::run);
    routes.get("/runs", this::runs);
  }

  private void activation(Context context) {
    Requests.allowQuery(context);
    reports.activation(Requests.body(context, Activation.class));
    context.status(HttpStatus.NO_CONTENT);
  }

  private void run(Context context) {
    Requests.allowQuery(context);
    reports.run(Requests.body(context, RunReport.class));
    context.status(HttpStatus.NO_CONTENT);
  }

  private void runs(Context context) {
    Requests.allowQuery(context, "limit", "pipeline");
    int limit = Requests.limit(context);
    List<String> found =
        Optional.ofNullable(context.queryParam("pipeline"))
            .map(pipeline -> reports.runs(pipeline, limit))
            .orElseGet(() -> reports.runs(limit));
    ObjectNode body = Json.mapper().createObjectNode();
    ArrayNode items = body.putArray("items");
    found.forEach(report -> items.addRawValue(new RawValue(report)));
    Answers.send(context, body);
  }
}
