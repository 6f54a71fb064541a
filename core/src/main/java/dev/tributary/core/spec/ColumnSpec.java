package dev.tributary.core.spec;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.Optional;

/**
 * A declared column.
 *
 * @param name unique in the dataset ignoring case
 * @param type a Spark SQL type: string, boolean, int, bigint, double, decimal(p,s), date,
 *     timestamp, binary, array&lt;…&gt;, map&lt;string,…&gt;, struct&lt;…&gt;
 * @param nullable false sends a record without a value to quarantine
 * @param path where the value stands in the JSON document, as field names joined by dots, where it
 *     is not a top-level field of the column's name ({@code properties.mag})
 * @param comment for people
 */
@JsonInclude(JsonInclude.Include.NON_ABSENT)
public record ColumnSpec(
    String name, String type, Boolean nullable, Optional<String> path, Optional<String> comment) {
  /** Fills in the defaults: nullable, at the top level. */
  public ColumnSpec {
    name = SpecChecks.required("columns.name", name);
    type = SpecChecks.required("columns." + name + ".type", type);
    nullable = nullable == null ? Boolean.TRUE : nullable;
    path = path == null ? Optional.empty() : path;
    comment = comment == null ? Optional.empty() : comment;
  }

  /** A nullable top-level column. */
  public static ColumnSpec of(String name, String type) {
    return new ColumnSpec(name, type, null, null, null);
  }
}
