package dev.tributary.local;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Starts the stack so that it survives the command: a supervisor process of a session of its own
 * holds the servers, and says that they are up by writing the state file.
 */
final class LocalUp {
  private static final Duration PATIENCE = Duration.ofSeconds(90);
  private static final long POLL_MILLIS = 50;

  private LocalUp() {}

  /** Starts a stack with the given flags of {@code local serve}, and waits until it is up. */
  static StackState start(StackFolder folder, List<String> flags) throws InterruptedException {
    folder.create();
    folder.withdraw();
    Process supervisor = spawn(folder, flags);
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (System.nanoTime() < deadline) {
      Optional<StackState> state = folder.running();
      if (state.isPresent()) {
        return state.get();
      }
      if (supervisor.waitFor(POLL_MILLIS, TimeUnit.MILLISECONDS)) {
        break;
      }
    }
    supervisor.destroy();
    throw new TributaryException(
        ErrorCode.LOCAL_STACK_FAILED,
        "The local stack did not come up. Look into %s; it ends with: %s"
            .formatted(folder.supervisorLog(), LogTail.of(folder.supervisorLog())));
  }

  private static Process spawn(StackFolder folder, List<String> flags) {
    List<String> command = new ArrayList<>();
    // A session of its own: no Ctrl-C and no hang-up of the terminal reaches it.
    Path setsid = Path.of("/usr/bin/setsid");
    if (Files.isExecutable(setsid)) {
      command.add(setsid.toString());
    }
    command.addAll(
        List.of(
            JavaCommand.executable(),
            "-Xmx64m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-Duser.timezone=UTC",
            "-Dtributary.home=" + System.getProperty("tributary.home"),
            "-Dlog4j2.configurationFile=tributary-log4j2.properties",
            "-cp",
            System.getProperty("java.class.path"),
            LocalMain.class.getName(),
            "local",
            "serve"));
    command.addAll(flags);
    try {
      return new ProcessBuilder(command)
          .redirectInput(Path.of("/dev/null").toFile())
          .redirectErrorStream(true)
          .redirectOutput(ProcessBuilder.Redirect.appendTo(folder.supervisorLog().toFile()))
          .start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
