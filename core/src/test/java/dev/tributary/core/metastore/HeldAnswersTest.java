package dev.tributary.core.metastore;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tributary.core.json.Json;
import java.time.Duration;
import org.junit.jupiter.api.Test;

final class HeldAnswersTest {
  private static final String PATH = "datasets/orders";

  private long now;
  private final HeldAnswers held = new HeldAnswers(Duration.ofMinutes(1), () -> now);

  private static JsonNode version(long version) {
    return Json.mapper().createObjectNode().put("version", version);
  }

  @Test
  void anAnswerThatWasOnItsWayWhenANewerVersionWasLearnedOfIsAskedForAgain() {
    held.learn(PATH, 6);
    held.hold(PATH, "five", version(5));
    assertThat(held.young(PATH)).isEmpty();
    assertThat(held.find(PATH)).map(HeldAnswers.Held::etag).as("by its tag").contains("five");
    held.hold(PATH, "six", version(6));
    assertThat(held.young(PATH)).isPresent();
    now += Duration.ofMinutes(1).toNanos();
    assertThat(held.young(PATH)).isEmpty();
  }

  @Test
  void anAnswerThatIsOutOfDateIsAskedForByItsTagAndNotForgotten() {
    held.hold(PATH, "five", version(5));
    held.outdate(PATH);
    assertThat(held.young(PATH)).isEmpty();
    assertThat(held.find(PATH)).map(HeldAnswers.Held::etag).contains("five");
  }

  @Test
  void anAnswerThatIsOlderThanAVersionWhichWasLearnedOfIsAskedForByItsTagAndNotForgotten() {
    held.hold(PATH, "five", version(5));
    held.learn(PATH, 6);
    assertThat(held.young(PATH)).isEmpty();
    assertThat(held.find(PATH)).map(HeldAnswers.Held::etag).contains("five");
  }

  @Test
  void aVersionThatWasRejectedIsNotHeldWhereAListHasTheOneBefore() {
    held.hold(PATH, "six", version(6));
    held.isNow(PATH, 5);
    assertThat(held.find(PATH)).isEmpty();
    held.hold(PATH, "five", version(5));
    assertThat(held.young(PATH)).isPresent();
    held.learn(PATH, 4);
    assertThat(held.young(PATH)).as("an earlier one that somebody asks for").isPresent();
  }
}
