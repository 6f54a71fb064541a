package dev.tributary.core.metastore;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What a dataset has in each tier.
 *
 * @param dataset its name
 * @param version its version when this was read
 * @param location the URI of its table, which may not exist yet
 * @param archive what the raw archive has of each topic of its source
 * @param table its table; empty: there is none yet
 * @param quarantine the records that were set aside; empty: none ever was
 * @param tombstones the deletes that are remembered; empty: none ever was
 * @param late its rows that came too late for the table; empty: none ever did
 * @param plan the newest plan; empty: none yet
 */
public record TableTiers(
    String dataset,
    long version,
    String location,
    List<Archive> archive,
    Optional<Delta> table,
    Optional<Delta> quarantine,
    Optional<Delta> tombstones,
    Optional<Delta> late,
    Optional<NewestPlan> plan) {

  /** Copies the list. */
  public TableTiers {
    RequiredField.check("dataset", dataset);
    RequiredField.check("location", location);
    archive = RequiredField.list("archive", archive);
    table = table == null ? Optional.empty() : table;
    quarantine = quarantine == null ? Optional.empty() : quarantine;
    tombstones = tombstones == null ? Optional.empty() : tombstones;
    late = late == null ? Optional.empty() : late;
    plan = plan == null ? Optional.empty() : plan;
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
      RequiredField.check("topic", topic);
      RequiredField.check("location", location);
      watermarks = RequiredField.list("watermarks", watermarks);
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
    /** Refuses what is missing. */
    public NewestPlan {
      RequiredField.check("kind", kind);
      RequiredField.check("dataset", dataset);
      RequiredField.check("outcome", outcome);
    }
  }

  /**
   * What a version of a Delta table is.
   *
   * @param location its URI
   * @param version Delta's
   * @param committedAt when that version was committed, epoch milliseconds
   * @param minReaderVersion of its protocol
   * @param minWriterVersion of its protocol
   * @param features of its protocol, by name
   * @param files data files
   * @param bytes of these files
   * @param rows that are not deleted, by the files' statistics; empty where a file has none
   * @param columns in their order
   * @param partitionBy the partition columns
   * @param properties the table properties; the values of those whose name speaks of a secret are
   *     masked
   */
  public record Delta(
      String location,
      long version,
      long committedAt,
      int minReaderVersion,
      int minWriterVersion,
      List<String> features,
      long files,
      long bytes,
      Optional<Long> rows,
      List<Column> columns,
      List<String> partitionBy,
      Map<String, String> properties) {
    /** Copies the collections. */
    public Delta {
      RequiredField.check("location", location);
      features = RequiredField.list("features", features);
      rows = rows == null ? Optional.empty() : rows;
      columns = RequiredField.list("columns", columns);
      partitionBy = RequiredField.list("partitionBy", partitionBy);
      properties =
          properties == null
              ? Map.of()
              : Collections.unmodifiableMap(
                  new TreeMap<>(RequiredField.texts("properties", properties)));
    }
  }

  /**
   * A column.
   *
   * @param name of the column
   * @param type as DDL writes it
   * @param nullable whether it may be null
   * @param comment of the column
   */
  public record Column(String name, String type, boolean nullable, Optional<String> comment) {
    /** Refuses what is missing. */
    public Column {
      RequiredField.check("name", name);
      RequiredField.check("type", type);
      comment = comment == null ? Optional.empty() : comment;
    }
  }

  /** The records of all topics that can still be read. */
  @JsonIgnore
  public long archived() {
    return archive.stream().mapToLong(Archive::records).sum();
  }
}
