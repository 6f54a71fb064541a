package dev.tributary.metastore.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** Bearer tokens, of which only hashes are kept. In the caller's transaction. */
public final class TokenRepository {
  private static final String SELECT =
      "SELECT id, hash, name, scopes, created_at, expires_at, revoked_at FROM tokens ";

  /**
   * A token.
   *
   * @param id by which it is revoked
   * @param hash the SHA-256 of the token in hex
   * @param name who it was made for
   * @param scopes what it allows
   * @param createdAt epoch milliseconds
   * @param expiresAt from when it is not valid any more
   * @param revokedAt when it was revoked
   */
  public record StoredToken(
      String id,
      String hash,
      String name,
      List<String> scopes,
      long createdAt,
      OptionalLong expiresAt,
      OptionalLong revokedAt) {
    /** Copies the list. */
    public StoredToken {
      scopes = List.copyOf(scopes);
    }
  }

  /** Adds a token. */
  public void add(Connection connection, StoredToken token) throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement(
            "INSERT INTO tokens (id, hash, name, scopes, created_at, expires_at)"
                + " VALUES (?, ?, ?, ?, ?, ?)")) {
      insert.setString(1, token.id());
      insert.setString(2, token.hash());
      insert.setString(3, token.name());
      insert.setString(4, String.join(" ", token.scopes()));
      insert.setLong(5, token.createdAt());
      insert.setObject(6, token.expiresAt().isPresent() ? token.expiresAt().getAsLong() : null);
      insert.executeUpdate();
    }
  }

  /** The token of a hash. */
  public Optional<StoredToken> find(Connection connection, String hash) throws SQLException {
    try (PreparedStatement select = connection.prepareStatement(SELECT + "WHERE hash = ?")) {
      select.setString(1, hash);
      return rows(select).stream().findFirst();
    }
  }

  /** All of them, oldest first. */
  public List<StoredToken> all(Connection connection) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(SELECT + "ORDER BY created_at, id")) {
      return rows(select);
    }
  }

  /** Ends a token. False: there is none of this id that is not revoked already. */
  public boolean revoke(Connection connection, String id, long now) throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement(
            "UPDATE tokens SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL")) {
      update.setLong(1, now);
      update.setString(2, id);
      return update.executeUpdate() == 1;
    }
  }

  private static List<StoredToken> rows(PreparedStatement select) throws SQLException {
    try (ResultSet rows = select.executeQuery()) {
      List<StoredToken> tokens = new ArrayList<>();
      while (rows.next()) {
        tokens.add(
            new StoredToken(
                rows.getString(1),
                rows.getString(2),
                rows.getString(3),
                List.of(rows.getString(4).split(" ")),
                rows.getLong(5),
                optional(rows, 6),
                optional(rows, 7)));
      }
      return tokens;
    }
  }

  private static OptionalLong optional(ResultSet rows, int column) throws SQLException {
    long value = rows.getLong(column);
    return rows.wasNull() ? OptionalLong.empty() : OptionalLong.of(value);
  }
}
