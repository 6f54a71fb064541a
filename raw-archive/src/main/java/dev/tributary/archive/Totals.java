package dev.tributary.archive;

/**
 * Cumulative totals of an archive.
 *
 * @param records taken in
 * @param bytes of files as stored
 * @param files added
 */
public record Totals(long records, long bytes, long files) {
  Totals plus(long moreRecords, long moreBytes, long moreFiles) {
    return new Totals(records + moreRecords, bytes + moreBytes, files + moreFiles);
  }
}
