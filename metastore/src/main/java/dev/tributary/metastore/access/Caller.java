package dev.tributary.metastore.access;

import java.util.Set;

/**
 * Who makes a request.
 *
 * @param name for the record
 * @param scopes what it may do
 */
public record Caller(String name, Set<Scope> scopes) {
  /** Whoever calls where the service does not ask. */
  public static final Caller ANYBODY = new Caller("anonymous", Set.of(Scope.ADMIN));

  /** Copies the set. */
  public Caller {
    scopes = Set.copyOf(scopes);
  }

  /** Whether it may do what needs a scope. */
  public boolean may(Scope needed) {
    return scopes.contains(needed) || scopes.contains(Scope.ADMIN);
  }
}
