package dev.tributary.archive;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import dev.tributary.archive.file.ArchiveFile;
import dev.tributary.archive.file.Segment;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.spec.Isolation;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * An entry of the manifest log; docs/raw-archive.md has every field. Immutable.
 *
 * @param format of the archive, {@link #FORMAT}
 * @param sequence its place in the log, dense from 0
 * @param kind what it does
 * @param id random; how a writer knows its own entry again
 * @param ingestTime epoch milliseconds, never less than the entry before's
 * @param writer who made it
 * @param genesis what the incarnation that it opens is; kinds genesis and incarnation alone
 * @param isolation which transactional records were read, where it is not what the incarnation's
 *     genesis says; kind data alone
 * @param files that it adds
 * @param gaps offsets that it accounts for without a record
 * @param partitions cumulative accounts of every incarnation and partition ever seen
 * @param totals cumulative
 * @param expired cumulative records that retention took out
 * @param erased cumulative records that erasure took out
 * @param sweep kind sweep alone
 * @param accepted an operator's word; kinds accepted-loss and incarnation alone
 * @param expiredBefore the segments that entries below this sequence first held are gone
 * @param rewriteIndex the index of the rewrite maps that say which segments lie in other files now
 * @param retention kind retention alone
 * @param rewrite kind rewrite alone
 * @param opening the sequence of the entry that opened the current incarnation; empty: the first
 *     did, or not known
 */
@JsonInclude(JsonInclude.Include.NON_ABSENT)
public record ManifestEntry(
    int format,
    long sequence,
    EntryKind kind,
    String id,
    long ingestTime,
    Author writer,
    Optional<Genesis> genesis,
    Optional<Isolation> isolation,
    List<ArchiveFile> files,
    List<Gap> gaps,
    List<PartitionAccount> partitions,
    Totals totals,
    OptionalLong expired,
    OptionalLong erased,
    Optional<Sweep> sweep,
    Optional<Acceptance> accepted,
    OptionalLong expiredBefore,
    Optional<String> rewriteIndex,
    Optional<Retention> retention,
    Optional<Rewrite> rewrite,
    OptionalLong opening) {
  /** The format that this release writes, and the newest that it reads. */
  public static final int FORMAT = 1;

  /** Copies the lists and refuses an entry without its fields with LOG_CORRUPT. */
  public ManifestEntry {
    if (kind == null || id == null || writer == null || totals == null || partitions == null) {
      throw new TributaryException(
          ErrorCode.LOG_CORRUPT,
          "Manifest entry %d lacks a field that every entry has. Check who wrote it."
              .formatted(sequence));
    }
    genesis = genesis == null ? Optional.empty() : genesis;
    isolation = isolation == null ? Optional.empty() : isolation;
    files = files == null ? List.of() : List.copyOf(files);
    gaps = gaps == null ? List.of() : List.copyOf(gaps);
    partitions = List.copyOf(partitions);
    expired = expired == null ? OptionalLong.empty() : expired;
    erased = erased == null ? OptionalLong.empty() : erased;
    sweep = sweep == null ? Optional.empty() : sweep;
    accepted = accepted == null ? Optional.empty() : accepted;
    expiredBefore = expiredBefore == null ? OptionalLong.empty() : expiredBefore;
    rewriteIndex = rewriteIndex == null ? Optional.empty() : rewriteIndex;
    retention = retention == null ? Optional.empty() : retention;
    rewrite = rewrite == null ? Optional.empty() : rewrite;
    opening = opening == null ? OptionalLong.empty() : opening;
  }

  /** The number of records of its files. */
  @JsonIgnore
  public long fileRecords() {
    return files.stream()
        .flatMap(file -> file.segments().stream())
        .mapToLong(Segment::records)
        .sum();
  }

  /** How many records can still be read, of all entries up to this one. */
  @JsonIgnore
  public long held() {
    return totals.records() - expired.orElse(0) - erased.orElse(0);
  }

  /** Whether the segments of all entries lie where they do as of another entry. */
  boolean placesAs(ManifestEntry other) {
    return expiredBefore.equals(other.expiredBefore) && rewriteIndex.equals(other.rewriteIndex);
  }

  /** The same entry with its segments where they lie now. */
  ManifestEntry withFiles(List<ArchiveFile> now) {
    return new ManifestEntry(
        format,
        sequence,
        kind,
        id,
        ingestTime,
        writer,
        genesis,
        isolation,
        now,
        gaps,
        partitions,
        totals,
        expired,
        erased,
        sweep,
        accepted,
        expiredBefore,
        rewriteIndex,
        retention,
        rewrite,
        opening);
  }

  /** The current incarnation of the topic. */
  @JsonIgnore
  public int incarnation() {
    return partitions.stream().mapToInt(PartitionAccount::incarnation).max().orElse(0);
  }

  /** What the archive says about a partition; empty where it has never heard of it. */
  public Optional<PartitionAccount> account(int incarnation, int partition) {
    return partitions.stream()
        .filter(account -> account.incarnation() == incarnation && account.partition() == partition)
        .findFirst();
  }

  /** The next offset of a partition; 0 for one that the archive has never heard of. */
  public long watermark(int incarnation, int partition) {
    return account(incarnation, partition).map(PartitionAccount::next).orElse(0L);
  }
}
