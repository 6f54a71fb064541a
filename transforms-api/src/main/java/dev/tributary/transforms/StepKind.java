package dev.tributary.transforms;

/** How many rows a step makes of the rows it is given; the ledger of every plan is kept by it. */
public enum StepKind {
  /** Exactly one row for each row. */
  ONE_TO_ONE,
  /** One row or none for each row; what is left out is accounted as filtered. */
  FILTER,
  /** Any number of rows for each row. */
  EXPLODE,
  /** Several rows become one. Such a step cannot be isolated to one record when it fails. */
  COMBINE
}
