package dev.tributary.benchmarks;

import dev.tributary.core.json.Json;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;
import org.apache.spark.SparkConf;
import org.apache.spark.sql.streaming.StreamingQueryListener;

/**
 * Writes down how long each batch of each streaming query took. Spark makes it by itself, from
 * {@code spark.sql.streaming.streamingQueryListeners}, so that a driver is measured as it is.
 */
public final class BatchClock extends StreamingQueryListener {
  static final String FILE = "spark.tributary.benchmarks.batches";

  private static final long serialVersionUID = 1L;

  private final File file;
  private long cpuNanos = Stopwatch.processCpuNanos();

  /** Called by Spark. */
  public BatchClock(SparkConf conf) {
    this.file = new File(conf.get(FILE));
  }

  @Override
  public void onQueryStarted(QueryStartedEvent event) {
    cpuNanos = Stopwatch.processCpuNanos();
  }

  @Override
  public void onQueryProgress(QueryProgressEvent event) {
    Long took = event.progress().durationMs().get("triggerExecution");
    // Without it, it is a look that found nothing to do.
    if (took == null || !event.progress().durationMs().containsKey("addBatch")) {
      return;
    }
    long now = Stopwatch.processCpuNanos();
    append(new Batch(event.progress().batchId(), took, now - cpuNanos));
    cpuNanos = now;
  }

  @Override
  public void onQueryTerminated(QueryTerminatedEvent event) {
    // The batches were written down as they came.
  }

  private void append(Batch batch) {
    try {
      Files.writeString(
          file.toPath(),
          new String(Json.write(batch), StandardCharsets.UTF_8) + "\n",
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * One batch.
   *
   * @param millis from the trigger to the end of the commit, planning included
   * @param cpuNanos of the process since the batch before, or since the query began
   */
  record Batch(long id, long millis, long cpuNanos) {}
}
