package dev.tributary.delivery;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tributary.core.json.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * An archive as it is read by somebody who knows its documentation alone: the reader in Python of
 * the module {@code raw-archive}, in the virtual environment that the tests of that module made. It
 * reads the folder of the S3 server, which keeps each object as a file.
 */
final class PythonArchive {
  private static final String SKIP = "tributary.skip.python";
  private static final Path MODULE = Home.folder().resolve("raw-archive");
  private static final Path ENVIRONMENT = MODULE.resolve(Path.of("target", "python"));

  private PythonArchive() {}

  /**
   * What a topic's archive holds; fails where the reader refuses it, or a coordinate is there
   * twice, or its environment was not made. Empty: Python is to be left out.
   *
   * @param topicFolder on this machine's disk
   */
  static Optional<SortedMap<Coordinate, Message>> read(Path topicFolder) {
    if (Boolean.getBoolean(SKIP)) {
      return Optional.empty();
    }
    if (!Files.exists(ENVIRONMENT.resolve("ready"))) {
      throw new AssertionError(
          "%s is not there: PythonReaderIT of the module raw-archive makes it. Run that first, or leave Python out by -D%s=true."
              .formatted(ENVIRONMENT, SKIP));
    }
    SortedMap<Coordinate, Message> contents = new TreeMap<>();
    for (String line : printed(topicFolder)) {
      JsonNode printed = Json.read(line.getBytes(StandardCharsets.UTF_8), JsonNode.class);
      Coordinate coordinate =
          new Coordinate(
              printed.path("incarnation").asInt(),
              printed.path("partition").asInt(),
              printed.path("offset").asLong());
      if (contents.put(coordinate, Message.of(printed)) != null) {
        throw new AssertionError(coordinate + " is twice in " + topicFolder + ", says Python.");
      }
    }
    return Optional.of(contents);
  }

  private static List<String> printed(Path topicFolder) {
    try {
      Path out = Files.createTempFile("python", ".out");
      Path errors = Files.createTempFile("python", ".err");
      Process process =
          new ProcessBuilder(
                  ENVIRONMENT.resolve(Path.of("bin", "python")).toString(),
                  MODULE.resolve(Path.of("src", "test", "python", "read_archive.py")).toString(),
                  topicFolder.toString())
              .redirectOutput(out.toFile())
              .redirectError(errors.toFile())
              .start();
      if (!process.waitFor(3, TimeUnit.MINUTES)) {
        process.destroyForcibly();
        throw new AssertionError("The reader in Python has not ended within 3 minutes.");
      }
      if (process.exitValue() != 0) {
        throw new AssertionError(
            "The reader in Python refuses %s: %s".formatted(topicFolder, Files.readString(errors)));
      }
      return Files.readAllLines(out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }
}
