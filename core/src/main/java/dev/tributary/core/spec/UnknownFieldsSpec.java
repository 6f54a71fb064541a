package dev.tributary.core.spec;

/**
 * What a dataset does with fields that no column is declared for.
 *
 * @param policy what becomes of them
 * @param column where rescued ones are kept
 */
public record UnknownFieldsSpec(UnknownFields policy, String column) {
  /** The column of rescued fields, unless it is given. */
  public static final String RESCUED = "_rescued";

  /** Fills in the defaults. */
  public UnknownFieldsSpec {
    policy = policy == null ? UnknownFields.IGNORE : policy;
    column = column == null ? RESCUED : column;
  }

  /** They are left out. */
  public static UnknownFieldsSpec ignored() {
    return new UnknownFieldsSpec(null, null);
  }
}
