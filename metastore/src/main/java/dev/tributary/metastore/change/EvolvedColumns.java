package dev.tributary.metastore.change;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tributary.core.json.Json;
import dev.tributary.core.spec.ColumnSpec;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.UnknownFields;
import dev.tributary.metastore.change.DatasetRules.TableState;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What drivers have made of an evolving dataset's columns. Whoever writes the dataset's document
 * does not know of it, and its document takes none of it back for as long as the dataset evolves.
 */
final class EvolvedColumns {
  /** The identity of a column begins with the version that added it. */
  private static final Pattern ADDED = Pattern.compile("(\\d{1,18})\\.\\d+");

  private EvolvedColumns() {}

  /** Whether the unknown fields evolve, as they are and as a document wants them. */
  static boolean concern(DatasetSpec current, ObjectNode document) {
    JsonNode wanted = document.path("unknownFields");
    String policy = wanted.isTextual() ? wanted.asText() : wanted.path("policy").asText();
    return current.unknownFields().evolves()
        && policy.toLowerCase(Locale.ROOT).equals(UnknownFields.EVOLVE.text())
        && document.path("columns") instanceof ArrayNode;
  }

  /**
   * Completes a document by the columns that drivers have added, and by the types to which columns
   * have been widened.
   *
   * @param byDrivers the versions that drivers have made
   */
  static void keep(
      DatasetSpec current, ObjectNode document, Set<Long> byDrivers, TableState table) {
    ArrayNode columns = (ArrayNode) document.get("columns");
    for (ColumnSpec before : current.columns()) {
      Optional<ObjectNode> there = find(columns, before);
      if (there.isEmpty() && byDrivers.contains(addedBy(before))) {
        columns.add(Json.mapper().<JsonNode>valueToTree(before));
      }
      if (table == TableState.EXISTS) {
        there
            .filter(column -> TypeWidening.allowed(column.path("type").asText(), before.type()))
            .ifPresent(column -> column.put("type", before.type()));
      }
    }
  }

  private static Optional<ObjectNode> find(ArrayNode columns, ColumnSpec before) {
    Optional<ObjectNode> named = Optional.empty();
    for (JsonNode each : columns) {
      if (!(each instanceof ObjectNode column)) {
        continue;
      }
      if (column.hasNonNull("id")) {
        if (column.path("id").asText().equals(before.identity())) {
          return Optional.of(column);
        }
      } else if (column.path("name").asText().equalsIgnoreCase(before.name())) {
        named = Optional.of(column);
      }
    }
    return named;
  }

  /** The version that added a column; 0: it is older than its table. */
  private static long addedBy(ColumnSpec column) {
    Matcher added = ADDED.matcher(column.id().orElse(""));
    return added.matches() ? Long.parseLong(added.group(1)) : 0;
  }
}
