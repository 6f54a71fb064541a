package dev.tributary.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
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

  @Test
  void mergesAreKeptBesideTheOthers() {
    MergeTimes merges =
        new MergeTimes(Store.S3, 8, 4, List.of(new Timed(Workload.MERGE_RECENT, 4, 2.0, 3.0)));
    Figures.none(folder).addMerges(Store.S3, List.of(merges));

    Figures later = Figures.read(folder);
    assertThat(later.hold(Store.S3, Step.GROWTH)).isTrue();
    assertThat(later.hold(Store.LOCAL, Step.GROWTH)).isFalse();
    assertThat(later.merges()).containsExactly(merges);
    assertThat(later.all()).isEmpty();
  }

  @Test
  void figuresFromBeforeThereWereMergesAreRead() throws Exception {
    Files.writeString(
        folder.resolve("figures.json"),
        """
        [{"store":"S3","step":"RAW","measurements":[]}]
        """);
    assertThat(Figures.read(folder).hold(Store.S3, Step.RAW)).isTrue();
    assertThat(Figures.read(folder).merges()).isEmpty();
  }
}
