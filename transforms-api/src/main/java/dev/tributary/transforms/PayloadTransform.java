package dev.tributary.transforms;

import java.io.Serializable;

/**
 * A step on the bytes of a record's value before they are decoded: decrypt, unpack, strip a header.
 * It is not called for tombstones. The instance travels to the executors.
 */
public non-sealed interface PayloadTransform extends Transform, Serializable {
  /**
   * Makes the function that is called for each record. Called once a task, on the executor, so that
   * keys are resolved where they are used.
   */
  PayloadFunction open(TransformContext context);
}
