package dev.tributary.phase1;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.metastore.Metastore;
import dev.tributary.core.settings.Settings;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.SourceSpec;
import dev.tributary.core.spec.SpecState;
import dev.tributary.core.spec.Versioned;
import dev.tributary.streaming.DriverSettings;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Which sources a driver runs, asked of the metastore anew at each call. Not thread-safe. */
final class SourceSelection {
  private final Metastore metastore;
  private final Set<String> sources;
  private final Set<String> datasets;
  private final Set<String> groups;
  private final boolean all;
  private boolean groupsKnown;

  private SourceSelection(
      Metastore metastore,
      List<String> sources,
      List<String> datasets,
      List<String> groups,
      boolean all) {
    this.metastore = metastore;
    this.sources = Set.copyOf(sources);
    this.datasets = Set.copyOf(datasets);
    this.groups = Set.copyOf(groups);
    this.all = all;
  }

  static SourceSelection of(Settings settings, Metastore metastore) {
    SourceSelection selection =
        new SourceSelection(
            metastore,
            settings.get(Phase1Settings.SOURCE),
            settings.get(DriverSettings.DATASET),
            settings.get(DriverSettings.GROUP),
            settings.get(DriverSettings.ALL));
    if (selection.sources.isEmpty()
        && selection.datasets.isEmpty()
        && selection.groups.isEmpty()
        && !selection.all) {
      throw TributaryException.of(
          ErrorCode.SETTING_INVALID,
          "Nothing says which sources to run.",
          "Give --source NAME, --dataset NAME, --group NAME or --all.");
    }
    return selection;
  }

  /** The active sources that were asked for, by name. */
  List<Versioned<SourceSpec>> current() {
    List<Versioned<SourceSpec>> known = metastore.sources();
    Set<String> wanted = new HashSet<>(sources);
    requireKnown("source", sources, known.stream().map(source -> source.spec().name()).toList());
    if (!datasets.isEmpty() || !groups.isEmpty()) {
      Map<String, String> finders = finders(known);
      wanted.addAll(ofDatasets(finders));
      finders.forEach(
          (source, group) -> {
            if (groups.contains(group)) {
              wanted.add(source);
            }
          });
    }
    return known.stream()
        .filter(source -> all || wanted.contains(source.spec().name()))
        .filter(source -> source.spec().state() == SpecState.ACTIVE)
        .toList();
  }

  /** The group of what a source finds, by the name of the source. */
  private static Map<String, String> finders(List<Versioned<SourceSpec>> known) {
    Map<String, String> finders = new TreeMap<>();
    for (Versioned<SourceSpec> source : known) {
      source
          .spec()
          .template()
          .ifPresent(
              template ->
                  finders.put(
                      source.spec().name(),
                      template.path("group").asText(DatasetSpec.DEFAULT_GROUP)));
    }
    return finders;
  }

  private Set<String> ofDatasets(Map<String, String> finders) {
    List<DatasetSpec> known = metastore.datasets().stream().map(Versioned::spec).toList();
    requireKnown("dataset", datasets, known.stream().map(DatasetSpec::name).toList());
    if (!groupsKnown) {
      // Only at first: a group that empties later leaves nothing to run, which is no mistake.
      requireKnown(
          "group",
          groups,
          Stream.concat(known.stream().map(DatasetSpec::group), finders.values().stream())
              .distinct()
              .toList());
      groupsKnown = true;
    }
    Set<String> wanted = new HashSet<>();
    for (DatasetSpec dataset : known) {
      boolean chosen = datasets.contains(dataset.name()) || groups.contains(dataset.group());
      if (chosen && dataset.state() == SpecState.ACTIVE) {
        wanted.add(dataset.source());
      }
    }
    return wanted;
  }

  private static void requireKnown(String what, Set<String> wanted, List<String> known) {
    List<String> unknown = wanted.stream().filter(name -> !known.contains(name)).sorted().toList();
    if (!unknown.isEmpty()) {
      throw TributaryException.of(
          ErrorCode.NOT_FOUND,
          "The metastore knows no %s named %s; it knows %s."
              .formatted(what, String.join(", ", unknown), known),
          "Register it, or correct the name.");
    }
  }
}
