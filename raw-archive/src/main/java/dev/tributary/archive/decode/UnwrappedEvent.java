package dev.tributary.archive.decode;

/** What becomes of a change event. */
public sealed interface UnwrappedEvent {
  /**
   * The row that changed.
   *
   * @param json an object: the row's fields as the event has them, then what happened to it
   * @param deletes whether the row is gone; it may then have no more than its key
   */
  record Changed(byte[] json, boolean deletes) implements UnwrappedEvent {}

  /**
   * An event that is no change of a row.
   *
   * @param code the stable code
   * @param message the problem, the value and the remedy
   * @param withoutValue the same, with nothing in it of what the record holds
   */
  record Refused(String code, String message, String withoutValue) implements UnwrappedEvent {}
}
