package dev.tributary.delivery;

import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Java's own archive of loaded classes: these suites start drivers by the dozen, and half of a
 * start is loading Spark's classes. The first run writes the archive, the others map it.
 */
final class SharedClasses {
  private final Path archive;
  private volatile boolean complete;

  SharedClasses(Path folder) {
    this.archive = folder.resolve("drivers.jsa");
  }

  /** The flag of a driver that starts now. */
  String flag() {
    if (complete) {
      // A Java that could not write it is only slower.
      return Files.exists(archive) ? "-XX:SharedArchiveFile=" + archive : "-Xshare:auto";
    }
    return "-XX:ArchiveClassesAtExit=" + archive;
  }

  /** The first run is over. */
  void complete() {
    complete = true;
  }
}
