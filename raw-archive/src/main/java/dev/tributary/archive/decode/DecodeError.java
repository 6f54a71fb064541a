package dev.tributary.archive.decode;

import java.util.Locale;

/** Why a record's value could not be decoded; the code is what the quarantine shows. */
public enum DecodeError {
  /** The bytes are not JSON. */
  NOT_JSON,
  /** JSON, but no object at the top. */
  NOT_OBJECT,
  /** A field holds a kind of value that its column's type does not take. */
  WRONG_TYPE,
  /** A column that may not be null has no value. */
  MISSING_COLUMN,
  /** A number, date or time that the column's type cannot hold. */
  OUT_OF_RANGE,
  /** A field that no column is declared for, where such fields are not taken. */
  UNKNOWN_FIELD;

  private final String code = name().toLowerCase(Locale.ROOT).replace('_', '-');

  /** The stable code, for example {@code wrong-type}. */
  public String code() {
    return code;
  }
}
