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
  private final String remedy;

  /** An error whose message says the problem, the value and the remedy. */
  public TributaryException(ErrorCode code, String message) {
    this(code, message, null, "", "");
  }

  /** As above, caused by {@code cause}. */
  public TributaryException(ErrorCode code, String message, Throwable cause) {
    this(code, message, cause, "", "");
  }

  private TributaryException(
      ErrorCode code, String message, Throwable cause, String pointer, String remedy) {
    super(requireNonNull(message, "message"), cause);
    this.code = requireNonNull(code, "code");
    this.pointer = requireNonNull(pointer, "pointer");
    this.remedy = requireNonNull(remedy, "remedy");
  }

  /** An error whose message is the problem and the remedy, and whose remedy can be shown apart. */
  public static TributaryException of(ErrorCode code, String problem, String remedy) {
    return new TributaryException(code, problem + " " + remedy, null, "", remedy);
  }

  /** As {@link #of(ErrorCode, String, String)}, caused by {@code cause}. */
  public static TributaryException of(
      ErrorCode code, String problem, String remedy, Throwable cause) {
    return new TributaryException(code, problem + " " + remedy, cause, "", remedy);
  }

  /** The same error, at a place in a JSON document given by JSON pointer. */
  public TributaryException at(String jsonPointer) {
    TributaryException located =
        new TributaryException(code, getMessage(), getCause(), jsonPointer, remedy);
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

  /** What to do about it, which the message says too; empty where it was not given apart. */
  public Optional<String> remedy() {
    return remedy.isEmpty() ? Optional.empty() : Optional.of(remedy);
  }
}
