package dev.tributary.delivery;

import dev.tributary.archive.ManifestEntry;
import dev.tributary.archive.ManifestLog;
import dev.tributary.archive.file.ArchiveFile;
import dev.tributary.archive.file.Segment;
import dev.tributary.archive.file.SegmentReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HexFormat;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/** Everything that an archive's manifest log says it holds, read whole; checksums are checked. */
final class ArchiveContents {
  private ArchiveContents() {}

  /** Value bytes in hex by coordinate; fails where a coordinate is there twice. */
  static SortedMap<Coordinate, String> read(
      String archive, String topic, Configuration configuration) {
    SortedMap<Coordinate, String> contents = new TreeMap<>();
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
      SortedMap<Coordinate, String> contents) {
    try {
      FileSystem files = path.getFileSystem(configuration);
      try (FSDataInputStream stream = files.open(path)) {
        for (Segment segment : file.segments()) {
          byte[] stored = new byte[Math.toIntExact(segment.length())];
          stream.readFully(segment.start(), stored);
          SegmentReader reader = SegmentReader.open(topic, file, segment, stored);
          while (reader.next()) {
            Coordinate coordinate =
                new Coordinate(
                    segment.incarnation(), reader.line().partition(), reader.line().offset());
            String value =
                reader.line().isTombstone()
                    ? "tombstone"
                    : HexFormat.of().formatHex(reader.line().value());
            if (contents.put(coordinate, value) != null) {
              throw new AssertionError(coordinate + " is in the archive twice, again in " + path);
            }
          }
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
