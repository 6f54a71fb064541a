package dev.tributary.core.spec;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Locale;

/** What the values of a topic are. */
public enum PayloadFormat {
  /** A JSON object, whose fields are the columns. */
  @JsonProperty("json")
  JSON,
  /**
   * A Debezium change event as JSON: the row after it, or before it where it deletes. The columns
   * {@link ChangeEventColumns} come to the dataset's own.
   */
  @JsonProperty("debezium")
  DEBEZIUM;

  /** As it stands in a document. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }
}
