package dev.tributary.metastore.change;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.spec.FixedKafkaOptions;
import dev.tributary.core.spec.PayloadFormat;
import java.util.Arrays;
import java.util.Map;

/**
 * Fields that the drivers of this release do not implement. They are refused by name, so that
 * nobody takes them for a slip of the pen; the one value that says what drivers do anyhow is taken.
 */
final class Planned {
  private static final String NOTHING = "";

  /** By JSON pointer: the value that means what drivers do; empty: there is none. */
  private static final Map<String, String> SOURCE =
      Map.of("/format", "json", "/archive/retention", NOTHING);

  private Planned() {}

  static void refuseInDataset(ObjectNode document) {
    String format = document.path("format").asText(PayloadFormat.JSON.text());
    if (Arrays.stream(PayloadFormat.values()).noneMatch(known -> known.text().equals(format))) {
      throw notSupported("/format");
    }
  }

  static void refuseInSource(ObjectNode document) {
    refuse(document, SOURCE);
    document
        .path("kafkaOptions")
        .fieldNames()
        .forEachRemaining(
            option ->
                FixedKafkaOptions.remedy(option)
                    .ifPresent(
                        remedy -> {
                          throw TributaryException.of(
                                  ErrorCode.SPEC_INVALID,
                                  "The option kafkaOptions.%s is phase 1's own and would be ignored."
                                      .formatted(option),
                                  remedy)
                              .at("/kafkaOptions/" + option);
                        }));
  }

  private static void refuse(ObjectNode document, Map<String, String> fields) {
    fields.forEach(
        (pointer, anyhow) -> {
          int slash = pointer.lastIndexOf('/');
          JsonNode parent = slash == 0 ? document : document.at(pointer.substring(0, slash));
          String name = pointer.substring(slash + 1);
          if (!(parent instanceof ObjectNode object) || !object.has(name)) {
            return;
          }
          if (anyhow.equals(NOTHING) || !anyhow.equals(object.path(name).asText())) {
            throw notSupported(pointer);
          }
          object.remove(name);
        });
  }

  private static TributaryException notSupported(String pointer) {
    return TributaryException.of(
            ErrorCode.NOT_SUPPORTED,
            "The field %s, or this value of it, is not implemented by the drivers of this release."
                .formatted(pointer),
            "Leave it out.")
        .at(pointer);
  }
}
