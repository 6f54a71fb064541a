package dev.tributary.metastore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What keeps the service from starting is the operator's to mend, and says how. */
final class MetastoreStartTest {
  @TempDir private Path folder;

  private static void refused(ErrorCode code, String message, ThrowingCallable start) {
    assertThatThrownBy(start)
        .isInstanceOfSatisfying(TributaryException.class, e -> assertThat(e.code()).isEqualTo(code))
        .hasMessageContaining(message);
  }

  @Test
  void aPortThatIsTakenIsRefused() {
    try (RunningMetastore first = new RunningMetastore(folder)) {
      String port = String.valueOf(first.address().getPort());
      refused(
          ErrorCode.SETTING_INVALID,
          "cannot listen on 127.0.0.1 port " + port,
          () -> new RunningMetastore(folder.resolve("other"), port).close());
    }
  }

  @Test
  void anAddressThatOthersCanReachAsksForTokens() {
    try (RunningMetastore reachable = new RunningMetastore(folder, "0", "--host", "0.0.0.0")) {
      assertThat(reachable.get("/datasets").status()).isEqualTo(401);
      assertThat(reachable.get("/health/ready").status()).isEqualTo(200);
    }
  }

  @Test
  void aDatabaseThatCannotBeUsedIsRefused() throws IOException, SQLException {
    Path file = folder.resolve("file");
    Files.writeString(file, "x");
    refused(
        ErrorCode.SETTING_INVALID,
        "cannot be opened or made",
        () -> new RunningMetastore(file, "0").close());
    Files.writeString(folder.resolve("metastore.db"), "this is no database ".repeat(100));
    refused(
        ErrorCode.SETTING_INVALID,
        "cannot be opened or made",
        () -> new RunningMetastore(folder, "0").close());
    Path newer = Files.createDirectory(folder.resolve("newer"));
    try (Connection connection =
            DriverManager.getConnection("jdbc:sqlite:" + newer.resolve("metastore.db"));
        Statement statement = connection.createStatement()) {
      statement.execute("PRAGMA user_version = 999");
    }
    refused(
        ErrorCode.FORMAT_UNKNOWN,
        "written by a newer release",
        () -> new RunningMetastore(newer, "0").close());
  }

  @Test
  void itLogsInTheFormatThatIsAskedFor() throws Exception {
    Path address = folder.resolve("address");
    Path log = folder.resolve("log");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                "dev.tributary.metastore.MetastoreServer",
                "--log.format=json",
                "--port=0",
                "--database=" + folder.resolve("metastore.db"),
                "--address-file=" + address)
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    try {
      await().atMost(Duration.ofMinutes(1)).until(() -> Files.exists(address));
      process.destroy();
      assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
    } finally {
      process.destroyForcibly();
    }
    assertThat(Files.readAllLines(log))
        .hasSizeGreaterThanOrEqualTo(2)
        .allSatisfy(
            line -> assertThat(Json.mapper().readTree(line).path("message").asText()).isNotEmpty());
  }
}
