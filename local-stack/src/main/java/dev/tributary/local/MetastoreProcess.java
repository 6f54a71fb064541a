package dev.tributary.local;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The metastore as a child process. */
public final class MetastoreProcess implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final long POLL_MILLIS = 50;

  private final Process process;
  private final Path log;
  private final Path addressFile;

  private MetastoreProcess(Process process, Path log, Path addressFile) {
    this.process = process;
    this.log = log;
    this.addressFile = addressFile;
  }

  /**
   * Starts it on a database in the given folder; returns at once.
   *
   * @param home where the built project is
   * @param folder for the database
   * @param log gets its output
   * @param flags of the service, beyond those for the database and the address file
   */
  public static MetastoreProcess start(Path home, Path folder, Path log, List<String> flags) {
    Path addressFile = folder.resolve("address");
    try {
      Files.createDirectories(folder);
      Files.deleteIfExists(addressFile);
      String classPath =
          String.join(
              File.pathSeparator,
              home.resolve("metastore/target/classes").toString(),
              home.resolve("core/target/classes").toString(),
              home.resolve("metastore/target/lib").toString() + "/*");
      List<String> command = new ArrayList<>();
      command.addAll(
          List.of(
              JavaCommand.executable(),
              "-Xmx256m",
              "-XX:+UseSerialGC",
              "-XX:TieredStopAtLevel=1",
              "-XX:-UsePerfData",
              "-Duser.timezone=UTC",
              "-cp",
              classPath,
              "dev.tributary.metastore.MetastoreServer",
              "--database",
              folder.resolve("metastore.db").toString(),
              "--address-file",
              addressFile.toString()));
      command.addAll(flags);
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
              .start();
      return new MetastoreProcess(process, log, addressFile);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Waits until it listens and returns its URL. */
  public String awaitUrl() throws InterruptedException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (System.nanoTime() < deadline) {
      String address = readAddress();
      if (!address.isEmpty()) {
        return address.startsWith("http") ? address : "http://" + address;
      }
      if (process.waitFor(POLL_MILLIS, TimeUnit.MILLISECONDS)) {
        break;
      }
    }
    throw new TributaryException(
        ErrorCode.METASTORE_UNAVAILABLE,
        "The metastore did not start within %d seconds. Its log %s ends with: %s"
            .formatted(PATIENCE.toSeconds(), log, LogTail.of(log)));
  }

  private String readAddress() {
    try {
      return Files.exists(addressFile) ? Files.readString(addressFile).strip() : "";
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  ProcessHandle handle() {
    return process.toHandle();
  }

  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(10, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
