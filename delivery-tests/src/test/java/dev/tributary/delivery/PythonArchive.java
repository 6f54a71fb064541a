package dev.tributary.delivery;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tributary.core.json.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
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
  private static final Path READER = MODULE.resolve(Path.of("src", "test", "python"));
  private static final Path MODEL =
      Home.folder().resolve(Path.of("delivery-tests", "src", "test", "python", "model_table.py"));
  private static final int PATIENCE_MINUTES = 5;
  private static final Path ENVIRONMENT = MODULE.resolve(Path.of("target", "python"));

  private PythonArchive() {}

  /**
   * What a topic's archive holds; fails where the reader refuses it, or a coordinate is there
   * twice, or its environment was not made. Empty: Python is to be left out.
   *
   * @param topicFolder on this machine's disk
   */
  static Optional<SortedMap<Coordinate, Message>> read(Path topicFolder) {
    if (leftOut()) {
      return Optional.empty();
    }
    SortedMap<Coordinate, Message> contents = new TreeMap<>();
    for (String line : printed(READER.resolve("read_archive.py"), topicFolder.toString())) {
      JsonNode printed = Json.read(line.getBytes(StandardCharsets.UTF_8), JsonNode.class);
      Coordinate coordinate = coordinate(printed);
      if (contents.put(coordinate, Message.of(printed)) != null) {
        throw new AssertionError(coordinate + " is twice in " + topicFolder + ", says Python.");
      }
    }
    return Optional.of(contents);
  }

  /**
   * What an upsert table has to hold, by the same reader and a program that knows the documentation
   * of plans and casts: the text of its columns by name, by the coordinates of its rows. Fails
   * where the accounts of its plans, or their commits, do not add up.
   *
   * @param objects the folder of the S3 server's bucket
   */
  static SortedMap<Coordinate, SortedMap<String, String>> model(
      Path objects, String topic, String table) {
    SortedMap<Coordinate, SortedMap<String, String>> rows = new TreeMap<>();
    for (String line :
        printed(
            MODEL,
            objects.resolve(Path.of("raw", topic)).toString(),
            objects.resolve("lake").toString(),
            table)) {
      JsonNode printed = Json.read(line.getBytes(StandardCharsets.UTF_8), JsonNode.class);
      SortedMap<String, String> columns = new TreeMap<>();
      printed
          .path("columns")
          .properties()
          .forEach(column -> columns.put(column.getKey(), column.getValue().asText()));
      rows.put(coordinate(printed), columns);
    }
    return rows;
  }

  /** Whether Python is to be left out. */
  static boolean leftOut() {
    return Boolean.getBoolean(SKIP);
  }

  private static Coordinate coordinate(JsonNode printed) {
    return new Coordinate(
        printed.path("incarnation").asInt(),
        printed.path("partition").asInt(),
        printed.path("offset").asLong());
  }

  private static void requireEnvironment() {
    if (!Files.exists(ENVIRONMENT.resolve("ready"))) {
      throw new AssertionError(
          "%s is not there: PythonReaderIT of the module raw-archive makes it. Run that first, or leave Python out by -D%s=true."
              .formatted(ENVIRONMENT, SKIP));
    }
  }

  private static List<String> printed(Path script, String... arguments) {
    requireEnvironment();
    try {
      Path out = Files.createTempFile("python", ".out");
      Path errors = Files.createTempFile("python", ".err");
      List<String> command =
          new ArrayList<>(
              List.of(ENVIRONMENT.resolve(Path.of("bin", "python")).toString(), script.toString()));
      command.addAll(List.of(arguments));
      ProcessBuilder builder =
          new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(errors.toFile());
      builder.environment().put("PYTHONPATH", READER.toString());
      Process process = builder.start();
      if (!process.waitFor(PATIENCE_MINUTES, TimeUnit.MINUTES)) {
        process.destroyForcibly();
        throw new AssertionError(
            "%s has not ended within %d minutes.".formatted(script, PATIENCE_MINUTES));
      }
      if (process.exitValue() != 0) {
        throw new AssertionError(
            "%s refuses %s: %s".formatted(script, List.of(arguments), Files.readString(errors)));
      }
      System.out.print(Files.readString(errors));
      return Files.readAllLines(out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }
}
