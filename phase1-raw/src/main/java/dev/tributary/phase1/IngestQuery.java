package dev.tributary.phase1;

import dev.tributary.streaming.StopSignal;
import dev.tributary.streaming.TriggerSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.StreamingQuery;
import org.apache.spark.sql.streaming.StreamingQueryException;
import org.apache.spark.sql.streaming.StreamingQueryProgress;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Spark's query over a planner. It can be run again after it failed. Without a checkpoint folder of
 * the operator's it uses a temporary one: where a batch starts is known from the archive alone.
 */
final class IngestQuery implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(IngestQuery.class);
  private static final Duration TICK = Duration.ofMillis(200);

  private final SparkSession spark;
  private final IngestPlanner planner;
  private final String name;
  private final Map<String, String> sinkOptions;
  private final String plannerId = UUID.randomUUID().toString();
  private Optional<Path> temporary = Optional.empty();

  IngestQuery(
      SparkSession spark, IngestPlanner planner, String name, Map<String, String> sinkOptions) {
    this.spark = spark;
    this.planner = planner;
    this.name = name;
    this.sinkOptions = sinkOptions;
    PlannerRegistry.put(plannerId, planner);
  }

  /**
   * Runs until the query ends, or a stop is requested and the batch in hand is finished.
   *
   * @param afterBatch called after each batch, and now and then besides
   * @return why the query failed; empty: it ended, or was stopped
   */
  Optional<Throwable> run(
      TriggerSpec trigger, Optional<String> checkpoint, StopSignal stop, Runnable afterBatch)
      throws IOException, TimeoutException, InterruptedException {
    StreamingQuery query = start(trigger, checkpoint);
    try {
      long seen = -1;
      while (query.isActive() && !planner.allFailed()) {
        if (stop.await(TICK)) {
          planner.drain();
          break;
        }
        long batch = lastBatch(query);
        if (batch != seen) {
          seen = batch;
          afterBatch.run();
        }
      }
      if (planner.allFailed()) {
        planner.drain();
      }
      finishBatch(query);
      return failure(query);
    } finally {
      query.stop();
    }
  }

  @Override
  public void close() {
    PlannerRegistry.remove(plannerId);
    temporary.ifPresent(IngestQuery::delete);
  }

  private StreamingQuery start(TriggerSpec trigger, Optional<String> checkpoint)
      throws IOException, TimeoutException {
    String folder = checkpoint.isPresent() ? checkpoint.get() : temporary().toUri().toString();
    return spark
        .readStream()
        .format(KafkaSourceProvider.FORMAT)
        .option(KafkaSourceProvider.PLANNER, plannerId)
        .load()
        .writeStream()
        .format("raw-archive")
        .queryName(name)
        .options(sinkOptions)
        .option("checkpointLocation", folder)
        .trigger(paced(trigger).toSpark())
        .start();
  }

  /** Spark would wait by the wall clock, which may be set back: the planner waits instead. */
  private TriggerSpec paced(TriggerSpec trigger) {
    if (trigger instanceof TriggerSpec.Every every) {
      planner.every(every.interval());
      return new TriggerSpec.Every(Duration.ZERO);
    }
    return trigger;
  }

  /** A drained query plans nothing more, so an inactive trigger means that its batch is done. */
  private static void finishBatch(StreamingQuery query) throws InterruptedException {
    while (query.isActive() && query.status().isTriggerActive()) {
      Thread.sleep(TICK.toMillis() / 4);
    }
  }

  private static long lastBatch(StreamingQuery query) {
    StreamingQueryProgress progress = query.lastProgress();
    return progress == null ? -1 : progress.batchId();
  }

  private static Optional<Throwable> failure(StreamingQuery query) {
    scala.Option<StreamingQueryException> exception = query.exception();
    return exception.isDefined() ? Optional.of(exception.get()) : Optional.empty();
  }

  private Path temporary() throws IOException {
    if (temporary.isEmpty()) {
      temporary = Optional.of(Files.createTempDirectory("tributary-phase1-"));
    }
    return temporary.get();
  }

  private static void delete(Path folder) {
    try (Stream<Path> files = Files.walk(folder)) {
      files.sorted(Comparator.reverseOrder()).forEach(IngestQuery::deleteOne);
    } catch (IOException e) {
      LOG.debug("The temporary folder {} was left behind", folder, e);
    }
  }

  private static void deleteOne(Path path) {
    try {
      Files.delete(path);
    } catch (IOException e) {
      LOG.debug("The temporary file {} was left behind", path, e);
    }
  }
}
