package dev.tributary.local;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.json.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;

/**
 * The folder of a local stack.
 *
 * @param root absolute
 */
record StackFolder(Path root) {
  StackFolder {
    root = root.toAbsolutePath().normalize();
  }

  Path logs() {
    return root.resolve("logs");
  }

  Path env() {
    return root.resolve("env");
  }

  Path stateFile() {
    return root.resolve("stack.json");
  }

  Path supervisorLog() {
    return logs().resolve("stack.log");
  }

  void create() {
    try {
      Files.createDirectories(logs());
    } catch (IOException e) {
      throw new TributaryException(
          ErrorCode.SETTING_INVALID,
          "The folder '%s' cannot be made: %s. Name another one with --data."
              .formatted(root, e.getMessage()),
          e);
    }
  }

  /** The stack that was started here; it may have died since. */
  Optional<StackState> state() {
    if (!Files.exists(stateFile())) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          Json.mapper().readValue(Files.readAllBytes(stateFile()), StackState.class));
    } catch (JsonProcessingException e) {
      throw new TributaryException(
          ErrorCode.SETTING_INVALID,
          "The file '%s' is not what a local stack writes. Stop the servers that run from this folder and delete it."
              .formatted(stateFile()),
          e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The stack that runs here. */
  Optional<StackState> running() {
    return state().filter(StackState::supervised);
  }

  /** Writes the env file and then the state, each whole, readable by its owner alone. */
  void publish(StackState state) {
    try {
      replace(env(), state.env());
      replace(
          stateFile(), Json.mapper().writerWithDefaultPrettyPrinter().writeValueAsString(state));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Takes back what {@link #publish} wrote. */
  void withdraw() {
    try {
      Files.deleteIfExists(stateFile());
      Files.deleteIfExists(env());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void replace(Path path, String content) throws IOException {
    Path fresh = path.resolveSibling(path.getFileName() + ".new");
    Files.deleteIfExists(fresh);
    Files.createFile(
        fresh, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.writeString(fresh, content);
    Files.move(fresh, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }
}
