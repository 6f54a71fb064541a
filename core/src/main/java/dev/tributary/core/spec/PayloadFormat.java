package dev.tributary.core.spec;

import com.fasterxml.jackson.annotation.JsonProperty;

/** What the values of a topic are. */
public enum PayloadFormat {
  /** A JSON object, whose fields are the columns. */
  @JsonProperty("json")
  JSON,
  /** A Debezium change event as JSON. */
  @JsonProperty("debezium")
  DEBEZIUM
}
