package dev.tributary.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tributary.core.json.Json;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/**
 * AWS Glue's API, served by moto, and AWS's client for Python to ask it, both in the virtual
 * environment that the tests of the module {@code metastore} make.
 */
final class GlueChild implements AutoCloseable {
  private static final String SKIP = "tributary.skip.python";
  private static final Path ENVIRONMENT =
      Home.folder().resolve(Path.of("metastore", "target", "python"));

  private final URI endpoint;
  private final Path folder;
  private final Process process;

  private GlueChild(URI endpoint, Path folder, Process process) {
    this.endpoint = endpoint;
    this.folder = folder;
    this.process = process;
  }

  /** Starts it; the test is skipped where -D says that Python is to be left out. */
  static GlueChild start(Path folder) throws IOException {
    Assumptions.assumeFalse(Boolean.getBoolean(SKIP), "-D" + SKIP + " is set.");
    assertThat(ENVIRONMENT.resolve("ready"))
        .as(
            "GlueCatalogIT of the module metastore makes it. Run that first, or leave Python out by"
                + " -D%s=true.",
            SKIP)
        .exists();
    int port = freePort();
    Files.createDirectories(folder);
    Process process =
        new ProcessBuilder(
                python(), "-m", "moto.server", "-H", "127.0.0.1", "-p", String.valueOf(port))
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("glue.log").toFile())
            .start();
    Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
    await()
        .atMost(Duration.ofSeconds(240))
        .pollInterval(Duration.ofMillis(100))
        .until(() -> listens(port) || !process.isAlive());
    assertThat(process.isAlive()).as("moto runs, see %s/glue.log", folder).isTrue();
    return new GlueChild(URI.create("http://127.0.0.1:" + port), folder, process);
  }

  private static String python() {
    return ENVIRONMENT.resolve(Path.of("bin", "python")).toString();
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static boolean listens(int port) {
    try (Socket socket = new Socket("127.0.0.1", port)) {
      return socket.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  URI endpoint() {
    return endpoint;
  }

  void createDatabase(String database) throws IOException, InterruptedException {
    ask("create-database", database);
  }

  /** A table as GetTable answers it. */
  JsonNode table(String database, String name) throws IOException, InterruptedException {
    return Json.read(ask("get-table", database, name), JsonNode.class);
  }

  private byte[] ask(String... arguments) throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(
            List.of(
                python(),
                Home.folder()
                    .resolve(Path.of("delivery-tests", "src", "test", "python", "glue.py"))
                    .toString(),
                endpoint.toString()));
    command.addAll(List.of(arguments));
    Path out = Files.createTempFile(folder, "glue-", ".json");
    Process asking =
        new ProcessBuilder(command)
            .redirectOutput(out.toFile())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    assertThat(asking.waitFor(2, TimeUnit.MINUTES)).as(command.toString()).isTrue();
    assertThat(asking.exitValue()).as(command.toString()).isZero();
    return Files.readAllBytes(out);
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
