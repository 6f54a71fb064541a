package dev.tributary.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.local.servers.Fault;
import dev.tributary.local.servers.FaultyProxy;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/**
 * S3 answers one request in twenty with 500, 503, 409, a reset or nothing at all, before or after
 * it did what was asked; and the broker dies in the middle and comes back.
 */
@Isolated("It kills the broker that all suites share.")
class BadWeatherIT {
  @Test
  void anUnreliableS3AndABrokerThatRestartsLoseNothing() {
    DeliveryStack stack = DeliveryStack.shared();
    Pipeline pipeline = Pipeline.create("bad_weather", 3).withAppendTable();
    try (FaultyProxy proxy = FaultyProxy.start(stack.s3().endpoint(), Duration.ofSeconds(3))) {
      proxy.spoilOneIn(20, 42, Fault.values());
      // Each of them at least once, and where it matters.
      proxy.spoilNext("PUT", ".jsonl", Fault.RESET, Fault.Moment.AFTER);
      proxy.spoilNext("GET", "/_log/", Fault.SILENCE, Fault.Moment.AFTER);
      proxy.spoilNext("PUT", "/_log/", Fault.INTERNAL_ERROR, Fault.Moment.AFTER);
      proxy.spoilNext("PUT", "/00000/", Fault.CONFLICT, Fault.Moment.BEFORE);
      proxy.spoilNext("PUT", "/_delta_log/", Fault.SLOW_DOWN, Fault.Moment.AFTER);
      pipeline.through(proxy.endpoint());
      DriverRun first = pipeline.phase1("--trigger", "300ms");
      DriverRun second = pipeline.phase2("--trigger", "300ms");
      pipeline.produce(300);
      pipeline.awaitArchiveExact(first);

      stack.kafka().process().kill();
      stack.kafka().process().start();
      pipeline.produce(300);
      pipeline.awaitArchiveExact(first);
      pipeline.awaitTablesExact(second);

      assertThat(first.terminate()).as(first.log()).isZero();
      assertThat(second.terminate()).as(second.log()).isZero();
      assertThat(Stream.of(Fault.values())).allMatch(fault -> proxy.spoilt(fault) > 0);
    }
    pipeline.assertArchiveExact();
    pipeline.assertTablesExact();
  }
}
