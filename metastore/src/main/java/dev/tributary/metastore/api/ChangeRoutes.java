package dev.tributary.metastore.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.metastore.DdlOperation;
import dev.tributary.core.metastore.DmlOperation;
import dev.tributary.metastore.access.Scope;
import dev.tributary.metastore.change.Bringing;
import dev.tributary.metastore.change.Change;
import dev.tributary.metastore.change.Datasets;
import dev.tributary.metastore.change.Datasets.Written;
import dev.tributary.metastore.change.Precondition;
import dev.tributary.metastore.store.StoredDataset;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.StringJoiner;

/** {@code POST /ddl}, {@code POST /dml} and what drivers change of columns by themselves. */
final class ChangeRoutes {
  private static final int MOST_OPERATIONS = 1_000;

  private final Datasets datasets;
  private final Writes writes;

  ChangeRoutes(Datasets datasets, Writes writes) {
    this.datasets = datasets;
    this.writes = writes;
  }

  /** What POST /ddl takes. */
  record DdlRequest(String table, List<DdlOperation> operations, Optional<String> reason) {
    DdlRequest {
      require("/table", table);
      operations = requireSome(operations);
      reason = reason == null ? Optional.empty() : reason;
    }
  }

  /** What POST /datasets/{name}/columns takes. */
  record FoundRequest(Long version, List<DdlOperation> operations, Optional<String> reason) {
    FoundRequest {
      require("/version", version);
      operations = requireSome(operations);
      reason = reason == null ? Optional.empty() : reason;
    }
  }

  /** What POST /dml takes. */
  record DmlRequest(
      String table, List<DmlOperation> operations, Optional<String> reason, Boolean rebuild) {
    DmlRequest {
      require("/table", table);
      operations = requireSome(operations);
      reason = reason == null ? Optional.empty() : reason;
      rebuild = rebuild == null ? Boolean.FALSE : rebuild;
      boolean pauses = operations.stream().anyMatch(DmlOperation.Pause.class::isInstance);
      boolean resumes = operations.stream().anyMatch(DmlOperation.Resume.class::isInstance);
      if (pauses && resumes) {
        throw TributaryException.of(
                ErrorCode.SPEC_INVALID,
                "The operations pause and resume exclude one another.",
                "Give one of them.")
            .at("/operations");
      }
      if (operations.stream().filter(DmlOperation.RevertTo.class::isInstance).count() > 1) {
        throw TributaryException.of(
                ErrorCode.SPEC_INVALID,
                "The operation revert_to stands there more than once.",
                "Give the version that is to come back in the end.")
            .at("/operations");
      }
    }
  }

  private static void require(String pointer, Object value) {
    if (value == null) {
      throw TributaryException.of(
              ErrorCode.SPEC_INVALID,
              "The field %s is missing.".formatted(pointer.substring(1)),
              "Add it.")
          .at(pointer);
    }
  }

  private static <T> List<T> requireSome(List<T> operations) {
    require("/operations", operations);
    if (operations.isEmpty()
        || operations.size() > MOST_OPERATIONS
        || operations.stream().anyMatch(java.util.Objects::isNull)) {
      throw TributaryException.of(
              ErrorCode.SPEC_INVALID,
              "The field operations holds no operation, a null, or more than %,d operations."
                  .formatted(MOST_OPERATIONS),
              "Give at least one operation and no null.")
          .at("/operations");
    }
    return List.copyOf(operations);
  }

  void register(RoutesConfig routes) {
    routes.post("/ddl", this::ddl, Scope.DATASETS_WRITE);
    routes.post("/dml", this::dml, Scope.DATASETS_WRITE);
    routes.post("/datasets/{name}/columns", this::found, Scope.RUNS_WRITE);
  }

  private void ddl(Context context) {
    Requests.allowQuery(context, "dryRun");
    DdlRequest request = Requests.body(context, DdlRequest.class);
    Precondition precondition = Requests.precondition(context);
    writes.carryOut(
        context,
        Requests.reason(request.reason()),
        (connection, note) ->
            Changes.of(
                connection,
                datasets,
                datasets.ddl(
                    connection, request.table(), request.operations(), precondition, note)));
  }

  private void found(Context context) {
    Requests.allowQuery(context, "dryRun");
    String name = context.pathParam("name");
    FoundRequest request = Requests.body(context, FoundRequest.class);
    writes.carryOut(
        context,
        Requests.reason(request.reason()),
        (connection, note) ->
            Changes.of(
                connection,
                datasets,
                datasets.evolve(connection, name, request.version(), request.operations(), note)));
  }

  private void dml(Context context) {
    Requests.allowQuery(context, "dryRun");
    DmlRequest request = Requests.body(context, DmlRequest.class);
    Precondition precondition = Requests.precondition(context);
    writes.carryOut(
        context,
        Requests.reason(request.reason()),
        (connection, note) -> {
          Change<StoredDataset> change =
              datasets.dml(
                  connection,
                  request.table(),
                  request.operations(),
                  request.rebuild() ? Bringing.REBUILD : Bringing.IN_PLACE,
                  precondition,
                  note);
          Reply reply = Changes.of(connection, datasets, change);
          for (DmlOperation operation : request.operations()) {
            if (reply.changed()
                && !request.rebuild()
                && operation instanceof DmlOperation.RevertTo revert) {
              nameWhatWasWritten(connection, change.version(), revert.version(), reply.body());
            }
          }
          return reply;
        });
  }

  /** The rows that the version that is left made are as they were; here is what makes them anew. */
  private void nameWhatWasWritten(
      Connection connection, StoredDataset dataset, long version, ObjectNode body)
      throws SQLException {
    Optional<Written> found = datasets.writtenSince(connection, dataset.name(), version);
    if (found.isEmpty()) {
      return;
    }
    JsonNode since = found.get().since();
    StringJoiner ranges = new StringJoiner(" ");
    since
        .properties()
        .forEach(
            topic ->
                ranges.add(
                    "%s from sequence %s".formatted(topic.getKey(), topic.getValue().asText())));
    ObjectNode written = body.putObject("written");
    written.put("version", version);
    written.set("since", since);
    written.put(
        "detail",
        "What was written since version %d was left (%s) stays in the table as the versions after"
                .formatted(version, ranges)
            + " it made it.");
    written.put("command", Repair.command(found.get(), Datasets.spec(dataset), dataset.version()));
  }
}
