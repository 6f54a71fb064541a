package dev.tributary.archive.spark;

import dev.tributary.archive.ManifestLog;
import dev.tributary.archive.TopicFailure;
import dev.tributary.core.error.TributaryException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.connector.write.DataWriter;
import org.apache.spark.sql.connector.write.WriterCommitMessage;
import org.apache.spark.unsafe.types.UTF8String;

/** Writes the rows of one task to files that nobody knows of until the driver commits them. */
final class ArchiveDataWriter implements DataWriter<InternalRow> {
  private final SinkOptions options;
  private final SinkColumns columns;
  private final BatchStart start;
  private final ArchiveLogs logs;
  private final Map<UTF8String, TopicFiles> topics = new LinkedHashMap<>();
  private UTF8String currentName = UTF8String.EMPTY_UTF8;
  private TopicFiles current;

  ArchiveDataWriter(SinkOptions options, SinkColumns columns, BatchStart start, ArchiveLogs logs) {
    this.options = options;
    this.columns = columns;
    this.start = start;
    this.logs = logs;
  }

  @Override
  public void write(InternalRow row) throws IOException {
    UTF8String name = row.getUTF8String(columns.topic());
    if (!currentName.equals(name)) {
      // The row's own string changes with the next row.
      currentName = name.clone();
      current = topics.get(currentName);
      if (current == null) {
        current = open(currentName);
        topics.put(currentName, current);
      }
    }
    try {
      current.write(row, options.holes());
    } catch (IOException | TributaryException e) {
      throw new TopicFailure(currentName.toString(), e);
    }
  }

  private TopicFiles open(UTF8String name) {
    String topic = name.toString();
    try {
      return open(topic);
    } catch (TributaryException e) {
      throw new TopicFailure(topic, e);
    }
  }

  private TopicFiles open(String topic) {
    SinkOptions.Target target = options.target(topic);
    ManifestLog log = logs.log(target.archive(), topic);
    return new TopicFiles(log, target, columns, base(log), start.now());
  }

  /**
   * Before the first file: a sweep from here on is one that the commit must hear of, and one that
   * came since the query's commit before is not. The driver's head is up to date mostly, so that
   * this is one request.
   */
  private BatchStart.Base base(ManifestLog log) {
    BatchStart.Base known = start.topics().get(log.topic());
    if (known == null) {
      return BatchStart.Base.of(log.requireHead());
    }
    if (log.entry(known.sequence() + 1).isEmpty()) {
      return known;
    }
    BatchStart.Base now = BatchStart.Base.of(log.requireHead());
    // The batch was read of the incarnation that the driver knows, and is refused in another.
    return now.incarnation() == known.incarnation() ? now : known;
  }

  @Override
  public WriterCommitMessage commit() throws IOException {
    List<TaskReport.Topic> reports = new ArrayList<>();
    for (TopicFiles topic : topics.values()) {
      try {
        reports.add(topic.finish(options.holes()));
      } catch (IOException | TributaryException e) {
        throw new TopicFailure(topic.topic(), e);
      }
    }
    return new TaskReport(reports).pack();
  }

  /** Leaves what is there to the sweep: whether a commit names it is not known here. */
  @Override
  public void abort() {}

  @Override
  public void close() throws IOException {
    for (TopicFiles topic : topics.values()) {
      topic.close();
    }
  }
}
