package dev.tributary.core.metastore;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tributary.core.json.Json;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The service's last answers on disk, one file a path, replaced atomically. Not being able to write
 * one is logged and stops nothing. Thread-safe; several processes may share a folder.
 */
final class LastKnownSpecs {
  private static final Logger LOG = LoggerFactory.getLogger(LastKnownSpecs.class);

  private final Path folder;

  LastKnownSpecs(Path folder) {
    this.folder = folder;
  }

  void remember(String path, JsonNode answer) {
    byte[] content = Json.write(answer);
    Path file = file(path);
    try {
      if (Files.exists(file) && Arrays.equals(Files.readAllBytes(file), content)) {
        return;
      }
      Files.createDirectories(folder);
      Path temporary = Files.createTempFile(folder, "new-", ".json");
      Files.write(temporary, content);
      move(temporary, file);
    } catch (IOException e) {
      LOG.warn("The last known spec cannot be kept in {}", file, e);
    }
  }

  private static void move(Path from, Path to) throws IOException {
    try {
      Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (AtomicMoveNotSupportedException e) {
      Files.move(from, to, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  Optional<JsonNode> recall(String path) {
    Path file = file(path);
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    try {
      JsonNode known = Json.mapper().readTree(Files.readAllBytes(file));
      // A disk that was full leaves a file without its content.
      return Optional.of(known).filter(JsonNode::isContainerNode);
    } catch (IOException e) {
      LOG.warn("The last known spec in {} cannot be read", file, e);
      return Optional.empty();
    }
  }

  private Path file(String path) {
    return folder.resolve(URLEncoder.encode(path, StandardCharsets.UTF_8) + ".json");
  }
}
