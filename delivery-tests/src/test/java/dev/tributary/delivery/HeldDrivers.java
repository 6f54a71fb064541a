package dev.tributary.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Holds drivers that somebody else starts at a fault point (SIGSTOP), so that a test does what it
 * does to them in the middle of their work and not after it.
 */
final class HeldDrivers {
  private static final Duration PATIENCE = Duration.ofSeconds(480);
  private static final Duration SOON = Duration.ofMillis(50);
  private static final long SIGTERM = 1L << (15 - 1);

  private final Path orders;

  private HeldDrivers(Path orders) {
    this.orders = orders;
  }

  /** Those that are given orders in a folder. */
  static HeldDrivers in(Path orders) {
    try {
      return new HeldDrivers(Files.createDirectories(orders).toAbsolutePath());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The option of Java by which a driver looks for orders. */
  String flag() {
    return "-Dtributary.fault.dir=" + orders;
  }

  /** Takes back every order that nobody has met, as those of a test that failed. */
  void takeBack() {
    try (Stream<Path> files = Files.list(orders)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Tells a point, once, what to do to the next driver that reaches it. */
  void order(String point, String action) {
    try {
      Files.writeString(orders.resolve(point), action);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Waits until a driver has met the order at a point and stands still. */
  ProcessHandle awaitHeld(String point) {
    Path claimed =
        await("a driver at " + point)
            .atMost(PATIENCE)
            .pollInterval(SOON)
            .until(() -> claimed(point), Optional::isPresent)
            .orElseThrow();
    String name = claimed.getFileName().toString();
    long pid = Long.parseLong(name.substring(name.lastIndexOf('.') + 1));
    await("process %d to stand still at %s".formatted(pid, point))
        .atMost(PATIENCE)
        .pollInterval(SOON)
        .until(() -> status(pid, "State").startsWith("T"));
    return ProcessHandle.of(pid).orElseThrow();
  }

  /** Waits until a process that is held has been sent SIGTERM; it gets it when it goes on. */
  static void awaitToldToGo(ProcessHandle driver) {
    await("a SIGTERM to process " + driver.pid())
        .atMost(PATIENCE)
        .pollInterval(SOON)
        .until(() -> (Long.parseUnsignedLong(status(driver.pid(), "ShdPnd"), 16) & SIGTERM) != 0);
  }

  /** Lets it go on. */
  static void release(ProcessHandle driver) {
    try {
      Process kill = new ProcessBuilder("kill", "-CONT", Long.toString(driver.pid())).start();
      assertThat(kill.waitFor()).isZero();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  private Optional<Path> claimed(String point) {
    try (Stream<Path> files = Files.list(orders)) {
      return files
          .filter(file -> file.getFileName().toString().startsWith(point + ".claimed."))
          .findFirst();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String status(long pid, String field) {
    try (Stream<String> lines = Files.lines(Path.of("/proc/%d/status".formatted(pid)))) {
      return lines
          .filter(line -> line.startsWith(field + ":"))
          .map(line -> line.substring(field.length() + 1).strip())
          .findFirst()
          .orElseThrow();
    } catch (IOException e) {
      throw new AssertionError("Process %d is gone.".formatted(pid), e);
    }
  }
}
