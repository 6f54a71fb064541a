package dev.tributary.streaming;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;

final class TriggerSpecTest {
  @Test
  void aTriggerIsAnIntervalOrAvailableNow() {
    assertThat(TriggerSpec.parse("available-now")).isEqualTo(new TriggerSpec.AvailableNow());
    assertThat(TriggerSpec.parse("500ms")).isEqualTo(new TriggerSpec.Every(Duration.ofMillis(500)));
    assertThat(TriggerSpec.parse("10s")).isEqualTo(new TriggerSpec.Every(Duration.ofSeconds(10)));
    assertThat(TriggerSpec.parse("0")).isEqualTo(new TriggerSpec.Every(Duration.ZERO));
  }

  @Test
  void anythingElseIsRefusedWithTheForms() {
    assertThatThrownBy(() -> TriggerSpec.parse("hourly"))
        .hasMessage("Use available-now, or a number and a unit: 500ms, 10s, 5m, 1h.");
  }
}
