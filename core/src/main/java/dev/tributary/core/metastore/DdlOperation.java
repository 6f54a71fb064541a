package dev.tributary.core.metastore;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonTypeName;
import dev.tributary.core.spec.ColumnSpec;

/** One change of a dataset's columns. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "op")
@JsonSubTypes({
  @JsonSubTypes.Type(DdlOperation.AddColumn.class),
  @JsonSubTypes.Type(DdlOperation.DropColumn.class),
  @JsonSubTypes.Type(DdlOperation.RenameColumn.class)
})
public sealed interface DdlOperation {
  /**
   * Adds a nullable column at the end.
   *
   * @param column the column
   */
  @JsonTypeName("add_column")
  record AddColumn(ColumnSpec column) implements DdlOperation {
    /** Refuses an absent column. */
    public AddColumn {
      RequiredField.check("column", column);
    }
  }

  /**
   * Drops a column that is no key, ordering or partition column.
   *
   * @param name the column
   */
  @JsonTypeName("drop_column")
  record DropColumn(String name) implements DdlOperation {
    /** Refuses an absent name. */
    public DropColumn {
      RequiredField.check("name", name);
    }
  }

  /**
   * Gives a column another name; it is still read from where it was in the JSON document.
   *
   * @param name the column
   * @param to its new name
   */
  @JsonTypeName("rename_column")
  record RenameColumn(String name, String to) implements DdlOperation {
    /** Refuses absent names. */
    public RenameColumn {
      RequiredField.check("name", name);
      RequiredField.check("to", to);
    }
  }
}
