package dev.tributary.streaming;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.hadoop.util.ShutdownHookManager;

/**
 * Lets a driver that is told to go (SIGTERM, SIGINT) finish its batch and leave with its own exit
 * code. It goes through Hadoop's hooks, which run one after the other, because Spark stops its
 * context in one of them: ours runs before it, and the one that sets the exit code after all.
 */
final class CleanStop {
  private static final int BEFORE_SPARK = 1_000;
  private static final int AFTER_ALL = 0;

  private final Duration timeout;
  private final CountDownLatch done = new CountDownLatch(1);
  private Runnable action = () -> {};
  private boolean asked;
  private volatile int exitCode;

  private CleanStop(Duration timeout) {
    this.timeout = timeout;
  }

  /** Installs the hooks. */
  static CleanStop install(Duration timeout) {
    CleanStop cleanStop = new CleanStop(timeout);
    // A stop that overran its own timeout still has a result to write.
    Duration bounded = timeout.plusSeconds(30);
    ShutdownHookManager hooks = ShutdownHookManager.get();
    hooks.addShutdownHook(
        cleanStop::stopAndWait, BEFORE_SPARK, bounded.toSeconds(), TimeUnit.SECONDS);
    hooks.addShutdownHook(cleanStop::leave, AFTER_ALL, 10, TimeUnit.SECONDS);
    return cleanStop;
  }

  /** What a stop does; done at once where the stop was asked for already. */
  synchronized void onStop(Runnable stop) {
    action = stop;
    if (asked) {
      stop.run();
    }
  }

  /** The driver has done its work and is about to leave with this code. */
  void done(int code) {
    exitCode = code;
    done.countDown();
  }

  private void stopAndWait() {
    if (done.getCount() == 0) {
      return;
    }
    synchronized (this) {
      asked = true;
      action.run();
    }
    try {
      done.await(timeout.toSeconds() + 20, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Without a signal the process leaves by itself. */
  private synchronized void leave() {
    if (asked && done.getCount() == 0) {
      Runtime.getRuntime().halt(exitCode);
    }
  }
}
