package dev.tributary.phase2.table;

/**
 * Files that took the place of others and hold the same rows.
 *
 * @param filesBefore how many files were replaced
 * @param bytesBefore their size
 * @param filesAfter how many took their place
 * @param bytesAfter their size
 */
public record Rewritten(long filesBefore, long bytesBefore, long filesAfter, long bytesAfter) {
  /** Nothing was. */
  public static final Rewritten NOTHING = new Rewritten(0, 0, 0, 0);

  /** Both together. */
  public Rewritten plus(Rewritten other) {
    return new Rewritten(
        filesBefore + other.filesBefore,
        bytesBefore + other.bytesBefore,
        filesAfter + other.filesAfter,
        bytesAfter + other.bytesAfter);
  }
}
