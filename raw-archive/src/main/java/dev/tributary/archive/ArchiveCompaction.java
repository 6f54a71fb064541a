package dev.tributary.archive;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Makes few large files out of many small ones of a day. Records, their order, their bytes and what
 * the log says of them stay; only the place of their segments is another, which readers learn from
 * the log. Safe beside running writers, readers, sweeps and other compactions. A file that was
 * replaced stays for a reader that has planned with it, until a sweep.
 */
public final class ArchiveCompaction {
  /** What a reader fetches with few requests and a writer makes without much memory. */
  public static final long TARGET_BYTES = 256L << 20;

  /** Somebody else may get in between so often. */
  private static final int ATTEMPTS = 5;

  private final ManifestLog log;
  private final long targetBytes;

  /** A compaction of one topic's archive into files of about {@link #TARGET_BYTES}. */
  public ArchiveCompaction(ManifestLog log) {
    this(log, TARGET_BYTES);
  }

  /** As {@link #ArchiveCompaction(ManifestLog)}, into files of about so many stored bytes. */
  public ArchiveCompaction(ManifestLog log, long targetBytes) {
    this.log = log;
    this.targetBytes = targetBytes;
  }

  /**
   * What {@link #compact} would do now. Changes nothing.
   *
   * @throws TributaryException ARCHIVE_NOT_FOUND
   */
  public CompactionReport preview(Duration age, long now) {
    CompactionReport report = CompactionReport.NONE;
    OptionalLong last = last(age, now);
    if (last.isEmpty()) {
      return report;
    }
    for (long block = firstBlock(); block <= last.getAsLong() / RewriteMap.BLOCK; block++) {
      List<List<BlockRewrite.Source>> groups =
          work(block, last.getAsLong()).map(this::groups).orElse(List.of());
      if (!groups.isEmpty()) {
        report =
            report.plus(
                new CompactionReport(
                    1,
                    groups.stream().mapToLong(List::size).sum(),
                    groups.size(),
                    groups.stream()
                        .flatMap(List::stream)
                        .mapToLong(BlockRewrite.Source::bytes)
                        .sum()));
      }
    }
    return report;
  }

  /**
   * Compacts.
   *
   * @param age how long ago the entries must have been put whose files are taken; the files of a
   *     day that still grows would be rewritten again and again
   * @param now epoch milliseconds
   * @throws TributaryException ARCHIVE_NOT_FOUND, ARCHIVE_CONFLICT where others got in between
   *     again and again
   */
  public CompactionReport compact(Duration age, Author author, long now) {
    CompactionReport report = CompactionReport.NONE;
    OptionalLong last = last(age, now);
    if (last.isEmpty()) {
      return report;
    }
    for (long block = firstBlock(); block <= last.getAsLong() / RewriteMap.BLOCK; block++) {
      report = report.plus(compact(block, last.getAsLong(), author, now));
    }
    return report;
  }

  private CompactionReport compact(long block, long last, Author author, long now) {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      Optional<BlockRewrite> work = work(block, last);
      List<List<BlockRewrite.Source>> groups = work.map(this::groups).orElse(List.of());
      if (groups.isEmpty()) {
        return CompactionReport.NONE;
      }
      try {
        groups.forEach(work.get()::combine);
      } catch (TributaryException e) {
        // What expired meanwhile may be gone.
        if (e.code() == ErrorCode.ARCHIVE_CHECKSUM && work.get().isOutdated()) {
          continue;
        }
        throw e;
      }
      boolean whole = last >= (block + 1) * RewriteMap.BLOCK - 1;
      Optional<ManifestEntry> entry =
          work.get().commit(RewriteReason.COMPACTION, whole, author, now);
      if (entry.isPresent()) {
        Rewrite done = entry.get().rewrite().orElseThrow();
        return new CompactionReport(1, done.replaced(), done.added(), done.bytes());
      }
    }
    throw crowded(log);
  }

  static TributaryException crowded(ManifestLog log) {
    return new TributaryException(
        ErrorCode.ARCHIVE_CONFLICT,
        "Other compactions, erasures, retentions or sweeps of %s got in between %d times. Run it again when they are done."
            .formatted(log.folder(), ATTEMPTS));
  }

  private long firstBlock() {
    return log.requireHead().expiredBefore().orElse(0) / RewriteMap.BLOCK;
  }

  private OptionalLong last(Duration age, long now) {
    OptionalLong young = log.sequenceAt(now - age.toMillis());
    long last = young.isPresent() ? young.getAsLong() - 1 : log.requireHead().sequence();
    return last < 0 ? OptionalLong.empty() : OptionalLong.of(last);
  }

  /** Empty where there is nothing more to do in a block. */
  private Optional<BlockRewrite> work(long block, long last) {
    ManifestEntry head = log.requireHead();
    long from = Math.max(block * RewriteMap.BLOCK, head.expiredBefore().orElse(0));
    long to = Math.min((block + 1) * RewriteMap.BLOCK - 1, last);
    boolean done =
        HeldFiles.asOf(head, log.maps())
            .flatMap(files -> files.index().ofBlock(block))
            .filter(row -> row.compacted() && row.to() >= to)
            .isPresent();
    return done || to < from
        ? Optional.empty()
        : Optional.of(new BlockRewrite(log, head, from, to));
  }

  /** Small files of one day and compression, neighbours in the log's order, up to the target. */
  private List<List<BlockRewrite.Source>> groups(BlockRewrite work) {
    List<List<BlockRewrite.Source>> groups = new ArrayList<>();
    Map<String, List<BlockRewrite.Source>> open = new LinkedHashMap<>();
    for (BlockRewrite.Source source : work.sources()) {
      if (source.bytes() > targetBytes / 2) {
        continue;
      }
      List<BlockRewrite.Source> group =
          open.computeIfAbsent(
              source.day() + source.file().compression(), key -> new ArrayList<>());
      long size = group.stream().mapToLong(BlockRewrite.Source::bytes).sum();
      if (size + source.bytes() > targetBytes) {
        groups.add(List.copyOf(group));
        group.clear();
      }
      group.add(source);
    }
    groups.addAll(open.values());
    return groups.stream().filter(group -> group.size() > 1).toList();
  }
}
