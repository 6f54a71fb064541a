package dev.tributary.core.metastore;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonTypeName;
import com.fasterxml.jackson.databind.JsonNode;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.spec.Deletes;
import dev.tributary.core.spec.TransformSpec;
import dev.tributary.core.spec.WriteMode;
import java.util.List;
import java.util.Optional;

/** One change of how a dataset is written or whether it runs. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "op")
@JsonSubTypes({
  @JsonSubTypes.Type(DmlOperation.SetMode.class),
  @JsonSubTypes.Type(DmlOperation.SetPrimaryKey.class),
  @JsonSubTypes.Type(DmlOperation.SetOrderBy.class),
  @JsonSubTypes.Type(DmlOperation.SetDeletes.class),
  @JsonSubTypes.Type(DmlOperation.SetPartitioning.class),
  @JsonSubTypes.Type(DmlOperation.SetTransforms.class),
  @JsonSubTypes.Type(DmlOperation.SetChecks.class),
  @JsonSubTypes.Type(DmlOperation.Pause.class),
  @JsonSubTypes.Type(DmlOperation.Resume.class),
  @JsonSubTypes.Type(DmlOperation.RevertTo.class)
})
public sealed interface DmlOperation {
  /**
   * Append, upsert or history. The key and order that it needs can be set by the same request.
   *
   * @param mode the mode
   */
  @JsonTypeName("set_mode")
  record SetMode(WriteMode mode) implements DmlOperation {
    /** Refuses an absent mode. */
    public SetMode {
      RequiredField.check("mode", mode);
    }
  }

  /**
   * Sets the key columns.
   *
   * @param columns their names
   */
  @JsonTypeName("set_primary_key")
  record SetPrimaryKey(List<String> columns) implements DmlOperation {
    /** Refuses an absent list. */
    public SetPrimaryKey {
      columns = RequiredField.list("columns", columns);
    }
  }

  /**
   * Sets what says which of two events of a key is newer.
   *
   * @param columns names, most significant first
   */
  @JsonTypeName("set_order_by")
  record SetOrderBy(List<String> columns) implements DmlOperation {
    /** Refuses an absent list. */
    public SetOrderBy {
      columns = RequiredField.list("columns", columns);
    }
  }

  /**
   * Sets what a delete does.
   *
   * @param deletes what
   * @param deleteWhen the SQL predicate that marks one; absent: it stays as it is, a JSON null:
   *     none
   */
  @JsonTypeName("set_deletes")
  @JsonInclude(JsonInclude.Include.NON_ABSENT)
  record SetDeletes(Deletes deletes, JsonNode deleteWhen) implements DmlOperation {
    /** Refuses absent deletes, and a predicate that is no text. */
    public SetDeletes {
      RequiredField.check("deletes", deletes);
      if (deleteWhen != null && !deleteWhen.isNull() && !deleteWhen.isTextual()) {
        throw TributaryException.of(
                ErrorCode.SPEC_INVALID,
                "The field deleteWhen has the value %s, which is no text.".formatted(deleteWhen),
                "Give an SQL predicate, null for none, or leave it out to keep the one that is there.")
            .at("/deleteWhen");
      }
    }

    /** Whether it says anything of the predicate. */
    public boolean setsDeleteWhen() {
      return deleteWhen != null;
    }

    /**
     * The predicate after it.
     *
     * @param before the one before it
     */
    public Optional<String> deleteWhen(Optional<String> before) {
      return deleteWhen == null ? before : Optional.ofNullable(deleteWhen.textValue());
    }
  }

  /**
   * Sets the columns that the table is partitioned by.
   *
   * @param columns their names
   */
  @JsonTypeName("set_partitioning")
  record SetPartitioning(List<String> columns) implements DmlOperation {
    /** Refuses an absent list. */
    public SetPartitioning {
      columns = RequiredField.list("columns", columns);
    }
  }

  /**
   * Sets the steps.
   *
   * @param transforms in order
   */
  @JsonTypeName("set_transforms")
  record SetTransforms(List<TransformSpec> transforms) implements DmlOperation {
    /** Refuses an absent list. */
    public SetTransforms {
      transforms = RequiredField.list("transforms", transforms);
    }
  }

  /**
   * Sets the checks.
   *
   * @param checks what stands as {@code checks} in a dataset; an empty object: none
   */
  @JsonTypeName("set_checks")
  record SetChecks(JsonNode checks) implements DmlOperation {
    /** Refuses absent checks. */
    public SetChecks {
      RequiredField.check("checks", checks == null || checks.isNull() ? null : checks);
    }
  }

  /** Lets drivers stop the dataset after their batch. */
  @JsonTypeName("pause")
  record Pause() implements DmlOperation {}

  /** Lets drivers run it again. */
  @JsonTypeName("resume")
  record Resume() implements DmlOperation {}

  /**
   * Makes what an earlier version said current again, as a new version.
   *
   * @param version the earlier version
   */
  @JsonTypeName("revert_to")
  record RevertTo(Long version) implements DmlOperation {
    /** Refuses an absent version. */
    public RevertTo {
      RequiredField.check("version", version);
    }
  }
}
