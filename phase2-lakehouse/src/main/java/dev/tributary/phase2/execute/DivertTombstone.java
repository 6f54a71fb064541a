package dev.tributary.phase2.execute;

import org.apache.spark.sql.Row;
import org.apache.spark.sql.api.java.UDF1;

/**
 * Takes a record without a value out of the rows. One that deletes is only counted here: its key
 * and position are read again, since they need no decoding.
 */
final class DivertTombstone implements UDF1<Row, Boolean> {
  private static final long serialVersionUID = 1L;

  private final Diversion diversion;
  private final Tombstones treatment;

  DivertTombstone(Diversion diversion, Tombstones treatment) {
    this.diversion = diversion;
    this.treatment = treatment;
  }

  @Override
  public Boolean call(Row row) {
    switch (treatment) {
      case IGNORE -> diversion.ignored();
      case DELETE -> {
        if (row.getString(8) == null) {
          diversion.tombstone();
        } else {
          diversion.add(BadRecord.of(row, ArchiveRows.DECODE));
        }
      }
      case REFUSE -> diversion.add(BadRecord.of(row, ArchiveRows.DECODE));
    }
    return false;
  }
}
