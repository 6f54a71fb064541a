package dev.tributary.metastore.jars;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Files of this machine. A link that leads out of the folder is not followed. */
final class FileJars implements JarReader {
  private final Path folder;

  FileJars(JarFolder folder) {
    this.folder = path(folder.uri());
  }

  private static Path path(String uri) {
    return Path.of(uri.substring("file:".length()));
  }

  @Override
  public InputStream open(String uri) {
    try {
      Path file = path(uri).toRealPath();
      if (!file.startsWith(folder.toRealPath())) {
        throw Unreadable.because(
            uri, "it is a link that leads elsewhere", "Register what it leads to");
      }
      if (!Files.isRegularFile(file)) {
        throw Unreadable.because(uri, "it is no file", "Name the JAR itself");
      }
      return Files.newInputStream(file);
    } catch (NoSuchFileException | InvalidPathException e) {
      throw Unreadable.missing(uri);
    } catch (IOException e) {
      throw Unreadable.because(
          uri, "the file cannot be opened", "Let the user of the service read it");
    }
  }
}
