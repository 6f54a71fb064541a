package dev.tributary.phase2.plan;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;

/** What a plan does to its table. */
public enum PlanKind {
  /** Writes the next entries of the archive. */
  LIVE("live"),
  /** Creates the table or changes its columns. */
  DDL("ddl"),
  /** A part of a backfill: writes entries again that are below the live position. */
  BACKFILL("backfill"),
  /** Takes up again records that plans before it have set aside. */
  REPLAY("replay"),
  /** Takes records out of archive, table, history, quarantine and tombstones. */
  ERASE("erase"),
  /** Puts a table that was made beside in the place of the one that is there. */
  CUTOVER("cutover"),
  /**
   * Ends a generation of the plan log, since the table was restored. It is never done, and no plan
   * comes after it.
   */
  RESTORE("restore");

  private final String text;

  PlanKind(String text) {
    this.text = text;
  }

  /** The kind in JSON. */
  @JsonValue
  public String text() {
    return text;
  }

  /**
   * Whether such plans are about what lies below the live position, and leave that as it is: they
   * read it again, or take it out. They are added up apart.
   */
  public boolean readsAgain() {
    return this == BACKFILL || this == REPLAY || this == ERASE;
  }

  /**
   * Whether nothing that comes later depends on such a plan, so that one that cannot be done is
   * made void by whoever finds that out.
   */
  public boolean givesWay() {
    return readsAgain() || this == CUTOVER;
  }

  /** Reads the JSON form; refuses a kind of a later release with FORMAT_UNKNOWN. */
  @JsonCreator
  static PlanKind of(String text) {
    for (PlanKind kind : values()) {
      if (kind.text.equals(text)) {
        return kind;
      }
    }
    throw new TributaryException(
        ErrorCode.FORMAT_UNKNOWN,
        "The plan log holds a plan of the kind '%s', which this release does not know. Use the release that wrote it, or a later one."
            .formatted(text));
  }
}
