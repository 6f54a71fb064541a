package dev.tributary.cli;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.NearestName;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.metastore.Metastore;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.SourceSpec;
import dev.tributary.core.spec.SpecState;
import dev.tributary.core.spec.Versioned;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Datasets and their sources, as the metastore knows them. */
final class Catalog {
  private final Metastore metastore;

  Catalog(Metastore metastore) {
    this.metastore = metastore;
  }

  /** The named datasets; all that are not retired where none is named. */
  List<Versioned<DatasetSpec>> datasets(List<String> names) {
    if (names.isEmpty()) {
      return metastore.datasets().stream()
          .filter(dataset -> dataset.spec().state() != SpecState.RETIRED)
          .toList();
    }
    return names.stream().map(this::dataset).toList();
  }

  /** All datasets, retired ones too. */
  List<Versioned<DatasetSpec>> everyDataset() {
    return metastore.datasets();
  }

  /** The named sources and those of the named datasets; all where none is named. */
  List<SourceSpec> sources(List<String> names, List<String> datasets) {
    if (names.isEmpty() && datasets.isEmpty()) {
      return metastore.sources().stream().map(Versioned::spec).toList();
    }
    return Stream.concat(
            names.stream().map(this::source),
            datasets.stream().map(name -> source(dataset(name).spec())))
        .distinct()
        .toList();
  }

  /** The source that keeps a topic of a retired one in its archive now; empty: none does. */
  Optional<SourceSpec> keeper(SourceSpec source, String topic) {
    return source.state() != SpecState.RETIRED
        ? Optional.empty()
        : metastore.sources().stream()
            .map(Versioned::spec)
            .filter(other -> other.state() != SpecState.RETIRED)
            .filter(other -> other.topics().contains(topic))
            .filter(other -> other.archive().place().equals(source.archive().place()))
            .findFirst();
  }

  private SourceSpec source(String name) {
    return metastore
        .source(name)
        .orElseThrow(
            () ->
                new TributaryException(
                    ErrorCode.NOT_FOUND,
                    "There is no source '%s'. Name one of %s."
                        .formatted(
                            name,
                            metastore.sources().stream()
                                .map(known -> known.spec().name())
                                .toList())))
        .spec();
  }

  Versioned<DatasetSpec> dataset(String name) {
    return metastore.dataset(name).orElseThrow(() -> noDataset(name));
  }

  private TributaryException noDataset(String name) {
    List<String> known = metastore.datasets().stream().map(each -> each.spec().name()).toList();
    String near =
        NearestName.of(name, known).map(each -> "Did you mean %s? ".formatted(each)).orElse("");
    return new TributaryException(
        ErrorCode.NOT_FOUND,
        "There is no dataset '%s'. %sName one of %s, or register it with: ./tributary dataset apply FILE"
            .formatted(name, near, known));
  }

  SourceSpec source(DatasetSpec dataset) {
    return metastore
        .source(dataset.source())
        .orElseThrow(
            () ->
                new TributaryException(
                    ErrorCode.NOT_FOUND,
                    "The source '%s' of dataset '%s' is not in the metastore. Register it, or mend the dataset."
                        .formatted(dataset.source(), dataset.name())))
        .spec();
  }
}
