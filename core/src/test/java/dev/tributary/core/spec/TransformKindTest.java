package dev.tributary.core.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.core.error.TributaryException;
import dev.tributary.core.json.Json;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class TransformKindTest {
  private static final String STEP =
      "{\"jar\":\"s3a://j/t.jar\",\"sha256\":\"%s\",\"type\":\"t\",\"options\":{}%s}";

  @Test
  void aStepSaysItsKindWhereItHasToAndNotElse() {
    String explodes = STEP.formatted("a".repeat(64), ",\"kind\":\"explode\"");
    String silent = STEP.formatted("a".repeat(64), "");

    assertThat(read(explodes).kind()).contains(TransformKind.EXPLODE);
    assertThat(text(read(explodes))).isEqualTo(explodes);
    assertThat(read(silent).kind()).isEmpty();
    assertThat(text(read(silent))).as("as releases before knew it").isEqualTo(silent);
    assertThatThrownBy(() -> read(STEP.formatted("a".repeat(64), ",\"kind\":\"implode\"")))
        .isInstanceOf(TributaryException.class)
        .hasMessageContaining("implode");
  }

  @Test
  void aTableOfKeysGoesOnTellingTheRowsOfARecordApart() {
    DatasetSpec silent = dataset(WriteMode.UPSERT, Optional.empty());
    DatasetSpec explodes = dataset(WriteMode.UPSERT, Optional.of(TransformKind.EXPLODE));

    assertThat(explodes.explodes()).isTrue();
    assertThat(silent.explodes()).isFalse();
    assertThat(TableChange.refusal(silent, explodes)).isEmpty();
    assertThat(TableChange.refusal(explodes, explodes)).isEmpty();
    assertThat(TableChange.refusal(explodes, silent).map(TableChange.Refusal::pointer))
        .contains("/transforms");
    assertThat(
            TableChange.refusal(
                dataset(WriteMode.APPEND, Optional.of(TransformKind.EXPLODE)),
                dataset(WriteMode.APPEND, Optional.empty())))
        .isEmpty();
  }

  private static TransformSpec read(String json) {
    return Json.read(json.getBytes(StandardCharsets.UTF_8), TransformSpec.class);
  }

  private static String text(TransformSpec step) {
    return new String(Json.write(step), StandardCharsets.UTF_8);
  }

  private static DatasetSpec dataset(WriteMode mode, Optional<TransformKind> kind) {
    return new DatasetSpec(
        "d",
        "s",
        null,
        new TargetSpec("s3a://lake/d", null, null),
        List.of(ColumnSpec.of("id", "string")),
        mode == WriteMode.APPEND
            ? WriteSpec.append()
            : new WriteSpec(mode, List.of("id"), List.of(), Deletes.HARD, Optional.empty()),
        List.of(new TransformSpec("s3a://j/t.jar", "a".repeat(64), "t", Map.of(), kind)),
        null,
        null,
        null);
  }
}
