package dev.tributary.archive;

/**
 * What a retention took out, or would take out.
 *
 * @param from the first sequence whose segments expire
 * @param before the sequence after the last
 * @param records that expire
 * @param files that hold them
 * @param bytes of these files
 */
public record RetentionReport(long from, long before, long records, long files, long bytes) {
  /** Whether nothing expires. */
  public boolean isEmpty() {
    return before <= from;
  }
}
