package dev.tributary.metastore.change;

import static dev.tributary.metastore.change.Documents.refused;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tributary.core.spec.ColumnSpec;
import dev.tributary.core.spec.DatasetSpec;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Sees to it that drivers can tell which columns of two versions are the same one. A column keeps
 * its identity for as long as it is in the dataset, and one that was dropped never comes back.
 */
final class ColumnIds {
  private ColumnIds() {}

  /** The identity of the nth column that a version adds. */
  static String added(long version, int n) {
    return "%d.%d".formatted(version, n);
  }

  /** Refuses identities that somebody made up. */
  static void requireNone(List<ColumnSpec> columns) {
    for (int i = 0; i < columns.size(); i++) {
      requireNone(columns.get(i), "/columns/" + i);
    }
  }

  static void requireNone(ColumnSpec column, String pointer) {
    if (column.id().isPresent()) {
      throw unknown(column, pointer);
    }
  }

  /**
   * Gives columns of a document that replaces a version the ids without which they could not be
   * told from others: a column may be new under a name that another one had before.
   *
   * @param version the version that it makes
   * @return the ids of new columns
   */
  static Set<String> told(DatasetSpec current, ObjectNode document, long version) {
    Set<String> fresh = new HashSet<>();
    JsonNode columns = document.path("columns");
    Set<String> claimed = new HashSet<>();
    columns.forEach(column -> claimed.add(column.path("id").asText()));
    Set<String> taken = new HashSet<>(claimed);
    for (JsonNode column : columns) {
      if (!column.hasNonNull("id")) {
        named(current, column, claimed).ifPresent(before -> taken.add(before.identity()));
      }
    }
    for (int i = 0; i < columns.size(); i++) {
      if (!(columns.get(i) instanceof ObjectNode column) || column.hasNonNull("id")) {
        continue;
      }
      Optional<ColumnSpec> named = named(current, column, claimed);
      if (named.isPresent()) {
        named.get().id().ifPresent(id -> column.put("id", id));
      } else if (taken.contains(ColumnSpec.of(column.path("name").asText("-"), "-").identity())) {
        String id = added(version, i + 1);
        column.put("id", id);
        fresh.add(id);
      }
    }
    return fresh;
  }

  private static Optional<ColumnSpec> named(
      DatasetSpec current, JsonNode column, Set<String> claimed) {
    return DatasetRules.find(current, column.path("name").asText())
        .filter(before -> !claimed.contains(before.identity()));
  }

  /**
   * The columns of a document that replaces a version: one with an id is the column of that id,
   * whatever its name, one without is the column of its name, and what is neither is new.
   *
   * @param fresh the ids of columns that are known to be new
   */
  static DatasetSpec carried(DatasetSpec current, DatasetSpec next, Set<String> fresh) {
    Set<String> claimed = new HashSet<>();
    for (int i = 0; i < next.columns().size(); i++) {
      ColumnSpec column = next.columns().get(i);
      if (column.id().filter(id -> !fresh.contains(id)).isPresent()) {
        claimed.add(
            find(current, column.id().get())
                .orElseThrow(pointer(column, "/columns/" + i))
                .identity());
      }
    }
    List<ColumnSpec> columns = new ArrayList<>();
    for (ColumnSpec column : next.columns()) {
      Optional<ColumnSpec> named =
          DatasetRules.find(current, column.name())
              .filter(before -> !claimed.contains(before.identity()));
      columns.add(column.id().isPresent() ? column : column.withId(named.flatMap(ColumnSpec::id)));
    }
    return next.withColumns(columns);
  }

  /** Gives columns that the version before has not an identity that no other ever had. */
  static DatasetSpec numbered(DatasetSpec base, DatasetSpec next, long version) {
    List<ColumnSpec> columns = new ArrayList<>();
    for (int i = 0; i < next.columns().size(); i++) {
      ColumnSpec column = next.columns().get(i);
      boolean settled =
          find(base, column.identity()).isPresent()
              || column.id().filter(id -> id.startsWith(version + ".")).isPresent();
      columns.add(settled ? column : column.withId(Optional.of(added(version, i + 1))));
    }
    return next.withColumns(columns);
  }

  private static Optional<ColumnSpec> find(DatasetSpec dataset, String identity) {
    return dataset.columns().stream()
        .filter(column -> column.identity().equals(identity))
        .findFirst();
  }

  private static java.util.function.Supplier<RuntimeException> pointer(
      ColumnSpec column, String pointer) {
    return () -> unknown(column, pointer);
  }

  private static RuntimeException unknown(ColumnSpec column, String pointer) {
    return refused(
        pointer + "/id",
        "No column of the dataset has the id '%s'.".formatted(column.id().orElse("")),
        "Leave it out: the service gives ids, and a column without one is known by its name.");
  }
}
