package dev.tributary.cli;

import dev.tributary.archive.ManifestLog;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.SourceSpec;
import dev.tributary.core.spec.Versioned;
import dev.tributary.phase2.plan.PlanLog;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;

/**
 * Which datasets read a topic's archive, retired ones too: those of the source that has the topic,
 * and those that have read it while another source had it.
 */
final class TopicReaders {
  private final List<Reader> readers = new ArrayList<>();
  private final Configuration configuration;

  /**
   * A dataset.
   *
   * @param place of the archive that it reads
   * @param topics that it reads, or has read
   */
  private record Reader(DatasetSpec dataset, String place, Set<String> topics) {}

  /** Reads the newest account of each dataset's table. */
  TopicReaders(Catalog catalog, Configuration configuration) {
    this.configuration = configuration;
    Map<String, SourceSpec> sources =
        catalog.sources(List.of(), List.of()).stream()
            .collect(Collectors.toMap(SourceSpec::name, Function.identity()));
    for (Versioned<DatasetSpec> each : catalog.everyDataset()) {
      DatasetSpec dataset = each.spec();
      SourceSpec source = sources.get(dataset.source());
      if (source != null) {
        Set<String> topics = new TreeSet<>(source.topics());
        PlanLog.open(dataset.target().path(), configuration)
            .latestAccount()
            .ifPresent(account -> topics.addAll(account.positionsOf(dataset.name()).keySet()));
        readers.add(new Reader(dataset, source.archive().place(), topics));
      }
    }
  }

  /** Topics that a source had before, as far as its datasets have read them. */
  Set<String> former(SourceSpec source) {
    Set<String> former = new TreeSet<>();
    readers.stream()
        .filter(reader -> reader.dataset().source().equals(source.name()))
        .forEach(reader -> former.addAll(reader.topics()));
    former.removeAll(source.topics());
    return former;
  }

  /** The entries as of which replays of a topic's archive read that are not done. */
  Set<Long> readAsOf(SourceSpec source, ManifestLog log) {
    return new EntriesInUse(
            readers.stream()
                .filter(reader -> reader.place().equals(source.archive().place()))
                .filter(reader -> reader.topics().contains(log.topic()))
                .map(Reader::dataset)
                .toList(),
            configuration)
        .readAsOf(log);
  }
}
