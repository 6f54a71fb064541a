package dev.tributary.delivery;

import static org.awaitility.Awaitility.await;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The metastore as a process of its own. */
final class MetastoreChild {
  private final URI url;
  private final Process process;

  private MetastoreChild(URI url, Process process) {
    this.url = url;
    this.process = process;
  }

  static MetastoreChild start(Path folder) {
    return start(folder, 0);
  }

  /** At a given port, so that it can come back where it was, and with further arguments. */
  static MetastoreChild start(Path folder, int port, String... arguments) {
    Path home = Home.folder();
    Path address = folder.resolve("address");
    try {
      Files.createDirectories(folder);
      Files.deleteIfExists(address);
      List<String> command =
          new ArrayList<>(
              List.of(
                  Home.java(),
                  "-Xmx256m",
                  // For Glue, which is none of AWS's.
                  "-Daws.accessKeyId=test",
                  "-Daws.secretAccessKey=test",
                  "-cp",
                  String.join(
                      File.pathSeparator,
                      home.resolve("metastore/target/classes").toString(),
                      home.resolve("core/target/classes").toString(),
                      home.resolve("metastore/target/lib") + "/*"),
                  "dev.tributary.metastore.MetastoreServer",
                  "--port",
                  String.valueOf(port),
                  "--database",
                  folder.resolve("metastore.db").toString(),
                  "--transforms.folder",
                  folder.resolve("jars").toString(),
                  "--address-file",
                  address.toString()));
      command.addAll(List.of(arguments));
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(folder.resolve("metastore.log").toFile())
              .start();
      Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
      await()
          .atMost(Duration.ofSeconds(240))
          .until(() -> Files.exists(address) && !Files.readString(address).isBlank());
      String text = Files.readString(address).strip();
      return new MetastoreChild(
          URI.create(text.startsWith("http") ? text : "http://" + text), process);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** SIGKILL. */
  void kill() {
    process.destroyForcibly();
    try {
      process.waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  URI url() {
    return url;
  }
}
