package dev.tributary.core.error;

import static dev.tributary.core.error.ErrorCategory.CONFLICT;
import static dev.tributary.core.error.ErrorCategory.DATA;
import static dev.tributary.core.error.ErrorCategory.INTERNAL;
import static dev.tributary.core.error.ErrorCategory.UNAVAILABLE;
import static dev.tributary.core.error.ErrorCategory.USAGE;

import java.time.Duration;
import java.util.Locale;

/**
 * Every error that a person can meet. The code (the name in kebab-case) is stable across releases;
 * messages are not.
 */
public enum ErrorCode {
  // Settings and specs
  SETTING_INVALID(USAGE, "A setting is unknown, missing or not of its type."),
  SPEC_INVALID(USAGE, "A source or dataset is described in a way that cannot work."),
  SECRET_UNRESOLVED(USAGE, "A reference to a secret names a variable or a file that is not there."),
  NOT_FOUND(USAGE, "Nothing of this name exists."),
  VERSION_CONFLICT(CONFLICT, "Somebody else changed the same thing first."),
  REQUEST_INVALID(USAGE, "A request's header, query or path is not one that the service knows."),
  PRECONDITION_REQUIRED(USAGE, "A change has to say which version it replaces."),
  CHANGE_REFUSED(USAGE, "What exists does not allow this change."),
  NOT_SUPPORTED(USAGE, "The drivers of this release do not implement what is asked for."),
  IDEMPOTENCY_KEY_REUSED(CONFLICT, "An idempotency key came again with another request."),
  UNAUTHENTICATED(USAGE, "A request bears no token, or one that is not valid (any more)."),
  FORBIDDEN(USAGE, "The token does not have the scope that a request needs."),
  RATE_LIMITED(
      UNAVAILABLE, Duration.ofSeconds(1), "A caller makes more requests than are allowed."),
  CATALOG_FAILED(
      UNAVAILABLE, Duration.ofSeconds(5), "The catalog does not take a table's description."),
  METASTORE_UNAVAILABLE(UNAVAILABLE, Duration.ofSeconds(5), "The metastore does not answer."),
  METASTORE_REFUSED(
      USAGE, "The metastore refused a request; the message holds its reason and remedy."),
  METASTORE_DENIED(
      USAGE,
      Duration.ofSeconds(5),
      "The metastore does not let this client in: its token is missing, not valid (any more), or lacks a scope."),
  LOCAL_STACK_FAILED(
      UNAVAILABLE,
      Duration.ofSeconds(5),
      "A server or driver of the local stack did not start or ended by itself."),
  // Storage
  STORE_UNAVAILABLE(
      UNAVAILABLE, Duration.ofSeconds(5), "The object store or file system does not answer."),
  STORE_NOT_CONDITIONAL(
      USAGE, "The object store does not honour conditional writes, on which several writers rely."),
  STORE_REFUSED(
      USAGE, "The object store refused a request: credentials, rights or a wrong address."),
  STORE_ANSWER_AMBIGUOUS(
      UNAVAILABLE,
      Duration.ofSeconds(5),
      "The object store did not say whether a write landed, and it could not be found out."),
  CLOCK_AHEAD(
      UNAVAILABLE,
      Duration.ofSeconds(30),
      "The clock of this host is far ahead of the store's: what is old, and when something was written, would be wrong."),
  LOG_CORRUPT(
      DATA, "An entry of a manifest or plan log cannot be read or does not follow the one before."),
  FORMAT_UNKNOWN(USAGE, "An archive or log has a format that this release does not know."),
  // Raw archive
  ARCHIVE_NOT_FOUND(USAGE, "There is no raw archive at this place."),
  ARCHIVE_CONFLICT(
      CONFLICT, "Another writer already holds a part of the range that this one wants to commit."),
  ARCHIVE_GAP(DATA, "A commit does not continue where the archive ends."),
  ARCHIVE_SWEPT(
      CONFLICT,
      Duration.ofSeconds(1),
      "A sweep ran while a batch was written and its files may be gone; it is written again."),
  ARCHIVE_CHECKSUM(DATA, "A file of the archive is not what was written."),
  ARCHIVE_OTHER_CLUSTER(DATA, "The archive belongs to another Kafka cluster."),
  ARCHIVE_ROW_INVALID(DATA, "A row that was to be archived is not one of a Kafka record or range."),
  TOPIC_RECREATED(
      DATA, "The topic was deleted and created again; its offsets mean other records now."),
  // Kafka
  KAFKA_UNAVAILABLE(UNAVAILABLE, Duration.ofSeconds(5), "The Kafka brokers do not answer."),
  KAFKA_OPTIONS_INVALID(USAGE, "A Kafka client cannot be made with the given options."),
  KAFKA_AUTHENTICATION(USAGE, "Kafka does not accept the credentials."),
  KAFKA_AUTHORIZATION(USAGE, "Kafka does not allow this user to read the topic."),
  KAFKA_RETENTION_LOSS(DATA, "Kafka deleted records before they were archived."),
  KAFKA_TRUNCATED(
      DATA, "Kafka lost records that are archived, and has other ones at their offsets."),
  KAFKA_RECORDS_UNREADABLE(
      DATA, "Kafka holds records that cannot be read: their checksum or compression is broken."),
  KAFKA_IDS_UNKNOWN(
      USAGE,
      "The brokers do not tell the cluster's or the topic's id, so that a topic which is created again would not be noticed."),
  TOPIC_NOT_FOUND(USAGE, "The cluster has no topic of this name."),
  // Lakehouse
  PLAN_CONFLICT(CONFLICT, "Another run writes the same table."),
  PLAN_NOT_ADMITTED(
      DATA,
      "A batch has too many bad records, or one that a step or an expectation does not put up with: a person has to rule."),
  PLAN_NOT_REPEATABLE(DATA, "A plan that was done again came out differently."),
  TABLE_UNAVAILABLE(
      UNAVAILABLE, Duration.ofSeconds(5), "The Delta table cannot be read or written now."),
  TABLE_RESTORED(DATA, "The table was restored to an earlier version by other means."),
  TABLE_LOST(
      DATA,
      "The table, or one beside it, is gone, or is older than what its plan log says is written."),
  SCHEMA_REFUSED(USAGE, "The table cannot take the columns that a dataset version declares."),
  TRANSFORM_INVALID(USAGE, "A transform or its options cannot be used."),
  TRANSFORM_FAILED(DATA, "A transform failed on a batch."),
  RECORD_REFUSED(
      DATA,
      true,
      "A record that its dataset's contract refuses: it goes to quarantine, the run goes on."),
  // Accounts
  UNACCOUNTED(DATA, "Records are missing or there twice."),
  // Runs
  STOP_TIMED_OUT(
      UNAVAILABLE,
      Duration.ofSeconds(1),
      "A stop gave up what was in hand, such as a batch that took longer than stop-timeout; the"
          + " next run does it again."),
  INTERNAL_ERROR(INTERNAL, "A defect of the product.");

  private final ErrorCategory category;
  private final boolean skippable;
  private final Duration retryAfter;
  private final String meaning;

  ErrorCode(ErrorCategory category, String meaning) {
    this(category, false, Duration.ZERO, meaning);
  }

  ErrorCode(ErrorCategory category, boolean skippable, String meaning) {
    this(category, skippable, Duration.ZERO, meaning);
  }

  ErrorCode(ErrorCategory category, Duration retryAfter, String meaning) {
    this(category, false, retryAfter, meaning);
  }

  ErrorCode(ErrorCategory category, boolean skippable, Duration retryAfter, String meaning) {
    this.category = category;
    this.skippable = skippable;
    this.retryAfter = retryAfter;
    this.meaning = meaning;
  }

  /** What it means, in one sentence. */
  public String meaning() {
    return meaning;
  }

  /** The stable code, for example {@code store-unavailable}. */
  public String code() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** Who can do something about it. */
  public ErrorCategory category() {
    return category;
  }

  /** Whether the same call may succeed later with nothing changed. */
  public boolean retryable() {
    return !retryAfter.isZero();
  }

  /** Whether the record that caused it can be set aside and the run go on. */
  public boolean skippable() {
    return skippable;
  }

  /** Whether the metastore says nothing at all to this client now, whatever it is asked. */
  public boolean metastoreAway() {
    return this == METASTORE_UNAVAILABLE || this == METASTORE_DENIED;
  }

  /** How long to wait before the first retry; zero where a retry does not help. */
  public Duration retryAfter() {
    return retryAfter;
  }
}
