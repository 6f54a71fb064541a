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
  SETTING_INVALID(USAGE),
  SPEC_INVALID(USAGE),
  SECRET_UNRESOLVED(USAGE),
  NOT_FOUND(USAGE),
  VERSION_CONFLICT(CONFLICT),
  METASTORE_UNAVAILABLE(UNAVAILABLE, Duration.ofSeconds(5)),
  METASTORE_REFUSED(USAGE),
  // Storage
  STORE_UNAVAILABLE(UNAVAILABLE, Duration.ofSeconds(5)),
  STORE_NOT_CONDITIONAL(USAGE),
  STORE_REFUSED(USAGE),
  STORE_ANSWER_AMBIGUOUS(UNAVAILABLE, Duration.ofSeconds(5)),
  LOG_CORRUPT(DATA),
  FORMAT_UNKNOWN(USAGE),
  // Raw archive
  ARCHIVE_NOT_FOUND(USAGE),
  ARCHIVE_CONFLICT(CONFLICT),
  ARCHIVE_GAP(DATA),
  ARCHIVE_SWEPT(CONFLICT, Duration.ofSeconds(1)),
  ARCHIVE_CHECKSUM(DATA),
  ARCHIVE_OTHER_CLUSTER(DATA),
  TOPIC_RECREATED(DATA),
  ARCHIVE_ROW_INVALID(DATA),
  // Kafka
  KAFKA_UNAVAILABLE(UNAVAILABLE, Duration.ofSeconds(5)),
  KAFKA_AUTHENTICATION(USAGE),
  KAFKA_AUTHORIZATION(USAGE),
  KAFKA_RETENTION_LOSS(DATA),
  TOPIC_NOT_FOUND(USAGE),
  // Lakehouse
  PLAN_CONFLICT(CONFLICT),
  PLAN_NOT_ADMITTED(DATA),
  PLAN_NOT_REPEATABLE(DATA),
  TABLE_UNAVAILABLE(UNAVAILABLE, Duration.ofSeconds(5)),
  TABLE_RESTORED(DATA),
  SCHEMA_REFUSED(USAGE),
  TRANSFORM_INVALID(USAGE),
  TRANSFORM_FAILED(DATA),
  /**
   * A single record that its dataset's contract refuses: it goes to quarantine, the run goes on.
   */
  RECORD_REFUSED(DATA, true),
  // Accounts
  UNACCOUNTED(DATA),
  INTERNAL_ERROR(INTERNAL);

  private final ErrorCategory category;
  private final boolean skippable;
  private final Duration retryAfter;

  ErrorCode(ErrorCategory category) {
    this(category, false, Duration.ZERO);
  }

  ErrorCode(ErrorCategory category, boolean skippable) {
    this(category, skippable, Duration.ZERO);
  }

  ErrorCode(ErrorCategory category, Duration retryAfter) {
    this(category, false, retryAfter);
  }

  ErrorCode(ErrorCategory category, boolean skippable, Duration retryAfter) {
    this.category = category;
    this.skippable = skippable;
    this.retryAfter = retryAfter;
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

  /** How long to wait before the first retry; zero where a retry does not help. */
  public Duration retryAfter() {
    return retryAfter;
  }
}
