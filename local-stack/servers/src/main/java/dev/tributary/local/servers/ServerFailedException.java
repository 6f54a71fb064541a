package dev.tributary.local.servers;

/** A server did not do what it was told to; the message ends with the last lines of its log. */
public final class ServerFailedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  ServerFailedException(String message) {
    super(message);
  }

  ServerFailedException(String message, Throwable cause) {
    super(message, cause);
  }
}
