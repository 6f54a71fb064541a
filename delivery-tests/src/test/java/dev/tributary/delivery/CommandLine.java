package dev.tributary.delivery;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Which program a process is; Java's own answer is cut at some length. */
final class CommandLine {
  private CommandLine() {}

  /** Its words with spaces between them; empty where it is gone. */
  static String of(ProcessHandle process) {
    try {
      return Files.readString(Path.of("/proc/%d/cmdline".formatted(process.pid())))
          .replace('\0', ' ')
          .trim();
    } catch (IOException e) {
      return "";
    }
  }
}
