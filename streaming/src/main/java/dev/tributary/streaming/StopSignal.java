package dev.tributary.streaming;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Asks a unit to finish its batch and return. Once requested it stays so. Thread-safe. */
public final class StopSignal {
  private final CountDownLatch requested = new CountDownLatch(1);

  /** Asks for the stop. */
  public void request() {
    requested.countDown();
  }

  /** Whether the stop was asked for. */
  public boolean requested() {
    return requested.getCount() == 0;
  }

  /** Waits up to {@code timeout} for the request; true: it was asked for. */
  public boolean await(Duration timeout) throws InterruptedException {
    return requested.await(timeout.toNanos(), TimeUnit.NANOSECONDS);
  }
}
