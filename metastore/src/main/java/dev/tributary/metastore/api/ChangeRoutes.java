package dev.tributary.metastore.api;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.metastore.DdlOperation;
import dev.tributary.core.spec.SpecState;
import dev.tributary.metastore.change.Change;
import dev.tributary.metastore.change.Datasets;
import dev.tributary.metastore.store.StoredDataset;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.util.List;

/** {@code POST /ddl} and {@code POST /dml}. */
final class ChangeRoutes {
  private final Datasets datasets;

  ChangeRoutes(Datasets datasets) {
    this.datasets = datasets;
  }

  /** What POST /ddl takes. */
  record DdlRequest(String table, List<DdlOperation> operations) {
    DdlRequest {
      require("/table", table);
      operations = requireSome(operations);
    }
  }

  /** What POST /dml takes. */
  record DmlRequest(String table, List<DmlOperation> operations) {
    DmlRequest {
      require("/table", table);
      operations = requireSome(operations);
    }
  }

  /** One DML operation. */
  record DmlOperation(Op op) {
    enum Op {
      @JsonProperty("pause")
      PAUSE,
      @JsonProperty("resume")
      RESUME
    }

    DmlOperation {
      require("/op", op);
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
    if (operations.isEmpty() || operations.contains(null)) {
      throw TributaryException.of(
              ErrorCode.SPEC_INVALID,
              "The field operations holds no operation, or a null.",
              "Give at least one operation and no null.")
          .at("/operations");
    }
    return List.copyOf(operations);
  }

  void register(RoutesConfig routes) {
    routes.post("/ddl", this::ddl);
    routes.post("/dml", this::dml);
  }

  private void ddl(Context context) {
    Requests.allowQuery(context);
    Requests.refuseIdempotencyKey(context);
    DdlRequest request = Requests.body(context, DdlRequest.class);
    send(
        context,
        datasets.ddl(request.table(), request.operations(), Requests.precondition(context)));
  }

  private void dml(Context context) {
    Requests.allowQuery(context);
    Requests.refuseIdempotencyKey(context);
    DmlRequest request = Requests.body(context, DmlRequest.class);
    if (request.operations().size() > 1) {
      throw TributaryException.of(
              ErrorCode.SPEC_INVALID,
              "The operations pause and resume exclude one another.",
              "Give one of them.")
          .at("/operations/1");
    }
    boolean pause = request.operations().get(0).op() == DmlOperation.Op.PAUSE;
    send(
        context,
        datasets.setState(
            request.table(),
            pause ? SpecState.PAUSED : SpecState.ACTIVE,
            pause ? "pause" : "resume",
            Requests.precondition(context)));
  }

  static void send(Context context, Change<StoredDataset> change) {
    Answers.sendChange(
        context, change.outcome(), Datasets.etag(change.version()), Answers.of(change.version()));
  }
}
