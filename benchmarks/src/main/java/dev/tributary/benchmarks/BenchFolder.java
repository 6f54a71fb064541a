package dev.tributary.benchmarks;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/** The folder of a benchmark: its own, or none. */
final class BenchFolder {
  private static final String MARKER = ".benchmark";

  private BenchFolder() {}

  /** Makes it, or goes on with an earlier benchmark's; any other folder is refused. */
  static void claim(Path folder) {
    try {
      Files.createDirectories(folder);
      if (!Files.exists(folder.resolve(MARKER)) && !isEmpty(folder)) {
        throw TributaryException.of(
            ErrorCode.SETTING_INVALID,
            "The folder '%s' is not empty and no benchmark made it.".formatted(folder),
            "Name another one with --data.");
      }
      Files.writeString(folder.resolve(MARKER), "");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Removes a folder that was claimed. */
  static void delete(Path folder) {
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean isEmpty(Path folder) throws IOException {
    try (Stream<Path> children = Files.list(folder)) {
      return children.findAny().isEmpty();
    }
  }
}
