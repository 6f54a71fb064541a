package dev.tributary.archive.spark;

import dev.tributary.archive.CommitRequest;
import dev.tributary.archive.CommitResult;
import dev.tributary.archive.Gap;
import dev.tributary.archive.ManifestEntry;
import dev.tributary.archive.ManifestLog;
import dev.tributary.archive.OffsetRange;
import dev.tributary.archive.TopicFailure;
import dev.tributary.archive.file.ArchiveFile;
import dev.tributary.core.error.TributaryException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Commits what the tasks of a batch wrote, each topic to its own log. */
final class BatchCommit {
  private static final Logger LOG = LoggerFactory.getLogger(BatchCommit.class);

  /** Logs that are written at a time. */
  private static final int PARALLEL = 8;

  private final SinkOptions options;
  private final ArchiveLogs logs;

  BatchCommit(SinkOptions options, ArchiveLogs logs) {
    this.options = options;
    this.logs = logs;
  }

  /**
   * Commits all topics. One that is refused does not keep the others from being committed; its
   * error is thrown when they are.
   */
  void commit(List<TaskReport> reports) {
    Map<String, List<TaskReport.Topic>> byTopic = new TreeMap<>();
    for (TaskReport report : reports) {
      for (TaskReport.Topic topic : report.topics()) {
        byTopic.computeIfAbsent(topic.topic(), name -> new ArrayList<>()).add(topic);
      }
    }
    if (byTopic.size() == 1) {
      byTopic.forEach(this::commit);
      return;
    }
    commitTogether(byTopic);
  }

  private void commitTogether(Map<String, List<TaskReport.Topic>> byTopic) {
    if (byTopic.isEmpty()) {
      return;
    }
    ExecutorService threads = Executors.newFixedThreadPool(Math.min(PARALLEL, byTopic.size()));
    try {
      List<CompletableFuture<Void>> commits = new ArrayList<>();
      byTopic.forEach(
          (topic, parts) ->
              commits.add(CompletableFuture.runAsync(() -> commit(topic, parts), threads)));
      List<RuntimeException> failures = new ArrayList<>();
      for (CompletableFuture<Void> commit : commits) {
        try {
          commit.join();
        } catch (CompletionException e) {
          failures.add(e.getCause() instanceof RuntimeException cause ? cause : e);
        }
      }
      if (!failures.isEmpty()) {
        RuntimeException first = failures.get(0);
        failures.subList(1, failures.size()).forEach(first::addSuppressed);
        throw first;
      }
    } finally {
      threads.shutdown();
    }
  }

  private void commit(String topic, List<TaskReport.Topic> parts) {
    try {
      commitTo(topic, parts);
    } catch (TributaryException e) {
      throw new TopicFailure(topic, e);
    }
  }

  private void commitTo(String topic, List<TaskReport.Topic> parts) {
    SinkOptions.Target target = options.target(topic);
    ManifestLog log = logs.log(target.archive(), topic);
    long base = parts.stream().mapToLong(TaskReport.Topic::base).min().orElseThrow();
    long ingestTime = parts.stream().mapToLong(TaskReport.Topic::ingestTime).max().orElseThrow();
    List<ArchiveFile> files = parts.stream().flatMap(part -> part.files().stream()).toList();
    List<TaskReport.Range> read = parts.stream().flatMap(part -> part.ranges().stream()).toList();
    List<Gap> gaps = new ArrayList<>();
    List<OffsetRange> ranges = new ArrayList<>();
    for (TaskReport.Range range : planned(log, base, read, gaps)) {
      ranges.add(
          new OffsetRange(
              range.incarnation(),
              range.partition(),
              range.start(),
              range.end(),
              range.leaderEpoch(),
              range.recordEpoch()));
      gaps.addAll(range.gaps());
    }
    CommitResult result =
        log.commit(
            new CommitRequest(
                options.author(), base, ingestTime, ranges, gaps, files, target.isolation()));
    LOG.debug(
        "{}: {}",
        topic,
        result.entry().map(entry -> "entry " + entry.sequence()).orElse("held already"));
  }

  /**
   * The ranges with a start each: one that no reader planned begins where the one before it ends,
   * the first where the archive ended when the batch began.
   */
  private List<TaskReport.Range> planned(
      ManifestLog log, long base, List<TaskReport.Range> read, List<Gap> gaps) {
    if (read.stream().allMatch(TaskReport.Range::planned)) {
      return read;
    }
    ManifestEntry head =
        log.knownHead()
            .filter(known -> known.sequence() == base)
            .orElseGet(() -> log.range(base, base).get(0));
    List<TaskReport.Range> sorted = new ArrayList<>(read);
    sorted.sort(
        Comparator.comparingInt(TaskReport.Range::incarnation)
            .thenComparingInt(TaskReport.Range::partition)
            .thenComparingLong(TaskReport.Range::start));
    List<TaskReport.Range> planned = new ArrayList<>();
    Map<List<Integer>, Long> ends = new HashMap<>();
    for (TaskReport.Range range : sorted) {
      List<Integer> partition = List.of(range.incarnation(), range.partition());
      long end =
          ends.getOrDefault(partition, head.watermark(range.incarnation(), range.partition()));
      ends.put(partition, Math.max(end, range.end()));
      if (range.planned() || range.start() <= end) {
        planned.add(range);
        continue;
      }
      gaps.add(Gap.of(range.incarnation(), range.partition(), end, range.start(), options.holes()));
      planned.add(
          new TaskReport.Range(
              range.incarnation(),
              range.partition(),
              end,
              range.end(),
              true,
              range.gaps(),
              range.leaderEpoch(),
              range.recordEpoch()));
    }
    return planned;
  }
}
