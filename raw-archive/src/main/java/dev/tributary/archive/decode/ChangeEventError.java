package dev.tributary.archive.decode;

import java.util.Locale;

/** Why a record is no change of a row; the code is what the quarantine shows. */
public enum ChangeEventError {
  /** It is none of the change events that are known. */
  CHANGE_EVENT,
  /** It is one, but does not hold the row. */
  INCOMPLETE_EVENT,
  /** It empties the table at its source, which is no change of a row. */
  TRUNCATE_EVENT;

  /** The stable code, for example {@code change-event}. */
  public String code() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
