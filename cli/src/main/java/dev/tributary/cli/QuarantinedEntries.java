package dev.tributary.cli;

import dev.tributary.cli.quarantine.EntrySpan;
import dev.tributary.cli.quarantine.QuarantineTable;
import dev.tributary.core.spec.DatasetSpec;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;

/**
 * What of entries stands in quarantine, where no replay has resolved it. Each dataset's quarantine
 * is read once, when it is asked for the first time. One that cannot be read holds nothing up: what
 * it holds is not known then.
 */
final class QuarantinedEntries {
  private final List<DatasetSpec> datasets;
  private final List<EntrySpan> spans;
  private final Configuration configuration;
  private Optional<Read> read = Optional.empty();

  /**
   * Of datasets.
   *
   * @param spans what will be asked for
   */
  QuarantinedEntries(
      List<DatasetSpec> datasets, List<EntrySpan> spans, Configuration configuration) {
    this.datasets = List.copyOf(datasets);
    this.spans = spans.stream().filter(span -> !span.isEmpty()).toList();
    this.configuration = configuration;
  }

  /**
   * Records in the quarantine of a dataset, which are replayed from the archive alone.
   *
   * @param dataset the dataset
   * @param code why they were set aside, in a word
   * @param records how many they are
   */
  record Quarantined(String dataset, String code, long records) {}

  /**
   * A dataset whose quarantine cannot be read.
   *
   * @param dataset the dataset
   * @param reason why, for people
   */
  record NotKnown(String dataset, String reason) {}

  /** What was found of some entries, and of which datasets nothing is known. */
  record Found(List<Quarantined> quarantined, List<NotKnown> notKnown) {
    static final Found NOTHING = new Found(List.of(), List.of());
  }

  private record Read(
      Map<String, Map<EntrySpan, SortedMap<String, Long>>> byDataset, List<NotKnown> notKnown) {}

  /** What stands there of some of the entries. */
  Found of(EntrySpan span) {
    if (span.isEmpty()) {
      return Found.NOTHING;
    }
    if (!spans.contains(span)) {
      // Another retention has come between.
      return new QuarantinedEntries(datasets, List.of(span), configuration).of(span);
    }
    Read all = read.orElseGet(this::read);
    read = Optional.of(all);
    List<Quarantined> quarantined = new ArrayList<>();
    for (DatasetSpec dataset : datasets) {
      all.byDataset()
          .getOrDefault(dataset.name(), Map.of())
          .getOrDefault(span, new TreeMap<>())
          .forEach(
              (code, records) -> quarantined.add(new Quarantined(dataset.name(), code, records)));
    }
    return new Found(quarantined, all.notKnown());
  }

  private Read read() {
    Map<String, Map<EntrySpan, SortedMap<String, Long>>> byDataset = new HashMap<>();
    List<NotKnown> notKnown = new ArrayList<>();
    for (DatasetSpec dataset : datasets) {
      try {
        byDataset.put(dataset.name(), QuarantineTable.open(dataset, configuration).standing(spans));
      } catch (RuntimeException e) {
        notKnown.add(new NotKnown(dataset.name(), String.valueOf(e.getMessage())));
      }
    }
    return new Read(byDataset, notKnown);
  }
}
