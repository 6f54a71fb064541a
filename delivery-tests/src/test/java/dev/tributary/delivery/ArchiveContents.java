package dev.tributary.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.archive.ManifestEntry;
import dev.tributary.archive.ManifestLog;
import dev.tributary.archive.file.ArchiveFile;
import dev.tributary.archive.file.Segment;
import dev.tributary.archive.file.SegmentReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * Everything that an archive's manifest log says it holds, read whole; what the log says of files
 * and segments is checked: lengths, checksums, counts, offsets and timestamps.
 */
final class ArchiveContents {
  private ArchiveContents() {}

  /** Every record by coordinate; fails where a coordinate is there twice. */
  static SortedMap<Coordinate, Message> read(
      String archive, String topic, Configuration configuration) {
    SortedMap<Coordinate, Message> contents = new TreeMap<>();
    ManifestLog log = ManifestLog.open(archive, topic, configuration);
    ManifestEntry head = log.requireHead();
    for (ManifestEntry entry : log.range(0, head.sequence())) {
      for (ArchiveFile file : entry.files()) {
        readFile(topic, new Path(log.folder(), file.path()), file, configuration, contents);
      }
    }
    return contents;
  }

  private static void readFile(
      String topic,
      Path path,
      ArchiveFile file,
      Configuration configuration,
      SortedMap<Coordinate, Message> contents) {
    try {
      FileSystem files = path.getFileSystem(configuration);
      assertThat(files.getFileStatus(path).getLen())
          .as("length of %s", path)
          .isEqualTo(file.bytes());
      try (FSDataInputStream stream = files.open(path)) {
        for (Segment segment : file.segments()) {
          byte[] stored = new byte[Math.toIntExact(segment.length())];
          stream.readFully(segment.start(), stored);
          SegmentReader reader = SegmentReader.open(topic, file, segment, stored);
          readSegment(path, segment, reader, contents);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void readSegment(
      Path path, Segment segment, SegmentReader reader, SortedMap<Coordinate, Message> contents) {
    long least = Long.MAX_VALUE;
    long greatest = Long.MIN_VALUE;
    while (reader.next()) {
      Coordinate coordinate =
          new Coordinate(segment.incarnation(), reader.line().partition(), reader.line().offset());
      Message message = Message.of(reader.line());
      least = Math.min(least, message.timestamp());
      greatest = Math.max(greatest, message.timestamp());
      if (contents.put(coordinate, message) != null) {
        throw new AssertionError(coordinate + " is in the archive twice, again in " + path);
      }
    }
    assertThat(List.of(least, greatest))
        .as("timestamps of the segment at %d of %s", segment.start(), path)
        .containsExactly(segment.minTimestamp(), segment.maxTimestamp());
  }
}
