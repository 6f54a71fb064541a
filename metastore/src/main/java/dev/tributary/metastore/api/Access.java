package dev.tributary.metastore.api;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.metastore.access.Caller;
import dev.tributary.metastore.access.RateLimit;
import dev.tributary.metastore.access.Scope;
import dev.tributary.metastore.access.Tokens;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.util.Optional;
import java.util.regex.Pattern;

/** Finds out who calls, and refuses who may not. */
final class Access {
  private static final String CALLER = "caller";
  private static final String BEARER = "Bearer ";

  private static final Pattern LOOPBACK =
      Pattern.compile("localhost\\.?|127(\\.\\d{1,3}){3}|\\[::1]", Pattern.CASE_INSENSITIVE);

  private final Optional<Tokens> tokens;
  private final RateLimit limit;
  private final String host;

  /**
   * Without tokens everybody on this machine may do everything.
   *
   * @param host where the service listens, as its settings say
   */
  Access(Optional<Tokens> tokens, RateLimit limit, String host) {
    this.tokens = tokens;
    this.limit = limit;
    this.host = host;
  }

  void register(RoutesConfig routes) {
    routes.before(this::limit);
    routes.beforeMatched(this::check);
  }

  private void limit(Context context) {
    if (!context.path().startsWith("/health/") && !limit.allows(context.ip())) {
      throw TributaryException.of(
          ErrorCode.RATE_LIMITED,
          "More requests come from %s than are allowed.".formatted(context.ip()),
          "Wait a second, and make fewer.");
    }
  }

  private void check(Context context) {
    Optional<Scope> needed =
        context.routeRoles().stream()
            .filter(Scope.class::isInstance)
            .map(Scope.class::cast)
            .findFirst();
    if (needed.isEmpty()) {
      return;
    }
    if (tokens.isEmpty()) {
      requireNoWebPage(context);
    }
    Caller caller = tokens.map(known -> known(known, context)).orElse(Caller.ANYBODY);
    if (!caller.may(needed.get())) {
      context.header(
          "WWW-Authenticate",
          "Bearer realm=\"tributary\", error=\"insufficient_scope\", scope=\"%s\""
              .formatted(needed.get().text()));
      throw TributaryException.of(
          ErrorCode.FORBIDDEN,
          "The token '%s' does not have the scope %s."
              .formatted(caller.name(), needed.get().text()),
          "Use one that has it: tributary metastore token-create --scope %s."
              .formatted(needed.get().text()));
    }
    context.attribute(CALLER, caller);
  }

  /** Any page that a browser on this machine shows could change what it likes. */
  private void requireNoWebPage(Context context) {
    if (context.header("Origin") != null) {
      throw TributaryException.of(
          ErrorCode.FORBIDDEN,
          "The request comes from a web page, and this service asks nobody who they are.",
          "Start it with --tokens, or call it from a program.");
    }
    // A page whose own name leads here by now (DNS rebinding) is of one origin with the service.
    String asked = context.header("Host");
    String name = asked == null ? "localhost" : asked.replaceFirst(":\\d*$", "");
    if (!LOOPBACK.matcher(name).matches() && !name.equalsIgnoreCase(host)) {
      throw TributaryException.of(
          ErrorCode.FORBIDDEN,
          "The request is to the host '%s', and this service answers to this machine alone and asks nobody who they are."
              .formatted(name),
          "Call it as localhost or 127.0.0.1, or start it with --tokens.");
    }
  }

  private static Caller known(Tokens tokens, Context context) {
    String header = context.header("Authorization");
    if (header == null || !header.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
      context.header("WWW-Authenticate", "Bearer realm=\"tributary\"");
      throw TributaryException.of(
          ErrorCode.UNAUTHENTICATED,
          "The request bears no token.",
          "Send the header Authorization: Bearer TOKEN.");
    }
    return tokens
        .caller(header.substring(BEARER.length()).trim())
        .orElseThrow(
            () -> {
              context.header(
                  "WWW-Authenticate", "Bearer realm=\"tributary\", error=\"invalid_token\"");
              return TributaryException.of(
                  ErrorCode.UNAUTHENTICATED,
                  "The token is not valid: it is not known, has ended or was revoked.",
                  "Use another: tributary metastore token-create makes one.");
            });
  }

  /** Who calls. */
  static Caller caller(Context context) {
    Caller caller = context.attribute(CALLER);
    return caller == null ? Caller.ANYBODY : caller;
  }
}
