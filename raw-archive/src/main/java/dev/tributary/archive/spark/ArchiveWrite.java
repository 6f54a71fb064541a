package dev.tributary.archive.spark;

import dev.tributary.archive.ManifestLog;
import dev.tributary.core.error.TributaryException;
import dev.tributary.storage.FaultPoint;
import java.time.Clock;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.spark.sql.connector.write.BatchWrite;
import org.apache.spark.sql.connector.write.PhysicalWriteInfo;
import org.apache.spark.sql.connector.write.Write;
import org.apache.spark.sql.connector.write.WriterCommitMessage;
import org.apache.spark.sql.connector.write.streaming.StreamingWrite;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.util.CaseInsensitiveStringMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A batch that is written. The log tells a batch that is committed again by its offsets, so neither
 * Spark's epoch nor its checkpoint matters. Nothing is deleted on abort: Spark also calls it when a
 * commit landed and its answer was lost.
 */
final class ArchiveWrite implements Write, BatchWrite, StreamingWrite {
  private static final Logger LOG = LoggerFactory.getLogger(ArchiveWrite.class);

  private final CaseInsensitiveStringMap options;
  private final SinkOptions sink;
  private final StructType schema;
  private final ArchiveLogs logs;

  ArchiveWrite(CaseInsensitiveStringMap options, StructType schema, ArchiveLogs logs) {
    this.options = options;
    this.sink = SinkOptions.of(options);
    this.schema = schema;
    this.logs = logs;
  }

  @Override
  public String description() {
    return "raw-archive";
  }

  @Override
  public BatchWrite toBatch() {
    return this;
  }

  @Override
  public StreamingWrite toStreaming() {
    return this;
  }

  @Override
  public boolean useCommitCoordinator() {
    return true;
  }

  @Override
  public ArchiveWriterFactory createBatchWriterFactory(PhysicalWriteInfo info) {
    return factory();
  }

  @Override
  public ArchiveWriterFactory createStreamingWriterFactory(PhysicalWriteInfo info) {
    return factory();
  }

  private ArchiveWriterFactory factory() {
    return new ArchiveWriterFactory(options, schema, start(), logs.settings());
  }

  /**
   * What is known of the logs, which costs a request only for a log that is new to the query. One
   * that cannot be read is for the task that writes to it: it must not fail the other topics.
   */
  private BatchStart start() {
    sink.topics().forEach((topic, target) -> logs.log(target.archive(), topic));
    Map<String, BatchStart.Base> bases = new HashMap<>();
    for (ManifestLog log : logs.all()) {
      try {
        log.knownHead()
            .or(log::head)
            .ifPresent(head -> bases.put(log.topic(), BatchStart.Base.of(head)));
      } catch (TributaryException e) {
        LOG.warn("The log of topic {} cannot be read now", log.topic(), e);
      }
    }
    return new BatchStart(Clock.systemUTC().millis(), bases);
  }

  @Override
  public void commit(WriterCommitMessage[] messages) {
    Stream<TaskReport> reports =
        Stream.of(messages).map(message -> ((TaskReport.Packed) message).unpack());
    new BatchCommit(sink, logs).commit(reports.toList());
  }

  @Override
  public void abort(WriterCommitMessage[] messages) {}

  @Override
  public void commit(long epochId, WriterCommitMessage[] messages) {
    commit(messages);
    FaultPoint.reach("phase1.after-manifest-before-checkpoint");
  }

  @Override
  public void abort(long epochId, WriterCommitMessage[] messages) {}
}
