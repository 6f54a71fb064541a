package dev.tributary.core.spec;

/**
 * The raw archive of a source.
 *
 * @param location the folder that holds one folder a topic, as a URI
 * @param compression how files are compressed
 * @param fileMaxRecords a file is closed at this many records
 * @param fileMaxBytes a file is closed at this many bytes of JSON lines, before compression
 */
public record ArchiveSpec(
    String location, Compression compression, Long fileMaxRecords, Long fileMaxBytes) {
  /** Fills in the defaults: zstd, 5,000,000 records, 1 GiB. */
  public ArchiveSpec {
    location = SpecChecks.uri("archive.location", location);
    compression = compression == null ? Compression.ZSTD : compression;
    fileMaxRecords = SpecChecks.positive("archive.fileMaxRecords", fileMaxRecords, 5_000_000L);
    fileMaxBytes = SpecChecks.positive("archive.fileMaxBytes", fileMaxBytes, 1L << 30);
  }
}
