package dev.tributary.local;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The last lines of a log, for an error message. */
public final class LogTail {
  private static final int LINES = 15;

  private LogTail() {}

  /** The last lines, each on a line of its own; says so where there is none. */
  public static String of(Path log) {
    try {
      if (!Files.exists(log)) {
        return "(there is no such file)";
      }
      List<String> lines =
          new String(Files.readAllBytes(log), StandardCharsets.UTF_8).lines().toList();
      return "\n  "
          + String.join("\n  ", lines.subList(Math.max(0, lines.size() - LINES), lines.size()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
