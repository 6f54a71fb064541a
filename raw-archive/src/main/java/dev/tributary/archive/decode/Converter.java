package dev.tributary.archive.decode;

/** Turns the JSON value at the cursor, which is not null, into a Catalyst value. */
interface Converter {
  /**
   * Moves the cursor over the value and returns what it is as the column's type; {@link
   * JsonCursor#FAILED} where it does not fit.
   */
  Object convert(JsonCursor cursor);
}
