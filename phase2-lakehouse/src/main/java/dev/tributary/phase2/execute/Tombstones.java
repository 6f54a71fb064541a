package dev.tributary.phase2.execute;

import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.Deletes;
import dev.tributary.core.spec.PayloadFormat;

/** What a dataset does with records without a value. */
enum Tombstones {
  /** They delete the row of their key, or end its version. */
  DELETE,
  /** They are left out and counted. */
  IGNORE,
  /** They go to quarantine: a table to which rows are appended has nothing to delete. */
  REFUSE;

  static Tombstones of(DatasetSpec spec) {
    // Debezium's come after an event that has done the delete already.
    if (spec.write().deletes() == Deletes.IGNORE || spec.format() == PayloadFormat.DEBEZIUM) {
      return IGNORE;
    }
    return spec.write().mode().keyed() ? DELETE : REFUSE;
  }
}
