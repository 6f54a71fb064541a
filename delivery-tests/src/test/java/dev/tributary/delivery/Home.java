package dev.tributary.delivery;

import java.nio.file.Path;

/** Where the built project and this Java are. */
final class Home {
  private Home() {}

  static Path folder() {
    return Path.of(System.getProperty("tributary.home", "..")).toAbsolutePath().normalize();
  }

  static String java() {
    return Path.of(System.getProperty("java.home"), "bin", "java").toString();
  }
}
