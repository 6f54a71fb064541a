package dev.tributary.metastore.api;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.json.Json;
import dev.tributary.metastore.change.Recovery;
import dev.tributary.metastore.store.AuditRepository;
import dev.tributary.metastore.store.Database;
import dev.tributary.metastore.store.IdempotencyRepository;
import dev.tributary.metastore.store.IdempotencyRepository.Kept;
import dev.tributary.metastore.store.Note;
import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.util.HexFormat;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Pattern;

/**
 * Carries changes out: each is one transaction, together with its entry in the audit and the answer
 * to its idempotency key; a dry run is the same, taken back.
 */
final class Writes {
  private static final Pattern KEY = Pattern.compile("[\\x21-\\x7e]{1,255}");

  private final Database database;
  private final IdempotencyRepository keys = new IdempotencyRepository();
  private final AuditRepository audit = new AuditRepository();
  private final Recovery recovery;
  private final Clock clock;

  Writes(Database database, Recovery recovery, Clock clock) {
    this.database = database;
    this.recovery = recovery;
    this.clock = clock;
  }

  /** A change within a transaction. */
  @FunctionalInterface
  interface Work {
    Reply with(Connection connection, Note note) throws SQLException;
  }

  /** Carries a change out and answers; not before a restored database has learned. */
  void carryOut(Context context, Optional<String> reason, Work work) {
    recovery.requireDone();
    inRecovery(context, reason, work);
  }

  /**
   * Whether the same request was answered before, by its key, and is answered the same now. For
   * what has to find out much before it is carried out; as that, not before the database has
   * learned.
   */
  boolean replayed(Context context) {
    recovery.requireDone();
    Optional<String> key = key(context);
    if (key.isEmpty() || Requests.dryRun(context)) {
      return false;
    }
    String fingerprint = fingerprint(context);
    Optional<Kept> known =
        database.read(connection -> known(connection, context, key.get(), fingerprint));
    known.ifPresent(kept -> send(context, kept));
    return known.isPresent();
  }

  /** Carries a change out and answers, whether a restored database has learned or not. */
  void inRecovery(Context context, Optional<String> reason, Work work) {
    Note note = new Note(Access.caller(context).name(), reason);
    if (Requests.dryRun(context)) {
      Reply reply = database.tryOut(connection -> work.with(connection, note));
      reply.body().put("dryRun", true);
      send(context, HttpStatus.OK, Optional.empty(), Json.write(reply.body()));
      return;
    }
    Optional<String> key = key(context);
    String fingerprint = key.isPresent() ? fingerprint(context) : "";
    Kept answer =
        database.write(
            connection -> {
              if (key.isPresent()) {
                Optional<Kept> known = known(connection, context, key.get(), fingerprint);
                if (known.isPresent()) {
                  return known.get();
                }
              }
              Reply reply = work.with(connection, note);
              Kept made =
                  new Kept(
                      fingerprint,
                      reply.status().getCode(),
                      Optional.of(reply.etag()).filter(etag -> !etag.isEmpty()),
                      new String(Json.write(reply.body()), StandardCharsets.UTF_8));
              for (Reply.Beside beside : reply.beside()) {
                if (beside.version().isPresent()
                    || !audit.saysLast(connection, beside.resource(), beside.action())) {
                  audit.add(connection, entry(context, note, beside));
                }
              }
              if (reply.changed()) {
                audit.add(connection, entry(context, note, reply));
              }
              if (key.isPresent()) {
                keys.keep(connection, note.actor(), key.get(), clock.millis(), made);
              }
              return made;
            });
    send(context, answer);
  }

  /** A driver's report within a transaction. */
  @FunctionalInterface
  interface Report {
    void with(Connection connection) throws SQLException;
  }

  /**
   * Takes a driver's report in and answers with nothing. A report is no change of the caller's: it
   * is taken in whether a restored database has learned or not, and says itself what it adds to the
   * audit. Without a key nothing of one is looked at or kept.
   */
  void takeIn(Context context, Report report) {
    Optional<String> key = key(context);
    String fingerprint = key.isPresent() ? fingerprint(context) : "";
    database.write(
        connection -> {
          if (key.isPresent()) {
            if (known(connection, context, key.get(), fingerprint).isPresent()) {
              return fingerprint;
            }
            keys.keep(
                connection,
                Access.caller(context).name(),
                key.get(),
                clock.millis(),
                new Kept(fingerprint, HttpStatus.NO_CONTENT.getCode(), Optional.empty(), ""));
          }
          report.with(connection);
          return fingerprint;
        });
    context.status(HttpStatus.NO_CONTENT);
  }

  /** The answer that the same request was given before; refused where it was another request. */
  private Optional<Kept> known(
      Connection connection, Context context, String key, String fingerprint) throws SQLException {
    Optional<Kept> known = keys.find(connection, Access.caller(context).name(), key);
    if (known.filter(kept -> !kept.fingerprint().equals(fingerprint)).isPresent()) {
      throw TributaryException.of(
          ErrorCode.IDEMPOTENCY_KEY_REUSED,
          "The Idempotency-Key '%s' came before, with another request.".formatted(key),
          "Give every request a key of its own, and repeat a request as it was.");
    }
    if (known.isPresent()) {
      context.header("Idempotency-Replayed", "true");
    }
    return known;
  }

  private AuditRepository.Entry entry(Context context, Note note, Reply reply) {
    return entry(context, note, reply.action(), context.path(), reply.version());
  }

  private AuditRepository.Entry entry(Context context, Note note, Reply.Beside beside) {
    return entry(context, note, beside.action(), beside.resource(), beside.version());
  }

  private AuditRepository.Entry entry(
      Context context, Note note, String action, String resource, OptionalLong version) {
    return new AuditRepository.Entry(
        0, clock.millis(), note.actor(), context.ip(), action, resource, version, note.reason());
  }

  private static Optional<String> key(Context context) {
    String key = context.header("Idempotency-Key");
    if (key != null && !KEY.matcher(key).matches()) {
      throw Requests.invalid(
          "The Idempotency-Key is empty, longer than 255 characters, or holds one that is not"
              + " visible ASCII.",
          "Use a UUID.");
    }
    return Optional.ofNullable(key);
  }

  private static String fingerprint(Context context) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (String part :
          new String[] {
            context.method().name(),
            context.path(),
            String.valueOf(context.queryString()),
            String.valueOf(context.header("If-Match")),
            String.valueOf(context.header("If-None-Match"))
          }) {
        digest.update(part.getBytes(StandardCharsets.UTF_8));
        digest.update((byte) 0);
      }
      // The path of an upload is the hash of its body, and was held against it.
      byte[] body = TransformRoutes.uploads(context) ? new byte[0] : context.bodyAsBytes();
      return HexFormat.of().formatHex(digest.digest(body));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void send(Context context, Kept answer) {
    send(
        context,
        HttpStatus.forStatus(answer.status()),
        answer.etag(),
        answer.body().getBytes(StandardCharsets.UTF_8));
  }

  private static void send(Context context, HttpStatus status, Optional<String> etag, byte[] body) {
    context.status(status);
    etag.ifPresent(tag -> context.header("ETag", tag));
    context.contentType("application/json").result(body);
  }
}
