package dev.tributary.core.spec;

import com.fasterxml.jackson.annotation.JsonProperty;

/** How many rows a transform makes of the rows it is given, as it declares itself. */
public enum TransformKind {
  /** Exactly one row for each row. */
  @JsonProperty("one-to-one")
  ONE_TO_ONE,
  /** One row or none for each row. */
  @JsonProperty("filter")
  FILTER,
  /** Any number of rows for each row; the table numbers the rows of a record. */
  @JsonProperty("explode")
  EXPLODE,
  /** Several rows become one. */
  @JsonProperty("combine")
  COMBINE;

  /** As it stands in a document. */
  public String text() {
    return name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
  }
}
