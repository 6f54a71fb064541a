package dev.tributary.archive.line;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;

/** The error of a line that the format does not allow. It never shows what stands there. */
final class MalformedLine {
  private MalformedLine() {}

  static TributaryException at(int position, String expected) {
    return new TributaryException(
        ErrorCode.ARCHIVE_CHECKSUM,
        "A line is not in the archive's format: expected %s at byte %d of the decoded segment. The writer did not keep to format 1, or the file was changed: restore it from a copy."
            .formatted(expected, position));
  }
}
