package dev.tributary.phase2.live;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.core.json.Json;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.streaming.TriggerSpec;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class BatchPaceTest {
  private static final TriggerSpec TEN_SECONDS = new TriggerSpec.Every(Duration.ofSeconds(10));

  private long now = 5;

  private static DatasetSpec dataset(String trigger) {
    String json =
        "{\"name\":\"a\",\"source\":\"a\",\"target\":{\"path\":\"s3a://lake/a\"},"
            + "\"columns\":[{\"name\":\"id\",\"type\":\"int\"}]%s}";
    return Json.read(
        json.formatted(trigger.isEmpty() ? "" : ",\"trigger\":" + trigger)
            .getBytes(StandardCharsets.UTF_8),
        DatasetSpec.class);
  }

  private BatchPace pace(TriggerSpec driver) {
    return new BatchPace(driver, () -> now);
  }

  private void pass(Duration duration) {
    now += duration.toNanos();
  }

  @Test
  void batchesBeginAsFarApartAsTheDatasetSaysAndAreLookedForAsTheDriverIsTold() {
    DatasetSpec hourly = dataset("{\"intervalMillis\":3600000}");
    BatchPace pace = pace(TEN_SECONDS);
    assertThat(pace.looks(Optional.of(hourly))).contains(Duration.ofSeconds(10));
    assertThat(pace.left(hourly)).as("the first").isZero();
    pace.begins();
    pass(Duration.ofMinutes(20));
    assertThat(pace.left(hourly)).as("what waits beyond its bounds").isZero();
    pace.begins();
    pace.ends();
    pass(Duration.ofMinutes(39));
    assertThat(pace.left(hourly)).as("59 minutes after it began").isEqualTo(Duration.ofMinutes(1));
    pass(Duration.ofMinutes(1));
    assertThat(pace.left(hourly)).as("an hour after it began").isZero();
    pace.begins();
    pace.ends();
    assertThat(pace.left(dataset("{\"intervalMillis\":0}"))).as("a new version").isZero();
  }

  @Test
  void aShorterIntervalThanTheDriversIsLookedForAsOften() {
    assertThat(pace(TEN_SECONDS).looks(Optional.of(dataset("{\"intervalMillis\":500}"))))
        .contains(Duration.ofMillis(500));
    assertThat(pace(TEN_SECONDS).looks(Optional.empty())).contains(Duration.ofSeconds(10));
  }

  @Test
  void withoutItsOwnTheDriversCountsAndARunUpToNowDoesNotWait() {
    BatchPace pace = pace(TEN_SECONDS);
    pace.begins();
    pace.ends();
    assertThat(pace.left(dataset(""))).isZero();
    BatchPace now = pace(new TriggerSpec.AvailableNow());
    DatasetSpec hourly = dataset("{\"intervalMillis\":3600000}");
    now.begins();
    now.ends();
    assertThat(now.left(hourly)).isZero();
    assertThat(now.looks(Optional.of(hourly))).isEmpty();
  }
}
