package dev.tributary.metastore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.File;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.glue.GlueClient;
import software.amazon.awssdk.services.glue.model.Table;

/** AWS Glue's API, served by moto out of a virtual environment of its own below target. */
final class GlueServer implements AutoCloseable {
  static final String SKIP = "tributary.skip.python";

  private static final Path REQUIREMENTS =
      Path.of("src", "test", "python", "requirements.txt").toAbsolutePath();
  private static final Path ENVIRONMENT = Path.of("target", "python").toAbsolutePath();
  private static final String REMEDY =
      " Install Python 3.10 or later with venv and pip as python3, or skip these tests by -D"
          + SKIP
          + "=true.";

  private final Process process;
  private final GlueClient client;

  private GlueServer(Process process, GlueClient client) {
    this.process = process;
    this.client = client;
  }

  /** Makes the environment where it is not there yet; the test is skipped where -D says so. */
  static void prepare() throws IOException, InterruptedException {
    Assumptions.assumeFalse(
        Boolean.getBoolean(SKIP), "The Glue catalog is not tested: -D" + SKIP + " is set.");
    Path ready = ENVIRONMENT.resolve("ready");
    String wanted = Files.readString(REQUIREMENTS);
    if (Files.exists(ready) && Files.readString(ready).equals(wanted)) {
      return;
    }
    must(
        "There is no Python 3.10 or later.",
        "python3",
        "-c",
        "import sys; sys.exit(sys.version_info < (3, 10))");
    must(
        "No virtual environment could be made.",
        "python3",
        "-m",
        "venv",
        "--clear",
        ENVIRONMENT.toString());
    // The file names everything that Glue's API needs, so that nothing else is resolved.
    must(
        "moto could not be installed.",
        python(),
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--no-deps",
        "-r",
        REQUIREMENTS.toString());
    Files.writeString(ready, wanted);
  }

  private static String python() {
    return ENVIRONMENT.resolve("bin").resolve("python").toString();
  }

  private static void must(String problem, String... command)
      throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).inheritIO().start();
    boolean ended = process.waitFor(5, TimeUnit.MINUTES);
    if (!ended) {
      process.destroyForcibly();
    }
    assertThat(ended && process.exitValue() == 0).as(problem + REMEDY).isTrue();
  }

  /** A server without a database, at a port that is free. */
  static GlueServer start(int port) throws IOException {
    Process process =
        new ProcessBuilder(
                python(), "-m", "moto.server", "-H", "127.0.0.1", "-p", String.valueOf(port))
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(new File("target", "glue-server.log")))
            .start();
    await()
        .atMost(Duration.ofSeconds(60))
        .pollInterval(Duration.ofMillis(100))
        .until(() -> listens(port) || !process.isAlive());
    assertThat(process.isAlive()).as("moto runs, see target/glue-server.log").isTrue();
    GlueClient client =
        GlueClient.builder()
            .httpClientBuilder(UrlConnectionHttpClient.builder())
            .region(Region.EU_WEST_1)
            .endpointOverride(address(port))
            .build();
    return new GlueServer(process, client);
  }

  private static boolean listens(int port) {
    try (Socket socket = new Socket("127.0.0.1", port)) {
      return socket.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  static URI address(int port) {
    return URI.create("http://127.0.0.1:" + port);
  }

  GlueClient client() {
    return client;
  }

  Table table(String database, String name) {
    return client.getTable(request -> request.databaseName(database).name(name)).table();
  }

  @Override
  public void close() {
    client.close();
    process.destroyForcibly();
    try {
      process.waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
