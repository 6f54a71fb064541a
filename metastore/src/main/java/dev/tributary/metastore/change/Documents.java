package dev.tributary.metastore.change;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;

/** What documents of sources and datasets have in common. */
final class Documents {
  private Documents() {}

  /** The name of the path stands in the document too, or is filled in. */
  static void requireName(String name, ObjectNode document) {
    if (!document.has("name")) {
      document.put("name", name);
    }
    if (!name.equals(document.path("name").asText())) {
      throw TributaryException.of(
              ErrorCode.SPEC_INVALID,
              "The document's name is '%s', the path's is '%s'."
                  .formatted(document.path("name").asText(), name),
              "Give the same, or leave it out of the document.")
          .at("/name");
    }
  }

  static TributaryException notFound(String kind, String name) {
    return TributaryException.of(
        ErrorCode.NOT_FOUND,
        "There is no %s '%s'.".formatted(kind, name),
        "GET /%ss lists what there is.".formatted(kind));
  }

  static TributaryException refused(String pointer, String problem, String remedy) {
    return TributaryException.of(ErrorCode.CHANGE_REFUSED, problem, remedy).at(pointer);
  }
}
