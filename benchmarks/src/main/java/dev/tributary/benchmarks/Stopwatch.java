package dev.tributary.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;

/** Measures time and this process's CPU time from when it was made. */
final class Stopwatch {
  private static final double NANOS = 1e9;

  private final long startedAt = System.nanoTime();
  private final long startedCpu = processCpuNanos();

  /** CPU time that this process has used since it began. */
  static long processCpuNanos() {
    return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getProcessCpuTime();
  }

  double seconds() {
    return (System.nanoTime() - startedAt) / NANOS;
  }

  /** What has passed until now, for so many records. */
  Timed stop(Workload workload, long records) {
    return new Timed(workload, records, seconds(), (processCpuNanos() - startedCpu) / NANOS);
  }
}
