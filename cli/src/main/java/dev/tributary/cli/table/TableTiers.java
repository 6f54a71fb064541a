package dev.tributary.cli.table;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import dev.tributary.archive.ManifestEntry;
import dev.tributary.archive.ManifestLog;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.SourceSpec;
import dev.tributary.core.spec.Versioned;
import dev.tributary.phase2.plan.Plan;
import dev.tributary.phase2.plan.PlanAccount;
import dev.tributary.phase2.plan.PlanLog;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/**
 * What a dataset has in each tier.
 *
 * @param dataset its name
 * @param version its current version
 * @param location the URI of its table, which may not exist yet
 * @param archive what the raw archive has of each topic of its source
 * @param table its table; empty: there is none yet
 * @param quarantine the records that were set aside; empty: none ever was
 * @param tombstones the deletes that are remembered; empty: none ever was
 * @param plan the newest plan; empty: none yet
 */
public record TableTiers(
    String dataset,
    long version,
    String location,
    List<Archive> archive,
    Optional<DeltaTable> table,
    Optional<DeltaTable> quarantine,
    Optional<DeltaTable> tombstones,
    Optional<NewestPlan> plan) {

  /** Copies the list. */
  public TableTiers {
    archive = List.copyOf(archive);
  }

  /**
   * A topic's raw archive, as its newest manifest entry says.
   *
   * @param topic of the source
   * @param location the topic's folder
   * @param entries of the manifest log
   * @param records that can still be read
   * @param expired records that retention took out
   * @param erased records that erasure took out
   * @param files that were ever added
   * @param bytes that these files had, as stored
   * @param position the first entry that the dataset has not written
   * @param watermarks by partition
   */
  public record Archive(
      String topic,
      String location,
      long entries,
      long records,
      @JsonInclude(JsonInclude.Include.NON_DEFAULT) long expired,
      @JsonInclude(JsonInclude.Include.NON_DEFAULT) long erased,
      long files,
      long bytes,
      long position,
      List<Watermark> watermarks) {
    /** Copies the list. */
    public Archive {
      watermarks = List.copyOf(watermarks);
    }

    private static Archive of(ManifestLog log, long position) {
      Optional<ManifestEntry> head = log.head();
      String location = log.folder().toString();
      if (head.isEmpty()) {
        return new Archive(log.topic(), location, 0, 0, 0, 0, 0, 0, position, List.of());
      }
      ManifestEntry newest = head.get();
      return new Archive(
          log.topic(),
          location,
          newest.sequence() + 1,
          newest.held(),
          newest.expired().orElse(0),
          newest.erased().orElse(0),
          newest.totals().files(),
          newest.totals().bytes(),
          position,
          newest.partitions().stream()
              .map(
                  each ->
                      new Watermark(each.incarnation(), each.partition(), each.next(), each.held()))
              .toList());
    }
  }

  /**
   * How far the archive of a partition is.
   *
   * @param incarnation of the topic
   * @param partition of the topic
   * @param next the next offset
   * @param records that can still be read
   */
  public record Watermark(int incarnation, int partition, long next, long records) {}

  /**
   * The newest plan of the table.
   *
   * @param plan its number
   * @param kind what it does
   * @param dataset that it writes for
   * @param datasetVersion that it is pinned to
   * @param plannedAt epoch milliseconds
   * @param outcome committed, void, or open while it is not done
   */
  public record NewestPlan(
      long plan, String kind, String dataset, long datasetVersion, long plannedAt, String outcome) {
    private static Optional<NewestPlan> of(PlanLog log) {
      OptionalLong head = log.head();
      if (head.isEmpty()) {
        return Optional.empty();
      }
      Plan plan = log.plan(head.getAsLong()).orElseThrow();
      return Optional.of(
          new NewestPlan(
              plan.plan(),
              plan.kind().text(),
              plan.dataset(),
              plan.datasetVersion(),
              plan.plannedAt(),
              log.account(plan.plan())
                  .map(account -> account.outcome().name().toLowerCase(Locale.ROOT))
                  .orElse("open")));
    }
  }

  /**
   * Reads the newest entry of each log and the log of each Delta table, and no data.
   *
   * @throws TributaryException STORE_UNAVAILABLE, TABLE_UNAVAILABLE, NOT_SUPPORTED for a table that
   *     only Spark can read
   */
  public static TableTiers of(
      Versioned<DatasetSpec> dataset, SourceSpec source, Configuration configuration) {
    DatasetSpec spec = dataset.spec();
    PlanLog plans = PlanLog.open(spec.target().path(), configuration);
    Optional<PlanAccount> account = plans.latestAccount();
    List<Archive> archives = new ArrayList<>();
    for (String topic : source.topics()) {
      long position = account.map(done -> done.position(spec.name(), topic)).orElse(0L);
      archives.add(
          Archive.of(
              ManifestLog.open(source.archive().location(), topic, configuration), position));
    }
    return new TableTiers(
        spec.name(),
        dataset.version(),
        spec.target().path(),
        archives,
        describe(plans.folders().table(), configuration),
        describe(plans.folders().quarantine(), configuration),
        describe(plans.folders().tombstones(), configuration),
        NewestPlan.of(plans));
  }

  private static Optional<DeltaTable> describe(Path location, Configuration configuration) {
    return DeltaSnapshot.open(location.toString(), configuration).map(DeltaSnapshot::describe);
  }

  /** The records of all topics that can still be read. */
  @JsonIgnore
  public long archived() {
    return archive.stream().mapToLong(Archive::records).sum();
  }
}
