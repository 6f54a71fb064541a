package dev.tributary.delivery;

import dev.tributary.local.servers.KafkaServer;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.kafka.KafkaContainer;

/**
 * The broker that the suites run on: a process of this machine, or Testcontainers' container where
 * the profile {@code testcontainers} asks for it. Without a Docker engine the suites are reported
 * as skipped there.
 */
final class TestKafka {
  private static final String WANTED = System.getProperty("tributary.test.kafka", "process");

  private final String bootstrapServers;
  private final Optional<KafkaServer> process;

  private TestKafka(String bootstrapServers, Optional<KafkaServer> process) {
    this.bootstrapServers = bootstrapServers;
    this.process = process;
  }

  static TestKafka start(Path folder) {
    if (WANTED.equals("testcontainers")) {
      return container();
    }
    KafkaServer server =
        KafkaServer.in(folder)
            .scram("tributary", "right-password")
            .property("log.cleaner.backoff.ms", "200")
            .property("log.retention.check.interval.ms", "1000")
            .start();
    return new TestKafka(server.bootstrapServers(), Optional.of(server));
  }

  // Ended by Testcontainers' own reaper, with this JVM.
  @SuppressWarnings("resource")
  private static TestKafka container() {
    Assumptions.assumeTrue(
        DockerClientFactory.instance().isDockerAvailable(),
        "Skipped: the profile testcontainers needs a Docker engine, and none answers here.");
    KafkaContainer container = new KafkaContainer("apache/kafka:4.1.1");
    container.start();
    return new TestKafka(container.getBootstrapServers(), Optional.empty());
  }

  String bootstrapServers() {
    return bootstrapServers;
  }

  /**
   * The process, for suites that restart it or use its other listeners; else the test is skipped.
   */
  KafkaServer process() {
    Assumptions.assumeTrue(
        process.isPresent(), "Skipped: this suite restarts or configures a broker of its own.");
    return process.orElseThrow();
  }
}
