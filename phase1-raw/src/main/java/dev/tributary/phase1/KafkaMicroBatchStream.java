package dev.tributary.phase1;

import dev.tributary.storage.FaultPoint;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.connector.read.InputPartition;
import org.apache.spark.sql.connector.read.PartitionReader;
import org.apache.spark.sql.connector.read.PartitionReaderFactory;
import org.apache.spark.sql.connector.read.streaming.MicroBatchStream;
import org.apache.spark.sql.connector.read.streaming.Offset;
import org.apache.spark.sql.connector.read.streaming.ReadLimit;
import org.apache.spark.sql.connector.read.streaming.ReportsSourceMetrics;
import org.apache.spark.sql.connector.read.streaming.SupportsTriggerAvailableNow;

/**
 * Spark's view of a planner. Spark's own start of a batch is ignored: it starts where the archive
 * ends.
 */
final class KafkaMicroBatchStream
    implements MicroBatchStream, SupportsTriggerAvailableNow, ReportsSourceMetrics {
  private final IngestPlanner planner;

  KafkaMicroBatchStream(IngestPlanner planner) {
    this.planner = planner;
  }

  @Override
  public Offset initialOffset() {
    return PlannedOffset.none();
  }

  @Override
  public Offset deserializeOffset(String json) {
    return PlannedOffset.parse(json);
  }

  @Override
  public ReadLimit getDefaultReadLimit() {
    // Bounds are a source's own, and the planner knows them.
    return ReadLimit.allAvailable();
  }

  @Override
  public void prepareForTriggerAvailableNow() {
    planner.stopAtPresentEnds();
  }

  @Override
  public Offset latestOffset() {
    throw new UnsupportedOperationException("Spark asks for the offset with a limit.");
  }

  @Override
  public Offset latestOffset(Offset start, ReadLimit limit) {
    try {
      planner.awaitLook();
    } catch (InterruptedException e) {
      // As Spark knows a stop.
      Thread.currentThread().interrupt();
      throw new UncheckedIOException(new InterruptedIOException(e.getMessage()));
    }
    Optional<PlannedOffset> next = planner.planNext();
    if (next.isEmpty()) {
      // The same offset again says "nothing new"; before the first batch only null does.
      return start.equals(PlannedOffset.none()) ? null : start;
    }
    FaultPoint.reach("phase1.before-offset-log");
    return next.get();
  }

  @Override
  public InputPartition[] planInputPartitions(Offset start, Offset end) {
    FaultPoint.reach("phase1.after-offset-log");
    return planner.tasks((PlannedOffset) end).toArray(InputPartition[]::new);
  }

  @Override
  public PartitionReaderFactory createReaderFactory() {
    return new Readers();
  }

  @Override
  public Map<String, String> metrics(Optional<Offset> latestConsumedOffset) {
    return Map.of("offsetsBehindLatest", Long.toString(planner.offsetsBehind()));
  }

  @Override
  public void commit(Offset end) {
    // The manifest log is the commit.
  }

  @Override
  public void stop() {
    // The planner outlives the query: it may be started again.
  }

  private static final class Readers implements PartitionReaderFactory {
    private static final long serialVersionUID = 1L;

    @Override
    public PartitionReader<InternalRow> createReader(InputPartition partition) {
      return new RangeReader((RangeTask) partition, ConsumerPool.OF_PROCESS);
    }
  }
}
