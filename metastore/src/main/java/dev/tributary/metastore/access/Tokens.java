package dev.tributary.metastore.access;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.metastore.store.AuditRepository;
import dev.tributary.metastore.store.Database;
import dev.tributary.metastore.store.TokenRepository;
import dev.tributary.metastore.store.TokenRepository.StoredToken;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Makes, knows and ends bearer tokens. A token is 256 random bits, so its plain SHA-256 is as good
 * as any slower hash; the token itself is shown once and kept nowhere. Thread-safe.
 */
public final class Tokens {
  private static final String PREFIX = "trib_";
  private static final int BYTES = 32;
  private static final int ID_BYTES = 6;

  private final Database database;
  private final TokenRepository tokens = new TokenRepository();
  private final AuditRepository audit = new AuditRepository();
  private final Clock clock;
  private final SecureRandom random = new SecureRandom();

  /** Tokens of a database. */
  public Tokens(Database database, Clock clock) {
    this.database = database;
    this.clock = clock;
  }

  /**
   * A token that was just made.
   *
   * @param id by which it is revoked
   * @param secret the token, which cannot be read again
   */
  public record Made(String id, String secret) {
    /** Without the token. */
    @Override
    public String toString() {
      return "Made[" + id + "]";
    }
  }

  /** Makes a token; without a lifetime it is valid until it is revoked. */
  public Made make(String name, Set<Scope> scopes, Optional<Duration> lifetime) {
    byte[] secret = new byte[BYTES];
    random.nextBytes(secret);
    String token = PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(secret);
    byte[] id = new byte[ID_BYTES];
    random.nextBytes(id);
    long now = clock.millis();
    StoredToken stored =
        new StoredToken(
            HexFormat.of().formatHex(id),
            hash(token),
            name,
            scopes.stream().map(Scope::text).sorted().toList(),
            now,
            lifetime
                .map(duration -> OptionalLong.of(now + duration.toMillis()))
                .orElse(OptionalLong.empty()),
            OptionalLong.empty());
    return database.write(
        connection -> {
          tokens.add(connection, stored);
          record(connection, "make_token", stored.id() + " for " + name);
          return new Made(stored.id(), token);
        });
  }

  /** All tokens, oldest first. */
  public List<StoredToken> all() {
    return database.read(tokens::all);
  }

  /** Ends a token at once; NOT_FOUND where there is none of this id. */
  public void revoke(String id) {
    database.write(
        connection -> {
          if (!tokens.revoke(connection, id, clock.millis())) {
            throw TributaryException.of(
                ErrorCode.NOT_FOUND,
                "There is no valid token with the id '%s'.".formatted(id),
                "tributary metastore token-list shows them.");
          }
          record(connection, "revoke_token", id);
          return id;
        });
  }

  private void record(Connection connection, String action, String what) throws SQLException {
    audit.add(
        connection,
        new AuditRepository.Entry(
            0,
            clock.millis(),
            "operator",
            "local",
            action,
            "/tokens/" + what,
            OptionalLong.empty(),
            Optional.empty()));
  }

  /** Who bears a token; empty: it is not known, has ended or was revoked. */
  public Optional<Caller> caller(String token) {
    String hash = hash(token);
    long now = clock.millis();
    return database
        .read(connection -> tokens.find(connection, hash))
        .filter(stored -> stored.revokedAt().isEmpty())
        .filter(stored -> stored.expiresAt().orElse(Long.MAX_VALUE) > now)
        .map(
            stored ->
                new Caller(
                    stored.name(),
                    stored.scopes().stream().map(Scope::of).collect(Collectors.toSet())));
  }

  private static String hash(String token) {
    try {
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
