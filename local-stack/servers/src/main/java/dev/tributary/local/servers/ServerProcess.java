package dev.tributary.local.servers;

import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** A Java program of a directory of jars, as a process of its own that logs to a file. */
final class ServerProcess {
  private static final Duration START = Duration.ofSeconds(60);
  private static final Duration STOP = Duration.ofSeconds(30);
  private static final int TAIL = 4_000;

  /**
   * What to run.
   *
   * @param folder the server's own folder: gets {@code <name>.log} and {@code server.pid}
   */
  record Program(
      String name,
      Path jars,
      Path folder,
      List<String> jvmOptions,
      String mainClass,
      List<String> arguments,
      Lifetime lifetime) {
    Path log() {
      return folder.resolve(name + ".log");
    }
  }

  private final Program program;
  private final Process process;
  private final long logStart;
  private final Thread hook;

  private ServerProcess(Program program, Process process, long logStart) {
    this.program = program;
    this.process = process;
    this.logStart = logStart;
    this.hook = new Thread(process::destroyForcibly, "tributary-stop-" + program.name());
    if (program.lifetime() == Lifetime.WITH_PARENT) {
      Runtime.getRuntime().addShutdownHook(hook);
    }
  }

  /** Starts the program and returns at once. */
  static ServerProcess start(Program program) {
    if (!Files.isDirectory(program.jars())) {
      throw new ServerFailedException(
          "There are no jars of %s in '%s'. Build the project first, or set the system property tributary.home to where it is built."
              .formatted(program.name(), program.jars()));
    }
    try {
      Files.createDirectories(program.folder());
      long logStart = Files.exists(program.log()) ? Files.size(program.log()) : 0;
      Process process =
          new ProcessBuilder(command(program))
              .directory(program.folder().toFile())
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.appendTo(program.log().toFile()))
              .start();
      Files.writeString(program.folder().resolve("server.pid"), Long.toString(process.pid()));
      return new ServerProcess(program, process, logStart);
    } catch (IOException e) {
      throw new ServerFailedException("Cannot start " + program.name() + ".", e);
    }
  }

  /** Runs the program to its end. */
  static void run(Program program) {
    ServerProcess running = start(program);
    running.await("end", () -> !running.process.isAlive());
    running.forget();
    if (running.process.exitValue() != 0) {
      throw running.failure("ended with exit code %d".formatted(running.process.exitValue()));
    }
  }

  /** Waits until the server is ready, and fails with the end of its log if that takes too long. */
  void awaitReady(BooleanSupplier ready) {
    await(
        "be ready",
        () -> {
          if (!process.isAlive()) {
            forget();
            throw failure("died with exit code %d".formatted(process.exitValue()));
          }
          return ready.getAsBoolean();
        });
  }

  /** What the process has logged since it was started. */
  String log() {
    try (RandomAccessFile file = new RandomAccessFile(program.log().toFile(), "r")) {
      byte[] text = new byte[(int) (file.length() - logStart)];
      file.seek(logStart);
      file.readFully(text);
      return new String(text, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  ProcessHandle handle() {
    return process.toHandle();
  }

  /** Asks the server to stop and, if it does not, kills it. */
  void stop() {
    process.destroy();
    waitForEnd();
  }

  /** SIGKILL. */
  void kill() {
    process.destroyForcibly();
    waitForEnd();
  }

  private void waitForEnd() {
    try {
      if (!process.waitFor(STOP.toSeconds(), TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
    forget();
  }

  private void forget() {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The JVM is going down: the hook runs anyway.
    }
  }

  private void await(String what, BooleanSupplier condition) {
    long deadline = System.nanoTime() + START.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > deadline) {
        kill();
        throw failure("did not %s within %d s".formatted(what, START.toSeconds()));
      }
      try {
        TimeUnit.MILLISECONDS.sleep(50);
      } catch (InterruptedException e) {
        kill();
        Thread.currentThread().interrupt();
        throw failure("was stopped because its starter was interrupted");
      }
    }
  }

  private ServerFailedException failure(String what) {
    String log = log();
    return new ServerFailedException(
        "%s %s. The end of its log, '%s':%n%s"
            .formatted(
                program.name(),
                what,
                program.log(),
                log.substring(Math.max(0, log.length() - TAIL))));
  }

  private static List<String> command(Program program) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(program.jvmOptions());
    command.add("-cp");
    String jars = program.jars().resolve("*").toString();
    if (program.lifetime() == Lifetime.DETACHED) {
      command.add(jars);
    } else {
      command.add(jars + System.getProperty("path.separator") + guard(program.folder()));
      command.add(ParentGuard.class.getName());
      command.add(Long.toString(ProcessHandle.current().pid()));
    }
    command.add(program.mainClass());
    command.addAll(program.arguments());
    return command;
  }

  /** A class path with the guard alone: our own might hold other versions of the server's jars. */
  private static Path guard(Path folder) throws IOException {
    Path classes = folder.resolve("guard");
    String resource = ParentGuard.class.getName().replace('.', '/') + ".class";
    Path target = classes.resolve(resource);
    Files.createDirectories(target.getParent());
    try (InputStream code = ParentGuard.class.getClassLoader().getResourceAsStream(resource)) {
      Files.write(target, code.readAllBytes());
    }
    return classes;
  }
}
