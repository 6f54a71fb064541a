package dev.tributary.transforms;

import java.util.Optional;

/** What a payload step does to each record. Used by one thread. */
@FunctionalInterface
public interface PayloadFunction {
  /**
   * The record's value after this step.
   *
   * @param payload the value's bytes; must not be changed
   * @param coordinates where the record comes from
   * @return the new bytes, which may be {@code payload} itself; empty drops the record, which is
   *     then accounted as filtered
   * @throws Exception if this record cannot be transformed: it goes to quarantine with the message,
   *     which must hold neither a secret nor the payload
   */
  Optional<byte[]> apply(byte[] payload, RecordCoordinates coordinates) throws Exception;
}
