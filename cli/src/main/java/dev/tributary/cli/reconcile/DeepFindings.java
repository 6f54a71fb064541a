package dev.tributary.cli.reconcile;

import java.util.List;
import java.util.Map;

/**
 * What counting coordinates in the data found.
 *
 * @param archiveMissing records that the manifest log counts and its files lack
 * @param archiveTwice offsets that the files hold more than once
 * @param missingInTable archived records that are neither in the table nor in quarantine nor
 *     counted as filtered
 * @param twiceInTable coordinates that table and quarantine hold more than once
 * @param findings what else is wrong, for people
 */
public record DeepFindings(
    Map<PartitionId, Long> archiveMissing,
    Map<PartitionId, Long> archiveTwice,
    long missingInTable,
    long twiceInTable,
    List<String> findings) {

  long missingInArchive(PartitionAccount account) {
    return archiveMissing.getOrDefault(id(account), 0L);
  }

  long twiceInArchive(PartitionAccount account) {
    return archiveTwice.getOrDefault(id(account), 0L);
  }

  private static PartitionId id(PartitionAccount account) {
    return new PartitionId(account.topic(), account.incarnation(), account.partition());
  }
}
