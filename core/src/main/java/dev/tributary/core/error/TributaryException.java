package dev.tributary.core.error;

import static java.util.Objects.requireNonNull;

/**
 * An error with a stable code. Its message says the problem, the offending value and the remedy,
 * and never holds a secret.
 */
public final class TributaryException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final ErrorCode code;

  /** An error whose message says the problem, the value and the remedy. */
  public TributaryException(ErrorCode code, String message) {
    super(requireNonNull(message, "message"));
    this.code = requireNonNull(code, "code");
  }

  /** As above, caused by {@code cause}. */
  public TributaryException(ErrorCode code, String message, Throwable cause) {
    super(requireNonNull(message, "message"), cause);
    this.code = requireNonNull(code, "code");
  }

  /** The stable code. */
  public ErrorCode code() {
    return code;
  }
}
