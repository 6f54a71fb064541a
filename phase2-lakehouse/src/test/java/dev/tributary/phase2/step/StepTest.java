package dev.tributary.phase2.step;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.core.spec.ColumnSpec;
import dev.tributary.core.spec.DatasetSpec;
import dev.tributary.core.spec.StepPolicy;
import dev.tributary.core.spec.TargetSpec;
import dev.tributary.transforms.PayloadFunction;
import dev.tributary.transforms.PayloadTransform;
import dev.tributary.transforms.StepKind;
import dev.tributary.transforms.TransformContext;
import dev.tributary.transforms.TransformOption;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class StepTest {
  @Test
  void aStepIsDescribedByTheOptionsThatItGoesByAndNeverByASecret() {
    assertThat(described(Map.of("key", "env:KEY", "codec", "lz4")))
        .isEqualTo("1-seal {key=env:KEY, codec=lz4}");
    assertThat(described(Map.of("key", "c2VjcmV0"))).isEqualTo("1-seal {key=***}");
    assertThat(described(Map.of())).isEqualTo("1-seal");
  }

  @Test
  void whatIsLongIsCutAndStandsInOneLine() {
    assertThat(described(Map.of("codec", "a\n  b"))).isEqualTo("1-seal {codec=a b}");
    assertThat(described(Map.of("codec", "x".repeat(1000))))
        .isEqualTo("1-seal {codec=" + "x".repeat(80) + "…}");
    assertThat(
            described(
                Map.of(
                    "key", "env:" + "K".repeat(500),
                    "codec", "x".repeat(500),
                    "level", "y".repeat(500),
                    "block", "z".repeat(500))))
        .hasSizeLessThan(256)
        .endsWith("…}");
  }

  private static String described(Map<String, String> options) {
    DatasetSpec spec =
        new DatasetSpec(
            "d",
            "s",
            null,
            new TargetSpec("file:///lake/d", null, null),
            List.of(ColumnSpec.of("id", "bigint")),
            null,
            null,
            null,
            null,
            null);
    return new Step<>("1-seal", new Seal(), new StepContext(spec, options), StepPolicy.QUARANTINE)
        .described();
  }

  private static final class Seal implements PayloadTransform {
    private static final long serialVersionUID = 1L;

    @Override
    public String name() {
      return "seal";
    }

    @Override
    public List<TransformOption> options() {
      return List.of(
          TransformOption.secret("key", "The key."), text("codec"), text("level"), text("block"));
    }

    private static TransformOption text(String name) {
      return TransformOption.optional(name, TransformOption.Type.TEXT, "An option.");
    }

    @Override
    public StepKind kind() {
      return StepKind.ONE_TO_ONE;
    }

    @Override
    public PayloadFunction open(TransformContext context) {
      return (payload, coordinates) -> Optional.of(payload);
    }
  }
}
