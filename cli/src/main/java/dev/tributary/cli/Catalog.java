package dev.tributary.cli;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.metastore.Metastore;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.SourceSpec;
import dev.tributary.core.spec.SpecState;
import dev.tributary.core.spec.Versioned;
import java.util.List;

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

  Versioned<DatasetSpec> dataset(String name) {
    return metastore
        .dataset(name)
        .orElseThrow(
            () ->
                new TributaryException(
                    ErrorCode.NOT_FOUND,
                    "There is no dataset '%s'. Known are %s."
                        .formatted(
                            name,
                            metastore.datasets().stream()
                                .map(known -> known.spec().name())
                                .toList())));
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
