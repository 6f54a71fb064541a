package dev.tributary.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * What it ran on.
 *
 * @param processor its model, where the system tells
 */
record Machine(String processor, int cores, long memoryBytes, String java) {
  private static final Path CPU_INFO = Path.of("/proc/cpuinfo");

  static Machine here() {
    OperatingSystemMXBean system =
        (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    return new Machine(
        model(),
        system.getAvailableProcessors(),
        system.getTotalMemorySize(),
        System.getProperty("java.vm.name") + " " + System.getProperty("java.version"));
  }

  private static String model() {
    if (Files.isReadable(CPU_INFO)) {
      try (Stream<String> lines = Files.lines(CPU_INFO)) {
        return lines
            .filter(line -> line.startsWith("model name"))
            .map(line -> line.substring(line.indexOf(':') + 1).strip())
            .findFirst()
            .orElse(System.getProperty("os.arch"));
      } catch (IOException e) {
        // What the system does not tell is no reason to fail.
        return System.getProperty("os.arch");
      }
    }
    return System.getProperty("os.arch");
  }

  String describe() {
    return "%s, %d cores, %.0f GiB, %s"
        .formatted(processor, cores, memoryBytes / (double) (1L << 30), java);
  }
}
