package dev.tributary.core.error;

import static java.util.Objects.requireNonNull;

import java.util.Optional;

/**
 * An error with a stable code. Its message says the problem, the offending value and the remedy,
 * and never holds a secret.
 */
public final class TributaryException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final ErrorCode code;
  private final String pointer;

  /** An error whose message says the problem, the value and the remedy. */
  public TributaryException(ErrorCode code, String message) {
    this(code, message, null, "");
  }

  /** As above, caused by {@code cause}. */
  public TributaryException(ErrorCode code, String message, Throwable cause) {
    this(code, message, cause, "");
  }

  private TributaryException(ErrorCode code, String message, Throwable cause, String pointer) {
    super(requireNonNull(message, "message"), cause);
    this.code = requireNonNull(code, "code");
    this.pointer = requireNonNull(pointer, "pointer");
  }

  /** The same error, at a place in a JSON document given by JSON pointer. */
  public TributaryException at(String jsonPointer) {
    TributaryException located =
        new TributaryException(code, getMessage(), getCause(), jsonPointer);
    located.setStackTrace(getStackTrace());
    return located;
  }

  /** Where in a JSON document the error is, as a JSON pointer; empty where that is not known. */
  public Optional<String> pointer() {
    return pointer.isEmpty() ? Optional.empty() : Optional.of(pointer);
  }

  /** The stable code. */
  public ErrorCode code() {
    return code;
  }
}
