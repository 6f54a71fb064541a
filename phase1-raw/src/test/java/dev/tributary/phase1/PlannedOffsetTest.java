package dev.tributary.phase1;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;

final class PlannedOffsetTest {
  private static PlannedOffset offset(String plan) {
    return new PlannedOffset(
        plan, Map.of("orders", new PlannedOffset.TopicEnds(1, Map.of(10, 7L, 2, 5L))));
  }

  @Test
  void anOffsetComesBackFromItsJson() {
    assertThat(offset("p1").json())
        .isEqualTo(
            "{\"plan\":\"p1\",\"topics\":{\"orders\":{\"incarnation\":1,\"ends\":{\"2\":5,\"10\":7}}}}");
    assertThat(PlannedOffset.parse(offset("p1").json())).isEqualTo(offset("p1"));
  }

  @Test
  void theSameEndsOfAnotherPlanAreAnotherOffset() {
    assertThat(offset("p1")).isNotEqualTo(offset("p2"));
  }

  @Test
  void anOffsetOfAnotherSourceIsRefusedWithTheRemedy() {
    assertThatThrownBy(() -> PlannedOffset.parse("{\"orders\":{\"0\":5}}"))
        .hasMessageContaining("Delete the checkpoint: the archive knows where to go on.");
  }
}
