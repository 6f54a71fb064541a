package dev.tributary.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.tributary.core.json.Json;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

final class GrowthTest {
  private static final long MILLION = 1_000_000;

  @Test
  void theMiddleBatchCounts() {
    assertThat(times(Store.S3, MILLION, 9.0, 1.0, 2.0).medianSeconds())
        .isCloseTo(2.0, within(1e-9));
    assertThat(times(Store.S3, MILLION, 4.0, 9.0, 1.0, 2.0).medianSeconds())
        .isCloseTo(3.0, within(1e-9));
    assertThat(times(Store.S3, MILLION, 4.0, 9.0, 1.0, 2.0).medianCpuSeconds())
        .isCloseTo(6.0, within(1e-9));
    assertThat(times(Store.S3, MILLION, 4.0, 9.0, 1.0).fastestSeconds())
        .isCloseTo(1.0, within(1e-9));
    assertThat(times(Store.S3, MILLION, 4.0, 9.0, 1.0).slowestSeconds())
        .isCloseTo(9.0, within(1e-9));
  }

  @Test
  void theLargestTableIsHeldAgainstTheSmallestOfTheSameStore() {
    List<Growth> growths =
        Growth.of(
            List.of(
                times(Store.LOCAL, 20 * MILLION, 3.0),
                times(Store.LOCAL, 5 * MILLION, 100.0),
                times(Store.LOCAL, MILLION, 2.0),
                times(Store.S3, MILLION, 2.0)));
    assertThat(growths).hasSize(1);
    Growth growth = growths.get(0);
    assertThat(growth.store()).isEqualTo(Store.LOCAL);
    assertThat(growth.fromRows()).isEqualTo(MILLION);
    assertThat(growth.toRows()).isEqualTo(20 * MILLION);
    assertThat(growth.factor()).isCloseTo(1.5, within(1e-9));
    assertThat(growth.held()).contains(true);
  }

  @Test
  void twiceTheTimeIsNotLessThanTwice() {
    BenchReport report = report(times(Store.S3, MILLION, 2.0), times(Store.S3, 20 * MILLION, 4.0));
    assertThat(report.growth().get(0).held()).contains(false);
    assertThat(report.held()).isFalse();
    assertThat(printed(report)).contains("NOT HELD").contains("Not every bound is held.");

    BenchReport faster = report(times(Store.S3, MILLION, 2.0), times(Store.S3, 20 * MILLION, 3.9));
    assertThat(faster.held()).isTrue();
    assertThat(printed(faster)).contains("1.95").contains("Every bound is held.");
  }

  @Test
  void otherTablesAndBatchesAreNotJudged() {
    assertThat(held(times(Store.S3, 2 * MILLION, 1.0), times(Store.S3, 20 * MILLION, 9.0)))
        .isEmpty();
    assertThat(held(times(Store.S3, MILLION, 1.0), times(Store.S3, 19 * MILLION, 9.0))).isEmpty();
    List<Timed> batches = List.of(new Timed(Workload.MERGE_RECENT, 200_000, 1.0, 1.0));
    assertThat(
            held(
                new MergeTimes(Store.S3, MILLION, 200_000, batches),
                new MergeTimes(Store.S3, 20 * MILLION, 200_000, batches)))
        .isEmpty();
    assertThat(
            printed(report(times(Store.S3, 2 * MILLION, 1.0), times(Store.S3, 3 * MILLION, 1.0))))
        .contains("Nothing is judged")
        .contains("of growth, 1,000,000 and 20,000,000 rows and 100,000 keys");
  }

  @Test
  void theFiguresStandInTheJson() throws Exception {
    String json =
        new String(
            Json.write(
                report(times(Store.S3, MILLION, 2.0, 3.0), times(Store.S3, 20 * MILLION, 3.0))),
            StandardCharsets.UTF_8);
    assertThat(Json.mapper().readTree(json).at("/merges/0/medianSeconds").asDouble())
        .isCloseTo(2.5, within(1e-9));
    assertThat(Json.mapper().readTree(json).at("/growth/0/factor").asDouble())
        .isCloseTo(1.2, within(1e-9));
    assertThat(Json.mapper().readTree(json).at("/growth/0/held").asBoolean()).isTrue();
  }

  private static List<Boolean> held(MergeTimes... tables) {
    return Growth.of(List.of(tables)).stream().flatMap(growth -> growth.held().stream()).toList();
  }

  private static BenchReport report(MergeTimes... tables) {
    return BenchReport.of(8, List.of(), List.of(tables));
  }

  private static String printed(BenchReport report) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    report.print(new PrintStream(out, true, StandardCharsets.UTF_8));
    return out.toString(StandardCharsets.UTF_8);
  }

  /** Batches that take so long, and twice that of CPU. */
  private static MergeTimes times(Store store, long rows, Double... seconds) {
    return new MergeTimes(
        store,
        rows,
        100_000,
        Arrays.stream(seconds)
            .map(each -> new Timed(Workload.MERGE_RECENT, 100_000, each, 2 * each))
            .toList());
  }
}
