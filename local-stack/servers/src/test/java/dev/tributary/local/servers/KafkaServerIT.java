package dev.tributary.local.servers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class KafkaServerIT {
  @TempDir Path folder;

  @Test
  void aBrokerWithAndWithoutEncryptionStartsIsKilledAndStartsAgain() throws Exception {
    try (KafkaServer server =
        KafkaServer.in(folder)
            .property("num.partitions", "3")
            .scram("tester", "a-password")
            .start()) {
      long first = server.handle().pid();
      server.kill();
      server.start();
      assertThat(server.handle().pid()).isNotEqualTo(first);
      assertThat(server.scram().bootstrapServers()).isNotEqualTo(server.bootstrapServers());
      assertThat(folder.resolve("kafka.properties")).content().contains("num.partitions=3");
    }
  }

  @Test
  void aBrokerThatDiesShowsTheEndOfItsLog() {
    assertThatThrownBy(() -> KafkaServer.in(folder).property("node.id", "none").start())
        .isInstanceOf(ServerFailedException.class)
        .hasMessageStartingWith("kafka-format ended with exit code 1. The end of its log, '")
        .hasMessageContaining("Invalid value none for configuration");
  }

  @Test
  void aServerDiesWithAParentThatIsKilled() throws Exception {
    Process parent =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                "-Dtributary.home=" + System.getProperty("tributary.home"),
                ServerStarter.class.getName(),
                folder.toString())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("parent.log").toFile())
            .start();
    try {
      await().atMost(30, TimeUnit.SECONDS).until(() -> Files.exists(folder.resolve("started")));
      ProcessHandle server =
          ProcessHandle.of(Long.parseLong(Files.readString(folder.resolve("server.pid"))))
              .orElseThrow();
      parent.destroyForcibly().waitFor();
      server.onExit().get(20, TimeUnit.SECONDS);
    } finally {
      parent.destroyForcibly();
    }
  }

  /** A process that starts a server and waits. */
  static final class ServerStarter {
    private ServerStarter() {}

    public static void main(String[] arguments) throws Exception {
      Path folder = Path.of(arguments[0]);
      S3Server.in(folder).start();
      Files.createFile(folder.resolve("started"));
      Thread.currentThread().join();
    }
  }
}
