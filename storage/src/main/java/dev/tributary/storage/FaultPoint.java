package dev.tributary.storage;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The one hook through which tests stop the product at a named point. Without the system property
 * {@code tributary.fault.dir} it does nothing.
 *
 * <p>With it, a point called {@code name} looks for the file {@code <dir>/<name>}, whose text is an
 * action and optionally a number, {@code kill 3}: act at the third visit of this process. The file
 * is claimed by renaming it to {@code <name>.claimed.<pid>}, so one file acts once, in one process:
 *
 * <ul>
 *   <li>{@code kill}: the JVM halts at once with exit code 137;
 *   <li>{@code stop}: the process gets SIGSTOP and goes on from here when it gets SIGCONT;
 *   <li>{@code fail}: an {@link UncheckedIOException} is thrown.
 * </ul>
 */
public final class FaultPoint {
  private static final String DIRECTORY = System.getProperty("tributary.fault.dir", "");
  private static final boolean ENABLED = !DIRECTORY.isEmpty();
  private static final Map<String, Integer> VISITS = new ConcurrentHashMap<>();

  private FaultPoint() {}

  /** Marks that the named point is reached. */
  public static void reach(String name) {
    if (ENABLED) {
      visit(name);
    }
  }

  private static void visit(String name) {
    int visit = VISITS.merge(name, 1, Integer::sum);
    Path order = Path.of(DIRECTORY, name);
    try {
      String[] words = Files.readString(order).strip().split("\\s+");
      if (words.length > 1 && Integer.parseInt(words[1]) != visit) {
        return;
      }
      long process = ProcessHandle.current().pid();
      Files.move(
          order,
          order.resolveSibling("%s.claimed.%d".formatted(name, process)),
          StandardCopyOption.ATOMIC_MOVE);
      act(words[0], name, process);
    } catch (NoSuchFileException e) {
      // No order for this point, or another process claimed it first.
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void act(String action, String name, long process) throws IOException {
    switch (action) {
      case "kill" -> Runtime.getRuntime().halt(137);
      case "stop" -> stop(process);
      case "fail" ->
          throw new UncheckedIOException(
              new IOException("The fault point '%s' was told to fail.".formatted(name)));
      default ->
          throw new IllegalArgumentException(
              "The fault point '%s' knows kill, stop and fail, not '%s'.".formatted(name, action));
    }
  }

  private static void stop(long process) throws IOException {
    Process kill = new ProcessBuilder("kill", "-STOP", Long.toString(process)).start();
    try {
      // The signal may come while this waits, or before; either way nothing runs behind it.
      kill.waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
