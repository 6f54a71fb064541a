package dev.tributary.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

final class CpuRecordTest {
  @Test
  void betweenTwoLooksTheTimeGoesOnEvenlyAndOutsideNotAtAll() {
    TreeMap<Long, Long> looks = new TreeMap<>(Map.of(1_000L, 100L, 1_100L, 300L));
    assertThat(CpuRecord.nanosAt(looks, 1_000)).isEqualTo(100);
    assertThat(CpuRecord.nanosAt(looks, 1_025)).isEqualTo(150);
    assertThat(CpuRecord.nanosAt(looks, 1_100)).isEqualTo(300);
    assertThat(CpuRecord.nanosAt(looks, 900)).isEqualTo(100);
    assertThat(CpuRecord.nanosAt(looks, 1_200)).isEqualTo(300);
  }

  @Test
  void workThatWasDoneIsCharged() {
    try (CpuRecord cpu = new CpuRecord()) {
      long from = System.currentTimeMillis();
      long nanos = Stopwatch.processCpuNanos();
      while (Stopwatch.processCpuNanos() - nanos < 300_000_000L) {
        Thread.onSpinWait();
      }
      assertThat(cpu.nanosBetween(from, System.currentTimeMillis()))
          .isBetween(100_000_000L, 5_000_000_000L);
    }
  }
}
