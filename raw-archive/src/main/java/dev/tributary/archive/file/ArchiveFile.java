package dev.tributary.archive.file;

import dev.tributary.core.spec.Compression;
import java.util.List;

/**
 * A data file, as a manifest entry names it.
 *
 * @param path relative to the topic folder
 * @param compression of every segment
 * @param bytes its length as stored
 * @param segments in the order in which they stand in the file, with nothing between them
 */
public record ArchiveFile(
    String path, Compression compression, long bytes, List<Segment> segments) {
  /** Copies the segments. */
  public ArchiveFile {
    segments = List.copyOf(segments);
  }
}
