package dev.tributary.local;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tributary.local.servers.S3Server;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code ./tributary local up} with servers that run already, or should. */
class GivenServersIT {
  private static final Path HOME = Path.of(System.getProperty("tributary.home"));

  @TempDir Path folder;

  @Test
  void anAddressWithoutABrokerAndCredentialsThatS3RefusesAreOneErrorBeforeAnythingStarts()
      throws Exception {
    int nobody = freePort();
    try (S3Server s3 = S3Server.in(folder.resolve("s3")).start()) {
      s3.createBucket("lake");
      String output = localUp(2, nobody, s3, "entirely-wrong");

      assertThat(output)
          .contains("setting-invalid", "nothing was started")
          .contains("No Kafka answers at --kafka '127.0.0.1:%d'".formatted(nobody))
          .contains("The bucket 'lake' at --s3-endpoint '%s'".formatted(s3.endpoint()))
          .doesNotContain("entirely-wrong", "is too low");
      assertThat(folder.resolve("stack")).doesNotExist();

      assertThat(localUp(2, nobody, s3, s3.secretKey()))
          .contains("No Kafka answers")
          .doesNotContain("The bucket");
      try (Stream<Path> objects = Files.list(folder.resolve("s3/buckets/lake"))) {
        assertThat(objects.filter(Files::isRegularFile)).as("what the probe left").isEmpty();
      }
    }
  }

  private String localUp(int exitCode, int kafka, S3Server s3, String secret)
      throws IOException, InterruptedException {
    Path log = Files.createTempFile(folder, "up-", ".log");
    ProcessBuilder builder =
        new ProcessBuilder(
                List.of(
                    HOME.resolve("tributary").toString(),
                    "local",
                    "up",
                    "--data",
                    folder.resolve("stack").toString(),
                    "--kafka",
                    "127.0.0.1:" + kafka,
                    "--s3-endpoint",
                    s3.endpoint().toString(),
                    "--bucket",
                    "lake"))
            .redirectErrorStream(true)
            .redirectOutput(log.toFile());
    builder.environment().put("TRIBUTARY_BUILD", "never");
    builder.environment().put("AWS_REGION", "us-east-1");
    builder.environment().put("AWS_ACCESS_KEY_ID", s3.accessKey());
    builder.environment().put("AWS_SECRET_ACCESS_KEY", secret);
    Process process = builder.start();
    assertThat(process.waitFor(3, TimeUnit.MINUTES)).as("it ended").isTrue();
    String output = Files.readString(log);
    assertThat(process.exitValue()).as(output).isEqualTo(exitCode);
    return output;
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }
}
