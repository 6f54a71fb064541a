package dev.tributary.metastore.api;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.json.Json;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.HttpResponseException;
import io.javalin.http.HttpStatus;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Errors as {@code application/problem+json}: one table says which status each code has. */
final class Problems {
  static final String CONTENT_TYPE = "application/problem+json";
  private static final Logger LOG = LoggerFactory.getLogger(Problems.class);
  private static final Map<ErrorCode, HttpStatus> STATUS =
      Map.ofEntries(
          Map.entry(ErrorCode.SPEC_INVALID, HttpStatus.BAD_REQUEST),
          Map.entry(ErrorCode.REQUEST_INVALID, HttpStatus.BAD_REQUEST),
          Map.entry(ErrorCode.NOT_SUPPORTED, HttpStatus.BAD_REQUEST),
          Map.entry(ErrorCode.TRANSFORM_INVALID, HttpStatus.BAD_REQUEST),
          Map.entry(ErrorCode.UNAUTHENTICATED, HttpStatus.UNAUTHORIZED),
          Map.entry(ErrorCode.FORBIDDEN, HttpStatus.FORBIDDEN),
          Map.entry(ErrorCode.NOT_FOUND, HttpStatus.NOT_FOUND),
          Map.entry(ErrorCode.CHANGE_REFUSED, HttpStatus.CONFLICT),
          Map.entry(ErrorCode.VERSION_CONFLICT, HttpStatus.PRECONDITION_FAILED),
          Map.entry(ErrorCode.IDEMPOTENCY_KEY_REUSED, HttpStatus.UNPROCESSABLE_CONTENT),
          Map.entry(ErrorCode.PRECONDITION_REQUIRED, HttpStatus.PRECONDITION_REQUIRED),
          Map.entry(ErrorCode.RATE_LIMITED, HttpStatus.TOO_MANY_REQUESTS),
          Map.entry(ErrorCode.STORE_UNAVAILABLE, HttpStatus.SERVICE_UNAVAILABLE));

  private Problems() {}

  static void register(RoutesConfig routes) {
    routes.exception(TributaryException.class, Problems::known);
    routes.exception(HttpResponseException.class, Problems::refused);
    routes.exception(Exception.class, Problems::defect);
  }

  private static void known(TributaryException e, Context context) {
    HttpStatus status = STATUS.get(e.code());
    if (status == null) {
      defect(e, context);
      return;
    }
    if (status == HttpStatus.SERVICE_UNAVAILABLE) {
      LOG.error("{} {} failed", context.method(), context.path(), e);
    }
    if (e.code().retryable()) {
      context.header("Retry-After", String.valueOf(e.code().retryAfter().toSeconds()));
    }
    ObjectNode problem = problem(status, e.code().code(), e.getMessage());
    e.pointer().ifPresent(pointer -> problem.put("pointer", pointer));
    e.remedy().ifPresent(remedy -> problem.put("remedy", remedy));
    send(context, status, problem);
  }

  private static void refused(HttpResponseException e, Context context) {
    HttpStatus status = HttpStatus.forStatus(e.getStatus());
    send(context, status, byStatus(status));
  }

  /** What the HTTP server itself refuses. */
  static ObjectNode byStatus(HttpStatus status) {
    String detail =
        switch (status) {
          case NOT_FOUND -> "There is no such path. GET /openapi.yaml lists them.";
          case METHOD_NOT_ALLOWED ->
              "The path does not know this method. GET /openapi.yaml lists what it knows.";
          case CONTENT_TOO_LARGE -> "The body is larger than this service takes. Send less.";
          default -> "The request is not one that this service can carry out.";
        };
    return problem(status, "http-" + status.getCode(), detail);
  }

  private static void defect(Exception e, Context context) {
    LOG.error("{} {} failed", context.method(), context.path(), e);
    send(
        context,
        HttpStatus.INTERNAL_SERVER_ERROR,
        problem(
            HttpStatus.INTERNAL_SERVER_ERROR,
            ErrorCode.INTERNAL_ERROR.code(),
            "A defect of the service, which its log describes. Please report it."));
  }

  private static ObjectNode problem(HttpStatus status, String code, String detail) {
    return Json.mapper()
        .createObjectNode()
        .put("type", "about:blank")
        .put("title", status.getMessage())
        .put("status", status.getCode())
        .put("code", code)
        .put("detail", detail);
  }

  private static void send(Context context, HttpStatus status, ObjectNode problem) {
    context.status(status).contentType(CONTENT_TYPE).result(Json.write(problem));
  }
}
