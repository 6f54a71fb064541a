package dev.tributary.core.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.core.error.TributaryException;
import dev.tributary.core.json.Json;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

final class StepPolicyTest {
  private static final String STEP =
      "{\"jar\":\"s3a://j/t.jar\",\"sha256\":\"%s\",\"type\":\"t\",\"options\":{}%s}";

  @Test
  void aStepSaysItsPolicyWhereItIsNotTheUsualOne() {
    String fails = STEP.formatted("a".repeat(64), ",\"policy\":\"fail\"");
    String silent = STEP.formatted("a".repeat(64), "");
    String usual = STEP.formatted("a".repeat(64), ",\"policy\":\"quarantine\"");

    assertThat(read(fails).policy()).contains(StepPolicy.FAIL);
    assertThat(text(read(fails))).isEqualTo(fails);
    assertThat(text(read(silent))).as("as releases before knew it").isEqualTo(silent);
    assertThat(read(usual)).as("no other version").isEqualTo(read(silent));
    assertThat(text(read(usual))).isEqualTo(silent);
    assertThatThrownBy(() -> read(STEP.formatted("a".repeat(64), ",\"policy\":\"warn\"")))
        .isInstanceOf(TributaryException.class)
        .hasMessageContaining("warn");
  }

  private static TransformSpec read(String json) {
    return Json.read(json.getBytes(StandardCharsets.UTF_8), TransformSpec.class);
  }

  private static String text(TransformSpec step) {
    return new String(Json.write(step), StandardCharsets.UTF_8);
  }
}
