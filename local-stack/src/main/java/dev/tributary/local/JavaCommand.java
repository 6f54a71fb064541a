package dev.tributary.local;

import java.nio.file.Path;

/** The Java that runs this process. */
final class JavaCommand {
  private JavaCommand() {}

  static String executable() {
    return Path.of(System.getProperty("java.home"), "bin", "java").toString();
  }
}
