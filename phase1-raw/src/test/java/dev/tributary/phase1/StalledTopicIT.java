package dev.tributary.phase1;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tributary.archive.Author;
import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.spec.SourceSpec;
import dev.tributary.streaming.PipelineState;
import dev.tributary.streaming.StopSignal;
import dev.tributary.streaming.TriggerSpec;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Topics whose leaders say what they hold and then deliver nothing, in a query with a well one. */
@Tag("long")
@Timeout(120)
final class StalledTopicIT {
  private static final String ONE = "stalled_one";
  private static final String OTHER = "stalled_other";
  private static final String WELL = "delivers";

  private final TestEnvironment environment = TestEnvironment.get();
  private final ExecutorService threads = Executors.newCachedThreadPool();

  @AfterEach
  void stopThreads() {
    threads.shutdownNow();
  }

  @Test
  void topicsThatDeliverNothingDelayABatchOfTheOthersByTheTimeoutAndFailNone() throws Exception {
    IngestHarness ingest = new IngestHarness(environment.newFolder("archive"));
    for (String topic : List.of(ONE, OTHER, WELL)) {
      environment.createTopic(topic, 2, Map.of());
    }
    environment.send(WELL, 0, 10);
    // Of this topic one partition delivers.
    environment.send(ONE, 1, 5);
    KafkaConnection connection = KafkaConnection.of(ingest.source(WELL, WELL));
    BoastfulLeaders leaders = new BoastfulLeaders(connection.admin());
    leaders.say(ONE, 0, 10);
    leaders.say(OTHER, 0, 10);
    leaders.say(OTHER, 1, 10);
    List<SourceSpec> sources =
        List.of(ingest.source(ONE, ONE), ingest.source(OTHER, OTHER), ingest.source(WELL, WELL));
    StopSignal stop = new StopSignal();
    try (PlannerHarness plans =
            new PlannerHarness(ingest, connection, leaders.admin(), ONE, OTHER, WELL);
        IngestQuery query =
            new IngestQuery(
                environment.spark(),
                plans.planner(),
                "stalled",
                SinkOptions.of(sources, new Author("run", "test")))) {
      Future<Optional<Throwable>> run =
          threads.submit(
              () ->
                  query.run(
                      TriggerSpec.parse("100ms"),
                      Optional.empty(),
                      stop,
                      plans.planner()::refresh));

      await().atMost(Duration.ofSeconds(30)).until(() -> watermark(ingest, WELL, 0) == 10);
      assertThat(watermark(ingest, ONE, 1)).as("its other partition").isEqualTo(5);
      await()
          .atMost(Duration.ofSeconds(10))
          .until(() -> plans.pipeline(OTHER).state() == PipelineState.RETRYING);
      assertThat(plans.pipeline(OTHER).error().map(TributaryException::code))
          .contains(ErrorCode.KAFKA_UNAVAILABLE);
      assertThat(plans.pipeline(OTHER).error().orElseThrow())
          .hasMessageContaining(OTHER + "-0 delivered nothing at offset 0")
          .hasMessageContaining("up to 10");
      assertThat(plans.pipeline(ONE).state()).isEqualTo(PipelineState.RETRYING);
      assertThat(plans.pipeline(WELL).error()).isEmpty();

      environment.send(WELL, 1, 10);
      await().atMost(Duration.ofSeconds(15)).until(() -> watermark(ingest, WELL, 1) == 10);
      environment.send(ONE, 0, 10);
      await().atMost(Duration.ofSeconds(30)).until(() -> watermark(ingest, ONE, 0) == 10);
      await()
          .atMost(Duration.ofSeconds(10))
          .until(() -> plans.pipeline(ONE).state() == PipelineState.RUNNING);

      // One that stays so is given up alone.
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> plans.pipeline(OTHER).state() == PipelineState.FAILED);
      environment.send(WELL, 0, 10);
      await().atMost(Duration.ofSeconds(15)).until(() -> watermark(ingest, WELL, 0) == 20);
      stop.request();
      assertThat(run.get(30, TimeUnit.SECONDS)).as("no batch has failed").isEmpty();
    }
    for (String topic : List.of(ONE, WELL)) {
      assertThat(ingest.archived(topic)).containsExactlyInAnyOrderElementsOf(ingest.inKafka(topic));
    }
    assertThat(watermark(ingest, OTHER, 0)).isZero();
  }

  private static long watermark(IngestHarness ingest, String topic, int partition) {
    return ingest.log(topic).head().map(head -> head.watermark(0, partition)).orElse(0L);
  }
}
