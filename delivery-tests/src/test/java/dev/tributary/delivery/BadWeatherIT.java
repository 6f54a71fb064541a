package dev.tributary.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tributary.local.servers.Fault;
import dev.tributary.local.servers.FaultyProxy;
import dev.tributary.local.servers.KafkaServer;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * S3 answers one request in twenty with 500, 503, 409, a reset or nothing at all, before or after
 * it did what was asked; and the broker dies in the middle of a batch and comes back.
 */
@Tag("long")
class BadWeatherIT {
  private static final String AFTER_OFFSET_LOG = "phase1.after-offset-log";

  @Test
  void aBrokerThatStaysAwayIsGivenUpAfterSomeAttemptsAndTheNextStartGoesOn() {
    KafkaServer broker = DeliveryStack.shared().kafka().process();
    Pipeline pipeline = Pipeline.create("away", 2).withAppendTable();
    DriverRun driver = pipeline.phase1("--trigger", "300ms", "--retry.attempts", "2");
    pipeline.produce(200);
    pipeline.awaitArchiveExact(driver);
    pipeline.produce(400);
    broker.kill();
    try {
      driver.expectExit(75);
      assertThat(driver.log()).contains("kafka-unavailable");
    } finally {
      broker.start();
    }
    pipeline.produce(100);
    pipeline.catchUp();
    pipeline.assertArchiveExact();
    pipeline.assertTablesExact();
  }

  @Test
  void anUnreliableS3AndABrokerThatRestartsLoseNothing() {
    DeliveryStack stack = DeliveryStack.shared();
    KafkaServer broker = stack.kafka().process();
    Pipeline pipeline = Pipeline.create("bad_weather", 3).withAppendTable().withUpsertTable();
    // Eight batches.
    pipeline.produce(1_600);
    // Longer than the drivers wait for an answer, so it is they who give up.
    pipeline.set(
        "SPARK_SUBMIT_OPTIONS",
        "--conf spark.ui.enabled=false --conf spark.hadoop.fs.s3a.connection.timeout=15s");
    try (FaultyProxy proxy = FaultyProxy.start(stack.s3().endpoint(), Duration.ofSeconds(60))) {
      proxy.spoilOneIn(20, 42, Fault.values());
      // Each of them at least once, and where it matters.
      proxy.spoilNext("PUT", ".jsonl", Fault.RESET, Fault.Moment.AFTER);
      proxy.spoilNext("GET", "/_log/", Fault.SILENCE, Fault.Moment.AFTER);
      proxy.spoilNext("PUT", "/_log/", Fault.INTERNAL_ERROR, Fault.Moment.AFTER);
      proxy.spoilNext("PUT", "/00000/", Fault.CONFLICT, Fault.Moment.BEFORE);
      proxy.spoilNext("PUT", "/_delta_log/", Fault.SLOW_DOWN, Fault.Moment.AFTER);
      pipeline.through(proxy.endpoint());
      // Planned and in Spark's log, and nothing of it read yet.
      pipeline.order(AFTER_OFFSET_LOG, "stop 4");
      DriverRun first = pipeline.phase1("--trigger", "300ms");
      DriverRun second = pipeline.phase2("--trigger", "300ms");
      first.awaitFault(AFTER_OFFSET_LOG);
      broker.kill();
      long archived = pipeline.log().requireHead().totals().records();
      assertThat(archived).isBetween(1L, 600L);
      first.resume();
      await("a driver that looks for its broker")
          .atMost(Duration.ofSeconds(240))
          .until(() -> first.log().contains("could not be established"));
      assertThat(pipeline.log().requireHead().totals().records())
          .as("records archived while there is no broker")
          .isEqualTo(archived);
      broker.start();
      pipeline.produce(200);
      pipeline.awaitArchiveExact(first);
      pipeline.awaitTablesExact(second);

      assertThat(first.terminate()).as(first.log()).isZero();
      assertThat(second.terminate()).as(second.log()).isZero();
      assertThat(Stream.of(Fault.values())).allMatch(fault -> proxy.spoilt(fault) > 0);
      assertThat(Stream.of(Fault.values()).mapToLong(proxy::spoilt).sum())
          .as("spoilt ones of %d requests", proxy.requests())
          .isGreaterThan(proxy.requests() / 40);
    }
    pipeline.assertArchiveExact();
    pipeline.assertArchiveExactToPython();
    pipeline.assertTablesExact();
    pipeline.through(DeliveryStack.shared().s3().endpoint());
    Pipeline.assertReconciled(List.of(pipeline));
  }
}
