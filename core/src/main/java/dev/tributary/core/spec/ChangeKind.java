package dev.tributary.core.spec;

import com.fasterxml.jackson.annotation.JsonProperty;

/** A kind of change that a dataset can allow or not. */
public enum ChangeKind {
  /** A further column. */
  @JsonProperty("add_column")
  ADD_COLUMN,
  /** A column less. */
  @JsonProperty("drop_column")
  DROP_COLUMN,
  /** Another name for a column. */
  @JsonProperty("rename_column")
  RENAME_COLUMN,
  /** A wider type for a column. */
  @JsonProperty("widen_column")
  WIDEN_COLUMN,
  /** Another comment on a column. */
  @JsonProperty("alter_comment")
  ALTER_COMMENT,
  /** Whether a column may be without a value. */
  @JsonProperty("set_nullable")
  SET_NULLABLE,
  /** Another place in the message for a column. */
  @JsonProperty("set_path")
  SET_PATH,
  /** Another default of a column. */
  @JsonProperty("set_default")
  SET_DEFAULT,
  /** Append, upsert or history. */
  @JsonProperty("set_mode")
  SET_MODE,
  /** Other key columns. */
  @JsonProperty("set_primary_key")
  SET_PRIMARY_KEY,
  /** Other ordering columns. */
  @JsonProperty("set_order_by")
  SET_ORDER_BY,
  /** Another handling of deletes. */
  @JsonProperty("set_deletes")
  SET_DELETES,
  /** Another partitioning. */
  @JsonProperty("set_partitioning")
  SET_PARTITIONING,
  /** Other transforms. */
  @JsonProperty("set_transforms")
  SET_TRANSFORMS,
  /** Another treatment of fields that no column is declared for. */
  @JsonProperty("set_unknown_fields")
  SET_UNKNOWN_FIELDS,
  /** Other checks. */
  @JsonProperty("set_checks")
  SET_CHECKS;

  /** As it stands in a document. */
  public String text() {
    return name().toLowerCase(java.util.Locale.ROOT);
  }
}
