package dev.tributary.phase2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tributary.core.json.Json;
import dev.tributary.core.spec.ColumnSpec;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.phase2.live.DatasetUnit;
import dev.tributary.streaming.RetryPolicy;
import dev.tributary.streaming.StopSignal;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A dataset says when its batches begin and how often it is tried again. */
final class DatasetPaceIT {
  @TempDir Path folder;

  /** Registers the next version, with further fields. */
  private static void define(TestLake lake, String fields) throws IOException {
    lake.define(List.of(ColumnSpec.of("id", "int")), Map.of());
    DatasetSpec plain = lake.specs().dataset("events").orElseThrow().spec();
    ObjectNode document = Json.mapper().valueToTree(plain);
    document.setAll((ObjectNode) Json.mapper().readTree(fields));
    lake.specs().dataset(Json.read(document, DatasetSpec.class));
  }

  private static void awaitRead(TestLake lake, long records) {
    await()
        .atMost(Duration.ofSeconds(300))
        // There is no account before the first plan's.
        .ignoreException(NoSuchElementException.class)
        .untilAsserted(
            () -> assertThat(lake.account().totals().get("events").read()).isEqualTo(records));
  }

  @Test
  void batchesAreAsFarApartAsTheDatasetSaysAndItsNextVersionDoesNotWaitForThem() throws Exception {
    TestLake lake = new TestLake(folder);
    define(
        lake,
        "{\"trigger\":{\"intervalMillis\":3600000},\"retries\":{\"attempts\":2,\"capMillis\":7}}");
    lake.archive().put(List.of(TestArchive.message("a", "{\"id\":1}")));
    DatasetUnit unit = lake.continuous();
    RetryPolicy driver = new RetryPolicy(10, Duration.ofSeconds(1), Duration.ofMinutes(1));
    StopSignal stop = new StopSignal();
    ExecutorService thread = Executors.newSingleThreadExecutor();
    try {
      Future<?> run =
          thread.submit(
              () -> {
                unit.run(stop);
                return null;
              });
      awaitRead(lake, 1);
      assertThat(unit.retries(driver))
          .isEqualTo(new RetryPolicy(2, Duration.ofMillis(7), Duration.ofMillis(7)));

      lake.archive().put(List.of(TestArchive.message("b", "{\"id\":2}")));
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> unit.pipelines().get(0).snapshot().lagRecords() == 1);
      await()
          .during(Duration.ofSeconds(2))
          .atMost(Duration.ofSeconds(10))
          .until(() -> lake.account().totals().get("events").read() == 1);
      assertThat(unit.pipelines().get(0).snapshot().heldUntil())
          .as("who watches the driver sees that it does not stall")
          .hasValueSatisfying(
              until -> assertThat(Instant.parse(until)).isAfter(Instant.now().plusSeconds(1800)));

      define(lake, "{\"trigger\":{\"intervalMillis\":0}}");
      awaitRead(lake, 2);
      assertThat(unit.retries(driver)).isEqualTo(driver);
      stop.request();
      run.get();
    } finally {
      stop.request();
      thread.shutdown();
    }
  }
}
