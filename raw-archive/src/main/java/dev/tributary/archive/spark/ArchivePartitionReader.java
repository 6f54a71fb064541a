package dev.tributary.archive.spark;

import dev.tributary.archive.file.Segment;
import dev.tributary.archive.file.SegmentReader;
import dev.tributary.archive.line.LineView;
import java.util.Optional;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.connector.read.PartitionReader;

/** Reads the rows of one task. The row is reused. */
final class ArchivePartitionReader implements PartitionReader<InternalRow> {
  private final OffsetSelection selection;
  private final RowFiller filler;
  private final StoredSegments segments;
  private Optional<SegmentReader> reader = Optional.empty();
  private long first;
  private long end;

  ArchivePartitionReader(ScanTask task, RowFiller filler, StoredSegments segments) {
    this.selection = task.selection();
    this.filler = filler;
    this.segments = segments;
  }

  @Override
  public boolean next() {
    while (true) {
      if (reader.isPresent()) {
        SegmentReader open = reader.get();
        while (open.next()) {
          LineView line = open.line();
          if (line.offset() >= first && line.offset() < end) {
            filler.fill(line);
            return true;
          }
        }
      }
      if (!segments.hasNext()) {
        return false;
      }
      open(segments.next());
    }
  }

  private void open(StoredSegments.Stored stored) {
    FileSlice slice = stored.slice();
    Segment segment = stored.segment();
    first = selection.first(slice.topic(), segment.incarnation(), segment.partition());
    end = selection.end(slice.topic(), segment.incarnation(), segment.partition());
    reader = Optional.of(SegmentReader.open(slice.topic(), slice.file(), segment, stored.bytes()));
    filler.begin(slice, segment);
  }

  @Override
  public InternalRow get() {
    return filler.row();
  }

  @Override
  public void close() {
    segments.close();
  }
}
