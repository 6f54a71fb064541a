package dev.tributary.local.servers;

/** What a {@link FaultyProxy} does to a request. */
public enum Fault {
  /** Answers 500. */
  INTERNAL_ERROR(500, "Internal Server Error", "InternalError"),
  /** Answers 503. */
  SLOW_DOWN(503, "Service Unavailable", "SlowDown"),
  /** Answers 409; at random only to conditional requests, since S3 gives it to no others. */
  CONFLICT(409, "Conflict", "ConditionalRequestConflict"),
  /** Resets the connection. */
  RESET(0, "", ""),
  /** Keeps silent until the client gives up. */
  SILENCE(0, "", "");

  /** Whether the server sees the request that goes wrong. */
  public enum Moment {
    /** The request never reaches the server. */
    BEFORE,
    /** The server does what was asked; its answer is lost. */
    AFTER
  }

  private final int status;
  private final String reason;
  private final String code;

  Fault(int status, String reason, String code) {
    this.status = status;
    this.reason = reason;
    this.code = code;
  }

  int status() {
    return status;
  }

  String reason() {
    return reason;
  }

  String code() {
    return code;
  }
}
