package dev.tributary.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tributary.local.servers.Fault;
import dev.tributary.local.servers.FaultyProxy;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** S3 answers one request in twenty badly; the broker goes away in the middle. */
@Tag("long")
class BadWeatherIT {
  @Test
  void anUnreliableS3LosesNothing() {
    Pipeline pipeline = Pipeline.create("bad_s3", 3);
    try (FaultyProxy proxy =
        FaultyProxy.start(DeliveryStack.shared().s3().endpoint(), Duration.ofSeconds(3))) {
      proxy.spoilOneIn(20, 42, Fault.values());
      pipeline.through(proxy.endpoint());
      pipeline.produce(900);
      pipeline.phase1("--trigger", "available-now").expectExit(0);
      pipeline.phase2("--trigger", "available-now").expectExit(0);
      assertThat(proxy.requests()).isGreaterThan(100);
    }
    pipeline.assertArchiveExact();
    pipeline.assertTableExact();
  }

  @Test
  void aBrokerThatRestartsInTheMiddleLosesNothing() {
    DeliveryStack stack = DeliveryStack.shared();
    Pipeline pipeline = Pipeline.create("broker_restart", 3);
    pipeline.produce(300);
    DriverRun driver = pipeline.phase1("--trigger", "500ms");
    await()
        .atMost(Duration.ofSeconds(60))
        .ignoreExceptions()
        .untilAsserted(pipeline::assertArchiveExact);
    stack.kafka().process().kill();
    stack.kafka().process().start();
    pipeline.produce(300);
    await()
        .atMost(Duration.ofSeconds(120))
        .ignoreExceptions()
        .untilAsserted(pipeline::assertArchiveExact);
    assertThat(driver.terminate()).isZero();
    pipeline.phase2("--trigger", "available-now").expectExit(0);
    pipeline.assertTableExact();
  }
}
