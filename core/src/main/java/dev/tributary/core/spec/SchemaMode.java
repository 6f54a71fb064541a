package dev.tributary.core.spec;

import com.fasterxml.jackson.annotation.JsonProperty;

/** How a JSON Schema is read. */
public enum SchemaMode {
  /** As it says. */
  @JsonProperty("lenient")
  LENIENT,
  /** An object has no fields but those that the schema describes, unless it says so. */
  @JsonProperty("strict")
  STRICT
}
