package dev.tributary.archive;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/**
 * The manifest log of one topic's archive. Dense, put if absent: of any number of writers exactly
 * one puts each entry. Thread-safe; holds no resource that needs to be closed. Methods that talk to
 * the store throw TributaryException STORE_UNAVAILABLE where it is away, FORMAT_UNKNOWN for an
 * entry of a later release and LOG_CORRUPT for one that contradicts itself.
 */
public final class ManifestLog {
  private ManifestLog() {}

  /**
   * The log of a topic, which may not exist yet.
   *
   * @param archive the folder that holds one folder a topic, as a URI
   */
  public static ManifestLog open(String archive, String topic, Configuration configuration) {
    throw new UnsupportedOperationException();
  }

  /** The topic. */
  public String topic() {
    throw new UnsupportedOperationException();
  }

  /** The topic's folder, which paths of files are relative to. */
  public Path folder() {
    throw new UnsupportedOperationException();
  }

  /** The newest entry, asked of the store; empty where the archive does not exist. */
  public Optional<ManifestEntry> head() {
    throw new UnsupportedOperationException();
  }

  /** As {@link #head}, for an archive that must exist, else ARCHIVE_NOT_FOUND. */
  public ManifestEntry requireHead() {
    throw new UnsupportedOperationException();
  }

  /** The newest entry that this object has seen, without a request where it has seen one. */
  public Optional<ManifestEntry> knownHead() {
    throw new UnsupportedOperationException();
  }

  /** An entry; empty beyond the head. */
  public Optional<ManifestEntry> entry(long sequence) {
    throw new UnsupportedOperationException();
  }

  /** The entries from one sequence to another, both inclusive, which must exist. */
  public List<ManifestEntry> range(long from, long toInclusive) {
    throw new UnsupportedOperationException();
  }

  /** What the current incarnation of the topic is; ARCHIVE_NOT_FOUND where there is no archive. */
  public Genesis genesis() {
    throw new UnsupportedOperationException();
  }

  /**
   * Opens the log with entry 0.
   *
   * @return false where somebody else had opened it; look at {@link #genesis} then
   */
  public boolean createGenesis(Genesis genesis, Author author, long ingestTime) {
    throw new UnsupportedOperationException();
  }

  /**
   * Takes a batch in, exactly once: ranges that the archive holds already are left out, ranges that
   * continue the watermark are taken, and losing the race for a sequence to another writer is no
   * reason to stop while the ranges still continue.
   *
   * @throws dev.tributary.core.error.TributaryException ARCHIVE_GAP where a range begins after the
   *     watermark, ARCHIVE_CONFLICT where another writer took a part of it in or opened another
   *     incarnation, ARCHIVE_SWEPT where a sweep since the batch began may have removed its files
   *     (begin the batch anew), ARCHIVE_NOT_FOUND
   */
  public CommitResult commit(CommitRequest request) {
    throw new UnsupportedOperationException();
  }

  /**
   * Accounts for ranges that Kafka lost, by an operator's word; ranges as in {@link #commit}. Done
   * twice it is done once.
   */
  public CommitResult acceptLoss(
      List<OffsetRange> ranges, Acceptance accepted, Author author, long ingestTime) {
    throw new UnsupportedOperationException();
  }

  /**
   * Opens the next incarnation, by an operator's word. Where the current one is of the same cluster
   * and topic id already, nothing is done.
   */
  public CommitResult openIncarnation(
      Genesis genesis, Acceptance accepted, Author author, long ingestTime) {
    throw new UnsupportedOperationException();
  }

  /** The first entry whose ingest time is not before {@code epochMillis}; empty: none yet. */
  public OptionalLong sequenceAt(long epochMillis) {
    throw new UnsupportedOperationException();
  }

  /** The entry that accounts for an offset; empty: none yet. */
  public OptionalLong sequenceOf(int incarnation, int partition, long offset) {
    throw new UnsupportedOperationException();
  }
}
