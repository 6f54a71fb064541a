package dev.tributary.phase1;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.streaming.RetryPolicy;
import java.time.Duration;
import java.time.Instant;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class TopicHealthTest {
  private static final RetryPolicy RETRY =
      new RetryPolicy(3, Duration.ofSeconds(1), Duration.ofMinutes(1));
  private static final Instant NOW = Instant.ofEpochSecond(1_763_712_000);

  private static TopicHealth failed(TopicHealth before, ErrorCode code) {
    return before.failed(new TributaryException(code, "no"), RETRY, NOW, new Random(1));
  }

  @ParameterizedTest
  @EnumSource(names = {"STORE_REFUSED", "KAFKA_AUTHENTICATION", "KAFKA_AUTHORIZATION"})
  void whatIsRefusedAfterItWasAllowedIsTriedAgainAndAnythingElseIsNot(ErrorCode refusal) {
    assertThat(failed(TopicHealth.untried(), refusal).failed()).isTrue();

    TopicHealth once = failed(TopicHealth.well(), refusal);
    assertThat(once.failed()).isFalse();
    assertThat(once.retrying()).isTrue();
    assertThat(once.nextAttempt()).isAfter(NOW);
    TopicHealth twice = failed(once, refusal);
    assertThat(twice.failed()).isFalse();
    assertThat(failed(twice, refusal).failed()).as("after as many attempts as any").isTrue();
  }

  @Test
  void aTopicThatAnotherDriverArchivesIsLookedAtAgainLaterAndLater() {
    TopicHealth once = failed(TopicHealth.well(), ErrorCode.ARCHIVE_CONFLICT);
    assertThat(once.failed()).isTrue();
    assertThat(once.ready(NOW.plusSeconds(3_600))).isFalse();
    assertThat(once.gaveWay(NOW.plusSeconds(299))).isFalse();
    assertThat(once.gaveWay(NOW.plusSeconds(300))).isTrue();
    TopicHealth again = once.again();
    assertThat(again.ready(NOW)).isTrue();
    assertThat(again.retrying()).isFalse();
    TopicHealth twice = failed(again, ErrorCode.ARCHIVE_CONFLICT);
    assertThat(twice.gaveWay(NOW.plusSeconds(599))).isFalse();
    assertThat(twice.gaveWay(NOW.plusSeconds(600))).isTrue();
    assertThat(failed(TopicHealth.well(), ErrorCode.KAFKA_RETENTION_LOSS).gaveWay(Instant.MAX))
        .isFalse();
  }

  @Test
  void aTopicThatIsNotThereYetIsWaitedForAndLostOffsetsAreNot() {
    assertThat(failed(TopicHealth.untried(), ErrorCode.TOPIC_NOT_FOUND).failed()).isFalse();
    assertThat(failed(TopicHealth.well(), ErrorCode.KAFKA_RETENTION_LOSS).failed()).isTrue();
  }
}
