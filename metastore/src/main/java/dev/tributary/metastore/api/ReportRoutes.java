package dev.tributary.metastore.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.json.Json;
import dev.tributary.core.metastore.Activation;
import dev.tributary.core.metastore.RunReport;
import dev.tributary.metastore.access.Scope;
import dev.tributary.metastore.change.Reports;
import dev.tributary.metastore.store.RunRepository;
import dev.tributary.metastore.store.StoredDataset;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** {@code /activations} and {@code /runs}: what drivers report. */
final class ReportRoutes {
  private final Reports reports;
  private final Writes writes;

  ReportRoutes(Reports reports, Writes writes) {
    this.reports = reports;
    this.writes = writes;
  }

  void register(RoutesConfig routes) {
    routes.post("/activations", this::activation, Scope.RUNS_WRITE);
    routes.get("/activations", this::activations, Scope.READ);
    routes.post("/runs", this::run, Scope.RUNS_WRITE);
    routes.get("/runs", this::runs, Scope.READ);
  }

  private void activation(Context context) {
    Requests.allowQuery(context);
    Activation activation = Requests.body(context, Activation.class);
    String actor = Access.caller(context).name();
    writes.takeIn(
        context, connection -> reports.activation(connection, activation, actor, context.ip()));
  }

  private void run(Context context) {
    Requests.allowQuery(context);
    RunReport report = Requests.body(context, RunReport.class);
    writes.takeIn(context, connection -> reports.run(connection, report));
  }

  private void runs(Context context) {
    Requests.allowQuery(context, "limit", "pageToken", "pipeline");
    int limit = Requests.limit(context);
    Answers.send(
        context,
        Answers.page(
            reports.runs(
                Optional.ofNullable(context.queryParam("pipeline")), after(context), limit + 1),
            limit,
            String::length,
            ReportRoutes::tree,
            report -> place(Json.read(tree(report), RunReport.class))));
  }

  private static String place(RunReport report) {
    return new String(Json.write(RunRepository.Place.of(report)), StandardCharsets.UTF_8);
  }

  private static Optional<RunRepository.Place> after(Context context) {
    String token = Requests.after(context);
    if (token.isEmpty()) {
      return Optional.empty();
    }
    try {
      RunRepository.Place place =
          Json.read(token.getBytes(StandardCharsets.UTF_8), RunRepository.Place.class);
      if (place != null && place.pipeline() != null && place.run() != null) {
        return Optional.of(place);
      }
    } catch (TributaryException e) {
      throw Requests.notOurs(context.queryParam("pageToken"));
    }
    throw Requests.notOurs(context.queryParam("pageToken"));
  }

  private void activations(Context context) {
    Requests.allowQuery(context, "limit", "pageToken", "dataset");
    int limit = Requests.limit(context);
    String dataset = context.queryParam("dataset");
    if (dataset == null) {
      throw Requests.invalid(
          "The query does not say whose activations.", "Add the parameter dataset.");
    }
    Answers.send(
        context,
        Answers.page(
            reports.activations(dataset, Requests.before(context), limit + 1),
            limit,
            StoredDataset::length,
            ReportRoutes::shown,
            found -> String.valueOf(found.version())));
  }

  private static ObjectNode shown(StoredDataset version) {
    return tree(version.activation().orElseThrow());
  }

  private static ObjectNode tree(String report) {
    return (ObjectNode) Json.read(report.getBytes(StandardCharsets.UTF_8), JsonNode.class);
  }
}
