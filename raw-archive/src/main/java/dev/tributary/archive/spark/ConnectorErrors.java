package dev.tributary.archive.spark;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.NearestName;
import dev.tributary.core.error.TributaryException;
import java.util.List;

/** The errors that a user of the connector can cause. */
final class ConnectorErrors {
  private ConnectorErrors() {}

  static TributaryException option(String name, Object value, String remedy) {
    return new TributaryException(
        ErrorCode.SETTING_INVALID,
        "The option %s of raw-archive has the value '%s'. %s".formatted(name, value, remedy));
  }

  static TributaryException missing(String name, String remedy) {
    return new TributaryException(
        ErrorCode.SETTING_INVALID,
        "The option %s of raw-archive is missing. %s".formatted(name, remedy));
  }

  static TributaryException unknown(String name, List<String> known) {
    return new TributaryException(
        ErrorCode.SETTING_INVALID,
        "raw-archive has no option %s here. %s"
            .formatted(
                name,
                NearestName.didYouMean(
                    name, known, "It has %s.".formatted(String.join(", ", known)))));
  }

  static TributaryException ineffective(String name, String remedy) {
    return new TributaryException(
        ErrorCode.SETTING_INVALID,
        "The option %s of raw-archive has no effect here. %s".formatted(name, remedy));
  }

  static TributaryException row(String problem) {
    return new TributaryException(ErrorCode.ARCHIVE_ROW_INVALID, problem);
  }
}
