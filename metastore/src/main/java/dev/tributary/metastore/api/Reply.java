package dev.tributary.metastore.api;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.javalin.http.HttpStatus;
import java.util.List;
import java.util.OptionalLong;

/**
 * The answer to a change.
 *
 * @param status 201 for something new, 200 otherwise
 * @param etag the entity tag of what there is now; empty: it has none
 * @param action what was done, for the audit
 * @param version the version that came of it; empty: nothing changed, or it has no versions
 * @param changed whether anything did
 * @param body what is sent
 * @param beside what was done besides, for the audit too
 */
record Reply(
    HttpStatus status,
    String etag,
    String action,
    OptionalLong version,
    boolean changed,
    ObjectNode body,
    List<Beside> beside) {
  /**
   * What was done besides.
   *
   * @param action what, for the audit
   * @param resource to what, as a path
   * @param version the version that came of it; empty: it was refused, which the audit has once
   */
  record Beside(String action, String resource, OptionalLong version) {}

  /** The answer to a change of one thing. */
  Reply(
      HttpStatus status,
      String etag,
      String action,
      OptionalLong version,
      boolean changed,
      ObjectNode body) {
    this(status, etag, action, version, changed, body, List.of());
  }
}
