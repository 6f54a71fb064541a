package dev.tributary.local;

import java.time.Instant;
import java.util.Optional;

/**
 * A process of this machine that later commands find again, and no other that got its number.
 *
 * @param pid its number
 * @param started when it began, epoch milliseconds; 0 where the platform does not say
 */
record ProcessId(long pid, long started) {
  static ProcessId of(ProcessHandle handle) {
    return new ProcessId(handle.pid(), startOf(handle));
  }

  /** The process while it lives. */
  Optional<ProcessHandle> find() {
    return ProcessHandle.of(pid)
        .filter(ProcessHandle::isAlive)
        .filter(handle -> startOf(handle) == started);
  }

  private static long startOf(ProcessHandle handle) {
    return handle.info().startInstant().map(Instant::toEpochMilli).orElse(0L);
  }
}
