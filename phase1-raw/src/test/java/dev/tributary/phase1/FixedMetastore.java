package dev.tributary.phase1;

import dev.tributary.core.metastore.Activation;
import dev.tributary.core.metastore.Metastore;
import dev.tributary.core.metastore.RunReport;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.SourceSpec;
import dev.tributary.core.spec.Versioned;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** A metastore in memory. */
final class FixedMetastore implements Metastore {
  private final Map<String, Versioned<SourceSpec>> sources = new ConcurrentSkipListMap<>();

  private final Map<String, Versioned<DatasetSpec>> datasets = new ConcurrentSkipListMap<>();

  private final List<Integer> reports = new CopyOnWriteArrayList<>();

  /** How many topics stood in each report of found ones. */
  List<Integer> reports() {
    return List.copyOf(reports);
  }

  void put(DatasetSpec spec) {
    datasets.put(spec.name(), new Versioned<>(1, 0, spec));
  }

  void put(SourceSpec spec) {
    sources.merge(
        spec.name(),
        new Versioned<>(1, 0, spec),
        (old, first) -> new Versioned<>(old.version() + 1, 0, spec));
  }

  @Override
  public List<Versioned<SourceSpec>> sources() {
    return List.copyOf(sources.values());
  }

  @Override
  public List<Versioned<DatasetSpec>> datasets() {
    return List.copyOf(datasets.values());
  }

  @Override
  public Optional<Versioned<SourceSpec>> source(String name) {
    return Optional.ofNullable(sources.get(name));
  }

  @Override
  public Optional<Versioned<DatasetSpec>> dataset(String name) {
    return Optional.ofNullable(datasets.get(name));
  }

  @Override
  public Optional<Versioned<DatasetSpec>> dataset(String name, long version) {
    return Optional.empty();
  }

  @Override
  public Optional<byte[]> jar(String sha256) {
    return Optional.empty();
  }

  @Override
  public List<String> foundTopics(String source, List<String> topics) {
    reports.add(topics.size());
    SourceSpec spec = sources.get(source).spec();
    if (spec.template().isPresent()) {
      return registered(spec, topics);
    }
    Set<String> all = new LinkedHashSet<>(spec.topics());
    if (all.addAll(topics)) {
      put(spec.withTopics(List.copyOf(all)));
    }
    return List.of();
  }

  /** A topic with a dash in its name is one that the service would refuse. */
  private List<String> registered(SourceSpec finder, List<String> topics) {
    topics.stream()
        .filter(topic -> !topic.contains("-"))
        .forEach(topic -> put(finder.found(topic.replace('.', '_'), topic)));
    return topics.stream()
        .filter(topic -> topic.contains("-"))
        .map(topic -> topic + ": There is a source already.")
        .toList();
  }

  @Override
  public void reportActivation(Activation activation) {}

  @Override
  public void reportRun(RunReport report) {}
}
