package dev.tributary.core.spec;

import java.util.Optional;

/**
 * The raw archive of a source.
 *
 * @param location the folder that holds one folder a topic, as a URI
 * @param compression how files are compressed
 * @param fileMaxRecords a file is closed at this many records
 * @param fileMaxBytes a file is closed at this many bytes of JSON lines, before compression
 * @param retentionDays after so many whole days of UTC {@code tributary retain} removes records;
 *     empty: never
 */
public record ArchiveSpec(
    String location,
    Compression compression,
    Long fileMaxRecords,
    Long fileMaxBytes,
    Optional<Long> retentionDays) {
  /** An archive that is kept for ever. */
  public ArchiveSpec(
      String location, Compression compression, Long fileMaxRecords, Long fileMaxBytes) {
    this(location, compression, fileMaxRecords, fileMaxBytes, Optional.empty());
  }

  /** Fills in the defaults: zstd, 5,000,000 records, 1 GiB, kept for ever. */
  public ArchiveSpec {
    location = SpecChecks.uri("archive.location", location);
    compression = compression == null ? Compression.ZSTD : compression;
    fileMaxRecords = SpecChecks.positive("archive.fileMaxRecords", fileMaxRecords, 5_000_000L);
    fileMaxBytes = SpecChecks.positive("archive.fileMaxBytes", fileMaxBytes, 1L << 30);
    retentionDays = retentionDays == null ? Optional.empty() : retentionDays;
    retentionDays.ifPresent(
        days -> {
          if (days < 1 || days > 36_500) {
            throw SpecChecks.invalid(
                "archive.retentionDays", days, "Use 1 to 36,500 days, or leave it out.");
          }
        });
  }

  /** The location, equal for spellings that Hadoop takes for one place. */
  public String place() {
    return location
        .replaceFirst("^s3[an]?://", "s3://")
        .replaceFirst("^file:/+", "file:/")
        .replaceFirst("/+$", "");
  }
}
