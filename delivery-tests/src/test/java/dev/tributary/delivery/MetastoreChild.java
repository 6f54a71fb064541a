package dev.tributary.delivery;

import static org.awaitility.Awaitility.await;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** The metastore as a process of its own. */
final class MetastoreChild {
  private final URI url;

  private MetastoreChild(URI url) {
    this.url = url;
  }

  static MetastoreChild start(Path folder) {
    Path home = Home.folder();
    Path address = folder.resolve("address");
    try {
      Files.createDirectories(folder);
      Process process =
          new ProcessBuilder(
                  Home.java(),
                  "-Xmx256m",
                  "-cp",
                  String.join(
                      File.pathSeparator,
                      home.resolve("metastore/target/classes").toString(),
                      home.resolve("core/target/classes").toString(),
                      home.resolve("metastore/target/lib") + "/*"),
                  "dev.tributary.metastore.MetastoreServer",
                  "--port",
                  "0",
                  "--database",
                  folder.resolve("metastore.db").toString(),
                  "--address-file",
                  address.toString())
              .redirectErrorStream(true)
              .redirectOutput(folder.resolve("metastore.log").toFile())
              .start();
      Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> Files.exists(address) && !Files.readString(address).isBlank());
      String text = Files.readString(address).strip();
      return new MetastoreChild(URI.create(text.startsWith("http") ? text : "http://" + text));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  URI url() {
    return url;
  }
}
