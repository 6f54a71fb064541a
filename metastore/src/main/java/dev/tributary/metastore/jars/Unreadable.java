package dev.tributary.metastore.jars;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;

/** Why a JAR cannot be read where it is said to lie. */
final class Unreadable {
  private static final String UPLOAD = "upload the JAR: ./tributary transform upload --jar FILE.";

  private Unreadable() {}

  static TributaryException missing(String uri) {
    return invalid(
        "Nothing lies at the URI '%s'.".formatted(uri), "Put the JAR there first, or " + UPLOAD);
  }

  /** It will not be otherwise by itself. */
  static TributaryException because(String uri, String why, String remedy) {
    return invalid(
        "The service cannot read the JAR at '%s': %s.".formatted(uri, why),
        remedy + ", or " + UPLOAD);
  }

  static TributaryException invalid(String problem, String remedy) {
    return TributaryException.of(ErrorCode.TRANSFORM_INVALID, problem, remedy).at("/uri");
  }

  /** It may be otherwise in a while. */
  static TributaryException now(String uri, String why, Exception cause) {
    return TributaryException.of(
            ErrorCode.STORE_UNAVAILABLE,
            "The service cannot read the JAR at '%s' now: %s.".formatted(uri, why),
            "Try again, or " + UPLOAD,
            cause)
        .at("/uri");
  }
}
