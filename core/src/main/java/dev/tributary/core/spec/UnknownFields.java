package dev.tributary.core.spec;

import com.fasterxml.jackson.annotation.JsonProperty;

/** What becomes of fields that no column is declared for. */
public enum UnknownFields {
  /** They are left out. */
  @JsonProperty("ignore")
  IGNORE,
  /** They are kept together, as JSON, in a column of their own. */
  @JsonProperty("rescue")
  RESCUE,
  /** Their record goes to quarantine. */
  @JsonProperty("quarantine")
  QUARANTINE
}
