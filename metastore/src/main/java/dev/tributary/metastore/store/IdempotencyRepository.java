package dev.tributary.metastore.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;

/** Answers that were given to requests with an idempotency key. In the caller's transaction. */
public final class IdempotencyRepository {
  private static final long KEPT_MILLIS = Duration.ofDays(7).toMillis();

  /**
   * An answer.
   *
   * @param fingerprint of the request that it was given to
   * @param status its HTTP status
   * @param etag its entity tag
   * @param body its JSON
   */
  public record Kept(String fingerprint, int status, Optional<String> etag, String body) {}

  /** The answer that a caller's key was given. */
  public Optional<Kept> find(Connection connection, String actor, String key) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT fingerprint, status, etag, body FROM idempotency_keys"
                + " WHERE actor = ? AND key = ?")) {
      select.setString(1, actor);
      select.setString(2, key);
      try (ResultSet rows = select.executeQuery()) {
        return rows.next()
            ? Optional.of(
                new Kept(
                    rows.getString(1),
                    rows.getInt(2),
                    Optional.ofNullable(rows.getString(3)),
                    rows.getString(4)))
            : Optional.empty();
      }
    }
  }

  /** Keeps an answer for a week. */
  public void keep(Connection connection, String actor, String key, long now, Kept answer)
      throws SQLException {
    try (PreparedStatement insert =
            connection.prepareStatement(
                "INSERT INTO idempotency_keys (actor, key, fingerprint, at, status, etag, body)"
                    + " VALUES (?, ?, ?, ?, ?, ?, ?)");
        PreparedStatement prune =
            connection.prepareStatement("DELETE FROM idempotency_keys WHERE at < ?")) {
      prune.setLong(1, now - KEPT_MILLIS);
      prune.executeUpdate();
      insert.setString(1, actor);
      insert.setString(2, key);
      insert.setString(3, answer.fingerprint());
      insert.setLong(4, now);
      insert.setInt(5, answer.status());
      insert.setString(6, answer.etag().orElse(null));
      insert.setString(7, answer.body());
      insert.executeUpdate();
    }
  }
}
