package dev.tributary.phase2.erase;

import dev.tributary.phase2.plan.Erasure;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What a person wants to have erased.
 *
 * @param datasets all datasets that are made of the records; the first says what a key is
 * @param key the key's text; empty: the records are given
 * @param column of a dataset without a key: the column that the key is looked for in; empty:
 *     Kafka's key is meant
 * @param records the records, where no key is given
 * @param wholeRecords whether records go whole of which a dataset makes several rows
 * @param reason why; empty: nothing is erased, and what would be is shown
 * @param vacuum whether, and how, older files of the tables are removed afterwards
 */
public record EraseRequest(
    List<String> datasets,
    Optional<String> key,
    Optional<String> column,
    List<Erasure.Offsets> records,
    boolean wholeRecords,
    Optional<String> reason,
    Optional<Vacuum> vacuum) {
  /** Copies the lists. */
  public EraseRequest {
    datasets = List.copyOf(datasets);
    records = List.copyOf(records);
  }

  /**
   * How older files are removed.
   *
   * @param retainHours how long they stay; empty: as long as the table and its datasets say
   * @param shortRetention whether that may be less than Delta's 168 hours
   * @param planWait how long an open plan is waited for, where it is less
   */
  public record Vacuum(OptionalInt retainHours, boolean shortRetention, Duration planWait) {}

  /** Without the key, which is to be forgotten. */
  @Override
  public String toString() {
    return "EraseRequest[datasets=%s, reason=%s]".formatted(datasets, reason.orElse("-"));
  }
}
