package dev.tributary.core.metastore;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonTypeName;
import dev.tributary.core.spec.ColumnSpec;
import java.util.Optional;

/** One change of a dataset's columns. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "op")
@JsonSubTypes({
  @JsonSubTypes.Type(DdlOperation.AddColumn.class),
  @JsonSubTypes.Type(DdlOperation.DropColumn.class),
  @JsonSubTypes.Type(DdlOperation.RenameColumn.class),
  @JsonSubTypes.Type(DdlOperation.WidenColumn.class),
  @JsonSubTypes.Type(DdlOperation.AlterComment.class),
  @JsonSubTypes.Type(DdlOperation.SetNullable.class)
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

  /**
   * Gives a column a wider type, one that Delta can widen it to.
   *
   * @param name the column
   * @param type its new type
   */
  @JsonTypeName("widen_column")
  record WidenColumn(String name, String type) implements DdlOperation {
    /** Refuses absent fields. */
    public WidenColumn {
      RequiredField.check("name", name);
      RequiredField.check("type", type);
    }
  }

  /**
   * Gives a column another comment.
   *
   * @param name the column
   * @param comment the comment; empty takes it away
   */
  @JsonTypeName("alter_comment")
  record AlterComment(String name, Optional<String> comment) implements DdlOperation {
    /** Refuses an absent name. */
    public AlterComment {
      RequiredField.check("name", name);
      comment = comment == null ? Optional.empty() : comment;
    }
  }

  /**
   * Says whether records without a value for a column are taken.
   *
   * @param name the column
   * @param nullable whether they are
   */
  @JsonTypeName("set_nullable")
  record SetNullable(String name, Boolean nullable) implements DdlOperation {
    /** Refuses absent fields. */
    public SetNullable {
      RequiredField.check("name", name);
      RequiredField.check("nullable", nullable);
    }
  }
}
