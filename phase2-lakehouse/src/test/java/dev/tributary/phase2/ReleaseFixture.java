package dev.tributary.phase2;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * An archive, plan logs and tables that lie in the resources as a release left them in a folder.
 */
final class ReleaseFixture {
  /** Stands in it for the folder that it was written in. */
  private static final String ROOT = "/fixture-root";

  private ReleaseFixture() {}

  /** Puts what was kept into a folder, as if it had been written there. */
  static void restore(String name, Path folder) throws IOException, URISyntaxException {
    Path fixture = Path.of(ReleaseFixture.class.getResource("/" + name).toURI());
    copy(fixture, folder, text -> text.replace(ROOT, folder.toString()));
  }

  /** Keeps what a folder holds in another one. */
  static void keep(Path folder, String target) throws IOException {
    copy(folder, Path.of(target), text -> text.replace(folder.toString(), ROOT));
  }

  /** Copies all files but checksums, which Hadoop makes anew, and rewrites those of text. */
  private static void copy(Path from, Path to, UnaryOperator<String> rewriting) throws IOException {
    List<Path> files;
    try (Stream<Path> walk = Files.walk(from)) {
      files = walk.filter(Files::isRegularFile).toList();
    }
    for (Path file : files) {
      String name = file.getFileName().toString();
      if (name.endsWith(".crc") && name.startsWith(".")) {
        continue;
      }
      Path target = to.resolve(from.relativize(file).toString());
      Files.createDirectories(target.getParent());
      if (name.endsWith(".json") || name.equals("_head")) {
        String text = Files.readString(file, StandardCharsets.UTF_8);
        Files.writeString(target, rewriting.apply(text), StandardCharsets.UTF_8);
      } else {
        Files.copy(file, target);
      }
    }
  }
}
