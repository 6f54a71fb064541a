package dev.tributary.metastore.api;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tributary.metastore.store.StoredSource;
import io.javalin.http.HttpStatus;
import java.util.Optional;
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
 * @param source the source that was created beside it, for the audit too; empty: none
 */
record Reply(
    HttpStatus status,
    String etag,
    String action,
    OptionalLong version,
    boolean changed,
    ObjectNode body,
    Optional<StoredSource> source) {
  /** The answer to a change of one thing. */
  Reply(
      HttpStatus status,
      String etag,
      String action,
      OptionalLong version,
      boolean changed,
      ObjectNode body) {
    this(status, etag, action, version, changed, body, Optional.empty());
  }
}
