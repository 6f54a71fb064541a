package dev.tributary.archive;

import dev.tributary.archive.file.Segment;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Takes records out of an archive for good: the files that hold them are replaced by files that
 * lack them, and the log counts them as erased. No reader finds them from then on; the replaced
 * files themselves are removed by the next sweep whose age has passed since. Done twice it is done
 * once. Safe beside writers, readers, sweeps and compactions.
 */
public final class ArchiveErasure {
  private static final int ATTEMPTS = 5;

  private final ManifestLog log;

  /** An erasure in one topic's archive. */
  public ArchiveErasure(ManifestLog log) {
    this.log = log;
  }

  /**
   * The greatest sequence of an entry that first held one of the records; empty where the archive
   * holds none of them. Plans that read it have to be done before.
   */
  public OptionalLong lastEntry(Collection<RecordPlace> records) {
    return byBlock(records).values().stream()
        .flatMap(block -> block.sequences().stream())
        .mapToLong(Long::longValue)
        .max();
  }

  /**
   * Erases.
   *
   * @param now epoch milliseconds
   * @throws TributaryException ARCHIVE_NOT_FOUND, ARCHIVE_CONFLICT where others got in between
   *     again and again
   */
  public ErasureReport erase(Collection<RecordPlace> records, Author author, long now) {
    long erased = 0;
    long rewrites = 0;
    for (Block block : byBlock(records).values()) {
      Optional<ManifestEntry> entry = erase(block, author, now);
      if (entry.isPresent()) {
        rewrites++;
        erased += entry.get().rewrite().orElseThrow().erasedRecords();
      }
    }
    return new ErasureReport(erased, new TreeSet<>(records).size() - erased, rewrites);
  }

  /** What is to be erased of a block of entries. */
  private record Block(TreeSet<Long> sequences, Map<List<Integer>, TreeSet<Long>> offsets) {}

  private TreeMap<Long, Block> byBlock(Collection<RecordPlace> records) {
    TreeMap<Long, Block> blocks = new TreeMap<>();
    ManifestEntry head = log.requireHead();
    RecordPlace before = new RecordPlace(-1, -1, -1);
    long sequence = -1;
    long end = -1;
    for (RecordPlace record : new TreeSet<>(records)) {
      boolean sameEntry =
          record.incarnation() == before.incarnation()
              && record.partition() == before.partition()
              && record.offset() < end;
      before = record;
      if (!sameEntry) {
        OptionalLong found =
            log.sequenceOf(record.incarnation(), record.partition(), record.offset());
        if (found.isEmpty()) {
          end = -1;
          continue;
        }
        sequence = found.getAsLong();
        end = log.entry(sequence).orElseThrow().watermark(record.incarnation(), record.partition());
      }
      if (sequence >= head.expiredBefore().orElse(0)) {
        Block block =
            blocks.computeIfAbsent(
                sequence / RewriteMap.BLOCK, key -> new Block(new TreeSet<>(), new HashMap<>()));
        block.sequences().add(sequence);
        block
            .offsets()
            .computeIfAbsent(
                List.of(record.incarnation(), record.partition()), key -> new TreeSet<>())
            .add(record.offset());
      }
    }
    return blocks;
  }

  private Optional<ManifestEntry> erase(Block block, Author author, long now) {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      ManifestEntry head = log.requireHead();
      long from = Math.max(block.sequences().first(), head.expiredBefore().orElse(0));
      if (block.sequences().last() < from) {
        return Optional.empty();
      }
      BlockRewrite work = new BlockRewrite(log, head, from, block.sequences().last());
      try {
        for (BlockRewrite.Source source : new ArrayList<>(work.sources())) {
          if (source.segments().stream().anyMatch(held -> touches(block, held.segment()))) {
            work.erase(source, block.offsets());
          }
        }
      } catch (TributaryException e) {
        if (e.code() == ErrorCode.ARCHIVE_CHECKSUM && work.isOutdated()) {
          continue;
        }
        throw e;
      }
      if (!work.erases()) {
        return Optional.empty();
      }
      Optional<ManifestEntry> entry =
          work.commit(RewriteReason.ERASURE, work.wasCompacted(), author, now);
      if (entry.isPresent()) {
        return entry;
      }
    }
    throw ArchiveCompaction.crowded(log);
  }

  private static boolean touches(Block block, Segment segment) {
    TreeSet<Long> offsets =
        block.offsets().get(List.of(segment.incarnation(), segment.partition()));
    return offsets != null
        && !offsets.subSet(segment.first(), true, segment.last(), true).isEmpty();
  }
}
