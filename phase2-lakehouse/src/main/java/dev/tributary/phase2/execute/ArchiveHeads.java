package dev.tributary.phase2.execute;

import dev.tributary.archive.ArchiveRetention;
import dev.tributary.archive.ManifestEntry;
import dev.tributary.archive.ManifestLog;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.phase2.plan.EntryRange;
import dev.tributary.phase2.plan.Plan;
import dev.tributary.phase2.plan.PlanSource;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;

/**
 * The newest manifest entry of each topic when a plan's work began. All that the work reads is read
 * as of it, so that the records that are counted are those that are read.
 *
 * @param sequences by topic
 * @param erased by topic how many records were ever erased from its archive, where any were
 */
record ArchiveHeads(Map<String, Long> sequences, Map<String, Long> erased) {
  /** Of work that reads nothing. */
  static final ArchiveHeads NONE = new ArchiveHeads(Map.of());

  ArchiveHeads {
    erased = Map.copyOf(erased);
  }

  /** Of work that does not ask what was erased. */
  ArchiveHeads(Map<String, Long> sequences) {
    this(sequences, Map.of());
  }

  /** Asks for the heads of a plan's topics. */
  static ArchiveHeads of(PlanSource source, Configuration configuration) {
    Map<String, Long> sequences = new TreeMap<>();
    Map<String, Long> erased = new TreeMap<>();
    for (EntryRange range : source.ranges()) {
      String topic = range.topic();
      if (!sequences.containsKey(topic)) {
        ManifestEntry head = ManifestLog.open(source.archive(), topic, configuration).requireHead();
        sequences.put(topic, head.sequence());
        if (head.erased().orElse(0) > 0) {
          erased.put(topic, head.erased().getAsLong());
        }
      }
    }
    return new ArchiveHeads(sequences, erased);
  }

  /**
   * As above, of a plan that is done again since a RESTORE: as of before a retention that came in
   * between, which leaves the files of such plans.
   *
   * @throws TributaryException TABLE_RESTORED where they are gone
   */
  static ArchiveHeads again(Plan plan, Configuration configuration) {
    ArchiveHeads now = of(plan.source(), configuration);
    Map<String, Long> sequences = new TreeMap<>(now.sequences());
    for (EntryRange range : plan.source().ranges()) {
      ManifestLog log = ManifestLog.open(plan.source().archive(), range.topic(), configuration);
      if (range.from() < expiredBefore(log, sequences.get(range.topic()))) {
        long before =
            new ArchiveRetention(log)
                .unfinished()
                .map(retention -> retention.sequence() - 1)
                .filter(sequence -> range.from() >= expiredBefore(log, sequence))
                .orElseThrow(() -> gone(plan, range));
        sequences.put(range.topic(), before);
      }
    }
    return new ArchiveHeads(sequences, now.erased());
  }

  private static long expiredBefore(ManifestLog log, long sequence) {
    return log.entry(sequence).orElseThrow().expiredBefore().orElse(0);
  }

  private static TributaryException gone(Plan plan, EntryRange range) {
    return new TributaryException(
        ErrorCode.TABLE_RESTORED,
        "Plan %d of dataset '%s' is done again since its table was restored, and retention has removed records meanwhile of the entries of topic %s from %d on, which it reads. Have the dataset filled anew into another table from what the archive holds."
            .formatted(plan.plan(), plan.dataset(), range.topic(), range.from()));
  }

  /**
   * Refuses to take the rows of records out that could not be made again.
   *
   * @param source what a plan replaces
   * @throws TributaryException CHANGE_REFUSED
   */
  void requireHeld(PlanSource source, Configuration configuration) {
    for (EntryRange range : source.ranges()) {
      long held =
          expiredBefore(
              ManifestLog.open(source.archive(), range.topic(), configuration), of(range.topic()));
      if (range.from() < held) {
        throw new TributaryException(
            ErrorCode.CHANGE_REFUSED,
            "The entries of topic %s from %d on cannot be replaced: retention has removed the records of those before %d from the archive, and their rows could not be made again. They stay as they are; replace from there on, with --from-sequence %s=%d."
                .formatted(range.topic(), range.from(), held, range.topic(), held));
      }
    }
  }

  /** Whether records were ever erased from an archive that is read. */
  boolean erased(PlanSource source) {
    return source.ranges().stream().map(EntryRange::topic).anyMatch(erased::containsKey);
  }

  /**
   * Whether any of the records that are read was erased since. Asks for the entries only where the
   * archive lost any.
   *
   * @param source whole entries
   * @param records how many they were
   */
  boolean erasedSince(PlanSource source, long records, Configuration configuration) {
    ArchiveHeads now = of(source, configuration);
    return !now.erased().equals(erased)
        && SourceSize.of(source, now, configuration, () -> records).records() != records;
  }

  /** Whether a plan may lack records that it had before. */
  boolean mayLack(Plan plan) {
    return plan.again().isPresent() || erased(plan.source());
  }

  /** The newest entry of a topic that the plan reads. */
  long of(String topic) {
    return sequences.get(topic);
  }

  /** The entries of a range, with their segments where they lay then. */
  List<ManifestEntry> held(ManifestLog log, EntryRange range) {
    return log.held(range.from(), range.to(), of(range.topic()));
  }
}
