package dev.tributary.delivery;

import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Java's own archive of loaded classes: these suites start drivers by the dozen, and half of a
 * start is loading Spark's classes. One run writes the archive, those after it map it.
 */
final class SharedClasses {
  private final Path archive;
  private volatile String flag = "-Xshare:auto";

  SharedClasses(Path folder) {
    this.archive = folder.resolve("drivers.jsa");
  }

  /** The flag of a driver that starts now. */
  String flag() {
    return flag;
  }

  /** Drivers that start from now on write the archive when they end. */
  void record() {
    flag = "-XX:ArchiveClassesAtExit=" + archive;
  }

  /** The driver that wrote it has ended. */
  void complete() {
    // A Java that could not write it is only slower.
    flag = Files.exists(archive) ? "-XX:SharedArchiveFile=" + archive : "-Xshare:auto";
  }
}
