package dev.tributary.local.servers;

import java.nio.file.Path;

/**
 * Where the built project is: the system property {@code tributary.home}, or the working folder.
 */
final class TributaryHome {
  private TributaryHome() {}

  static Path jars(String runtime) {
    return Path.of(System.getProperty("tributary.home", ""))
        .toAbsolutePath()
        .resolve(Path.of("local-stack", runtime, "target", "lib"));
  }
}
