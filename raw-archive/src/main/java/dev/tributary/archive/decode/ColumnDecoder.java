package dev.tributary.archive.decode;

import dev.tributary.archive.line.LineView;
import dev.tributary.core.spec.ColumnSpec;
import java.util.List;
import org.apache.spark.sql.types.StructType;

/**
 * Decodes JSON objects to the declared columns' Catalyst values. Fields that no column names are
 * skipped. The result of a decode stands in the caller's array; the error, if any, in the decoder.
 * Not thread-safe; make one a task.
 */
public final class ColumnDecoder {
  private ColumnDecoder() {}

  /**
   * A decoder of these columns, in this order.
   *
   * @throws dev.tributary.core.error.TributaryException SPEC_INVALID for a type that Spark does not
   *     know or the decoder does not support, and for paths that contradict each other
   */
  public static ColumnDecoder of(List<ColumnSpec> columns) {
    throw new UnsupportedOperationException();
  }

  /** The columns' Spark schema, nullability as declared. */
  public static StructType schema(List<ColumnSpec> columns) {
    throw new UnsupportedOperationException();
  }

  /**
   * Decodes a record's value into {@code into[at]} and the elements after it, one a column. A
   * tombstone gives nulls and is no error.
   *
   * @return whether it went well; if not, the elements are undefined and {@link #error} and {@link
   *     #errorMessage} say why
   */
  public boolean decode(LineView line, Object[] into, int at) {
    throw new UnsupportedOperationException();
  }

  /** As {@link #decode(LineView, Object[], int)}, from any bytes. */
  public boolean decode(byte[] bytes, int start, int length, Object[] into, int at) {
    throw new UnsupportedOperationException();
  }

  /** What was wrong with the last value; only after a decode that returned false. */
  public DecodeError error() {
    throw new UnsupportedOperationException();
  }

  /** Names the column and the value, cut to about 100 characters; as {@link #error}. */
  public String errorMessage() {
    throw new UnsupportedOperationException();
  }
}
