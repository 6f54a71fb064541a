package dev.tributary.core.spec;

import java.util.List;

/** The column in which rows carry, on their way, what a JSON Schema check found. */
public final class SchemaColumn {
  /** Its name, which no declared column of a dataset with such a check has. */
  public static final String NAME = "_schema_violation";

  private SchemaColumn() {}

  static void requireFree(ChecksSpec checks, List<ColumnSpec> columns) {
    if (checks.jsonSchema().isEmpty()) {
      return;
    }
    columns.stream()
        .map(ColumnSpec::name)
        .filter(NAME::equalsIgnoreCase)
        .findFirst()
        .ifPresent(
            column -> {
              throw SpecChecks.invalid(
                  "columns",
                  column,
                  "With checks.jsonSchema the platform uses this name; choose another and give its"
                      + " JSON field as path.");
            });
  }
}
