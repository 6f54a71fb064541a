package dev.tributary.storage;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.security.AccessControlException;

/** What a store says when it fails. */
final class StoreErrors {
  private StoreErrors() {}

  /** Refused where the cause is a lack of permission, else unavailable. */
  static TributaryException failed(String operation, Path path, IOException cause) {
    return isRefusal(cause) ? refused(operation, path, cause) : unavailable(operation, path, cause);
  }

  static boolean isRefusal(IOException cause) {
    return cause instanceof AccessDeniedException || cause instanceof AccessControlException;
  }

  static TributaryException unavailable(String operation, Path path, Throwable cause) {
    return new TributaryException(
        ErrorCode.STORE_UNAVAILABLE,
        "Cannot %s '%s': %s. The store may be away or overloaded; the operation can be tried again."
            .formatted(operation, path, reason(cause)),
        cause);
  }

  static TributaryException refused(String operation, Path path, Throwable cause) {
    return new TributaryException(
        ErrorCode.STORE_REFUSED,
        "Cannot %s '%s': %s. Check the name, the credentials and what they permit."
            .formatted(operation, path, reason(cause)),
        cause);
  }

  static TributaryException ambiguous(Path path, int attempts, Throwable cause) {
    return new TributaryException(
        ErrorCode.STORE_ANSWER_AMBIGUOUS,
        "Cannot find out whether '%s' was created: %d attempts got no clear answer, the last: %s. Read what is there before the operation is tried again."
            .formatted(path, attempts, reason(cause)),
        cause);
  }

  private static String reason(Throwable cause) {
    String message = cause.getMessage();
    return cause.getClass().getSimpleName() + (message == null ? "" : ": " + message);
  }
}
