package dev.tributary.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class ComparisonTest {
  private static final long MANY = 2_000_000;

  @Test
  void phaseOneIsHeldAgainstTheLimitByTheFastestWarmRuns() {
    List<Ratio> ratios =
        new Comparison(
                List.of(
                    measurement(Store.S3, Side.NAIVE, 0, Workload.LIMIT, 1.0),
                    measurement(Store.S3, Side.NAIVE, 1, Workload.LIMIT, 0.4),
                    measurement(Store.S3, Side.NAIVE, 2, Workload.LIMIT, 0.5),
                    measurement(Store.S3, Side.TRIBUTARY, 0, Workload.RAW, 0.1),
                    measurement(Store.S3, Side.TRIBUTARY, 1, Workload.RAW, 0.8)),
                MANY)
            .ratios();
    assertThat(ratios).hasSize(1);
    assertThat(ratios.get(0).value()).isCloseTo(0.5, within(1e-9));
    assertThat(ratios.get(0).bound()).contains(0.7);
    assertThat(ratios.get(0).held()).contains(false);
  }

  @Test
  void storesAndColdAndWarmRunsAreNotMixed() {
    assertThat(
            new Comparison(
                    List.of(
                        measurement(Store.S3, Side.NAIVE, 0, Workload.APPEND, 1.0),
                        measurement(Store.LOCAL, Side.TRIBUTARY, 0, Workload.APPEND, 1.0)),
                    MANY)
                .ratios())
        .isEmpty();
    assertThat(
            new Comparison(
                    List.of(
                        measurement(Store.S3, Side.NAIVE, 0, Workload.APPEND, 1.0),
                        measurement(Store.S3, Side.TRIBUTARY, 0, Workload.APPEND, 1.0),
                        measurement(Store.S3, Side.TRIBUTARY, 1, Workload.APPEND, 0.5)),
                    MANY)
                .ratios())
        .isEmpty();
  }

  @Test
  void coldRunsAreComparedWhereThereAreNoOthers() {
    assertThat(
            new Comparison(
                    List.of(
                        measurement(Store.S3, Side.NAIVE, 0, Workload.UPSERT_MATCH, 3.0),
                        measurement(Store.S3, Side.TRIBUTARY, 0, Workload.UPSERT_MATCH, 2.0)),
                    MANY)
                .ratios())
        .containsExactly(
            new Ratio(
                Store.S3, "raw to Delta, MERGE, every key matches / naive", 1.5, Optional.of(1.0)));
  }

  @Test
  void nothingIsJudgedByFewEvents() {
    assertThat(
            new Comparison(
                    List.of(
                        measurement(Store.S3, Side.NAIVE, 0, Workload.APPEND, 1.0),
                        measurement(Store.S3, Side.TRIBUTARY, 0, Workload.APPEND, 9.0)),
                    999_999)
                .ratios())
        .singleElement()
        .satisfies(ratio -> assertThat(ratio.held()).isEmpty());
  }

  @Test
  void ratesArePerSecondAndPerMillion() {
    Timed timed = new Timed(Workload.RAW, 500_000, 2.0, 3.0);
    assertThat(timed.recordsPerSecond()).isCloseTo(250_000, within(1e-6));
    assertThat(timed.cpuSecondsPerMillion()).isCloseTo(6.0, within(1e-9));
  }

  private static Measurement measurement(
      Store store, Side side, int run, Workload workload, double seconds) {
    return new Measurement(store, side, run, new Timed(workload, 600_000, seconds, 1.0), 9.0);
  }
}
