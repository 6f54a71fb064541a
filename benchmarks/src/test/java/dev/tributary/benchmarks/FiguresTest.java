package dev.tributary.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FiguresTest {
  @TempDir Path folder;

  @Test
  void aLaterBenchmarkGoesOnWithWhatWasMeasured() {
    Measurement measurement =
        new Measurement(Store.S3, Side.NAIVE, 1, new Timed(Workload.RAW, 8, 2.0, 3.0), 4.0);
    Figures.none(folder).add(Store.S3, Step.RAW, List.of(measurement));

    Figures later = Figures.read(folder);
    assertThat(later.hold(Store.S3, Step.RAW)).isTrue();
    assertThat(later.hold(Store.LOCAL, Step.RAW)).isFalse();
    assertThat(later.hold(Store.S3, Step.APPEND)).isFalse();
    assertThat(later.all()).containsExactly(measurement);
    assertThat(Figures.none(folder).all()).isEmpty();
  }
}
