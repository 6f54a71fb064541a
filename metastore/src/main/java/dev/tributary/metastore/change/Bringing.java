package dev.tributary.metastore.change;

/** How a version is to come into force. */
public enum Bringing {
  /** Drivers change the table that is there. */
  IN_PLACE,
  /** The table is made anew beside the stream, and cut over. */
  REBUILD
}
