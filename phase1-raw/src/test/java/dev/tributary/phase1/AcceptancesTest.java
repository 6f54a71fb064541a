package dev.tributary.phase1;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.archive.Acceptance;
import java.util.List;
import org.junit.jupiter.api.Test;

final class AcceptancesTest {
  @Test
  void aLossIsTopicPartitionAndRange() {
    assertThat(Acceptances.Loss.parse("my.topic_1-x/3:100-200"))
        .isEqualTo(new Acceptances.Loss("my.topic_1-x", 3, 100, 200));
  }

  @Test
  void anAcceptanceCoversWhatIsGoneFromTheEndOfTheArchiveOn() {
    Acceptances.Loss loss = Acceptances.Loss.parse("orders/3:100-200");
    assertThat(loss.covers("orders", 3, 100, 200)).isTrue();
    assertThat(loss.covers("orders", 3, 100, 150)).isTrue();
    assertThat(loss.covers("orders", 3, 100, 201)).isFalse();
    assertThat(loss.covers("orders", 3, 120, 200)).isFalse();
    assertThat(loss.covers("orders", 2, 100, 200)).isFalse();
    assertThat(loss.covers("others", 3, 100, 200)).isFalse();
  }

  @Test
  void whatCannotBeReadIsAcceptedFromAnyOffsetOfTheRangeOn() {
    Acceptances acceptances =
        new Acceptances(
            List.of(
                Acceptances.Loss.parse("orders/3:100-20000"),
                Acceptances.Loss.parse("orders/3:500-600")),
            List.of(),
            new Acceptance("operator", "test"));
    assertThat(acceptances.acceptedTo("orders", 3, 100)).hasValue(20_000);
    assertThat(acceptances.acceptedTo("orders", 3, 900)).hasValue(20_000);
    assertThat(acceptances.acceptedTo("orders", 3, 19_999)).hasValue(20_000);
    assertThat(acceptances.acceptedTo("orders", 3, 99)).isEmpty();
    assertThat(acceptances.acceptedTo("orders", 3, 20_000)).isEmpty();
    assertThat(acceptances.acceptedTo("orders", 2, 900)).isEmpty();
    assertThat(acceptances.acceptedTo("others", 3, 900)).isEmpty();
    assertThat(acceptances.acceptsLoss("orders", 3, 900, 1_000))
        .as("what retention took is accepted from the end of the archive on")
        .isFalse();
  }

  @Test
  void anIncarnationIsATopicAndItsNewId() {
    assertThat(Acceptances.Recreated.parse("orders:kLQ3-_GkZQ1qk2bX0TgZ4lw"))
        .isEqualTo(new Acceptances.Recreated("orders", "kLQ3-_GkZQ1qk2bX0TgZ4lw"));
  }

  @Test
  void whatCannotBeReadIsRefusedWithAnExample() {
    assertThatThrownBy(() -> Acceptances.Loss.parse("orders:100-200"))
        .hasMessage("Use topic/partition:from-to as the error gave it, such as orders/3:100-200.");
    assertThatThrownBy(() -> Acceptances.Recreated.parse("orders"))
        .hasMessageStartingWith("Use topic:topic-id as the error gave it");
  }
}
