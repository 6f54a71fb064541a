package dev.tributary.local.demo;

import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;

/** Shows progress: one line that changes on a terminal, plain lines every so often elsewhere. */
final class ProgressLine {
  private static final Duration PLAIN_EVERY = Duration.ofSeconds(3);

  private final PrintStream out;
  private final boolean terminal;
  private final long started = System.nanoTime();
  private long lastPlain;
  private boolean open;

  ProgressLine(PrintStream out, boolean terminal) {
    this.out = out;
    this.terminal = terminal;
  }

  static ProgressLine onStandardOutput() {
    return new ProgressLine(System.out, System.console() != null);
  }

  /** Replaces the line; elsewhere prints one if the last is old enough. */
  void show(String text) {
    if (terminal) {
      out.print("\r\u001b[K" + stamped(text));
      out.flush();
      open = true;
      return;
    }
    if (lastPlain == 0 || System.nanoTime() - lastPlain >= PLAIN_EVERY.toNanos()) {
      lastPlain = System.nanoTime();
      out.println(stamped(text));
    }
  }

  /** Something happened: a line that stays. */
  void say(String text) {
    if (open) {
      out.print("\r\u001b[K");
      open = false;
    }
    out.println(stamped(text));
    out.flush();
  }

  private String stamped(String text) {
    double seconds = (System.nanoTime() - started) / 1e9;
    return String.format(Locale.ROOT, "%6.1f s  %s", seconds, text);
  }
}
