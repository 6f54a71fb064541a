package dev.tributary.core.spec;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.Locale;
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
 * @param byDefault what a record has whose document lacks the field, as the JSON that would stand
 *     there; not for a field that is null
 * @param id what the metastore calls the column for as long as it lives, whatever its name becomes;
 *     absent where {@link #identity} says it by the name
 */
@JsonInclude(JsonInclude.Include.NON_ABSENT)
public record ColumnSpec(
    String name,
    String type,
    Boolean nullable,
    Optional<String> path,
    Optional<String> comment,
    @JsonProperty("default") Optional<JsonNode> byDefault,
    Optional<String> id) {
  /** Fills in the defaults: nullable, at the top level. */
  public ColumnSpec {
    name = SpecChecks.required("columns.name", name);
    type = SpecChecks.required("columns." + name + ".type", type);
    nullable = nullable == null ? Boolean.TRUE : nullable;
    path = path == null ? Optional.empty() : path;
    comment = comment == null ? Optional.empty() : comment;
    byDefault = byDefault == null ? Optional.empty() : byDefault.filter(value -> !value.isNull());
    id = id == null ? Optional.empty() : id;
  }

  /** A column that is known by its name. */
  public ColumnSpec(
      String name, String type, Boolean nullable, Optional<String> path, Optional<String> comment) {
    this(name, type, nullable, path, comment, null, null);
  }

  /** Whether the platform adds a column of this name itself, in whatever case. */
  public static boolean reserved(String name) {
    return SpecChecks.reserved(name);
  }

  /** A nullable top-level column. */
  public static ColumnSpec of(String name, String type) {
    return new ColumnSpec(name, type, null, null, null);
  }

  /**
   * What tells the column from others in all versions of its dataset. A column that was there from
   * the dataset's first version on, and never renamed, needs no id: its name is enough.
   */
  public String identity() {
    return id.orElseGet(() -> "0." + name.toLowerCase(Locale.ROOT));
  }

  /** This column under another identity. */
  public ColumnSpec withId(Optional<String> other) {
    return new ColumnSpec(name, type, nullable, path, comment, byDefault, other);
  }

  /** This column under another name, which is still read from where it was in the document. */
  public ColumnSpec withName(String other) {
    return new ColumnSpec(
        other,
        type,
        nullable,
        Optional.of(path.orElse(name)),
        comment,
        byDefault,
        Optional.of(identity()));
  }

  /** This column with another type. */
  public ColumnSpec withType(String other) {
    return new ColumnSpec(name, other, nullable, path, comment, byDefault, id);
  }

  /** This column, which takes records without a value or not. */
  public ColumnSpec withNullable(Boolean other) {
    return new ColumnSpec(name, type, other, path, comment, byDefault, id);
  }

  /** This column with another default. */
  public ColumnSpec withDefault(Optional<JsonNode> other) {
    return new ColumnSpec(name, type, nullable, path, comment, other, id);
  }

  /** This column with another comment. */
  public ColumnSpec withComment(Optional<String> other) {
    return new ColumnSpec(name, type, nullable, path, other, byDefault, id);
  }
}
