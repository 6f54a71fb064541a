package dev.tributary.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A file of YAML or JSON that a command is given. */
final class DocumentFile {
  private DocumentFile() {}

  static JsonNode read(Path file) {
    try {
      return Json.yaml().readTree(Files.readAllBytes(file));
    } catch (JsonProcessingException e) {
      throw TributaryException.of(
          ErrorCode.SPEC_INVALID,
          "The document '%s' is neither YAML nor JSON: %s.".formatted(file, e.getOriginalMessage()),
          "Mend it.",
          e);
    } catch (IOException e) {
      throw TributaryException.of(
          ErrorCode.SETTING_INVALID,
          "The file '%s' cannot be read.".formatted(file),
          "Name one that exists and that you may read.",
          e);
    }
  }

  /** As above, and the name that the document gives to what it describes. */
  static String name(Path file, JsonNode document) {
    String name = document.path("name").asText();
    if (name.isEmpty()) {
      throw TributaryException.of(
          ErrorCode.SPEC_INVALID,
          "The document '%s' has no name.".formatted(file),
          "Add it as the field 'name'.");
    }
    return name;
  }
}
