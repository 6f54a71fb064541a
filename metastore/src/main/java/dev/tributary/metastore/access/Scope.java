package dev.tributary.metastore.access;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import io.javalin.security.RouteRole;
import java.util.Arrays;
import java.util.List;

/** What a token allows. */
public enum Scope implements RouteRole {
  /** To read everything but the audit. */
  READ("read"),
  /** To change sources, datasets and transforms. */
  DATASETS_WRITE("datasets:write"),
  /** To report runs and activations. */
  RUNS_WRITE("runs:write"),
  /** Everything, the audit included. */
  ADMIN("admin");

  private final String text;

  Scope(String text) {
    this.text = text;
  }

  /** As it is written. */
  public String text() {
    return text;
  }

  /** The scope of a name; SETTING_INVALID where there is none. */
  public static Scope of(String text) {
    List<Scope> scopes = List.of(values());
    return scopes.stream()
        .filter(scope -> scope.text.equals(text))
        .findFirst()
        .orElseThrow(
            () ->
                TributaryException.of(
                    ErrorCode.SETTING_INVALID,
                    "There is no scope '%s'.".formatted(text),
                    "Use %s.".formatted(Arrays.stream(values()).map(Scope::text).toList())));
  }
}
