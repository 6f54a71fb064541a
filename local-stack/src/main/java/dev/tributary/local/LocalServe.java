package dev.tributary.local;

import dev.tributary.core.settings.Settings;
import dev.tributary.local.servers.KafkaServer;
import dev.tributary.local.servers.S3Server;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;

/**
 * The supervisor: starts the servers as its children, says so in the state file, and stops them
 * when it is told to end. If it is killed, its children end by themselves.
 */
final class LocalServe {
  private final StackFolder folder;
  private final Settings settings;
  private final Path home = Path.of(System.getProperty("tributary.home"));
  private final List<AutoCloseable> started = new ArrayList<>();
  private final List<StackState.Server> servers = new ArrayList<>();

  LocalServe(StackFolder folder, Settings settings) {
    this.folder = folder;
    this.settings = settings;
  }

  int run() throws InterruptedException {
    CountDownLatch ended = new CountDownLatch(1);
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  stopAll();
                  ended.countDown();
                },
                "stop-servers"));
    folder.publish(start());
    ended.await();
    return 0;
  }

  private StackState start() throws InterruptedException {
    String secret = HexFormat.of().formatHex(randomBytes());
    // Kafka takes the longest to come up; the others do so beside it.
    CompletableFuture<Optional<S3Server>> ownS3 =
        CompletableFuture.supplyAsync(() -> startS3(secret));
    Optional<KafkaServer> ownKafka = startKafka();
    String kafka =
        ownKafka
            .map(KafkaServer::bootstrapServers)
            .orElseGet(() -> settings.find(LocalSettings.KAFKA).orElseThrow());
    Optional<S3Server> s3 = join(ownS3);
    String endpoint =
        s3.map(server -> server.endpoint().toString())
            .orElseGet(() -> settings.find(LocalSettings.S3_ENDPOINT).orElseThrow().toString());
    String bucket = "s3a://" + settings.get(LocalSettings.BUCKET);
    MetastoreProcess metastore =
        add(
            MetastoreProcess.start(
                home,
                folder.root().resolve("metastore"),
                folder.logs().resolve("metastore.log"),
                List.of(
                    "--port=" + settings.get(LocalSettings.METASTORE_PORT),
                    "--defaults.bootstrap-servers=" + kafka,
                    "--defaults.archive-location=" + bucket + "/raw",
                    "--defaults.table-location=" + bucket + "/lake")));
    String url = metastore.awaitUrl();
    describe("metastore", metastore.handle(), url, folder.logs().resolve("metastore.log"));
    return new StackState(
        ProcessId.of(ProcessHandle.current()),
        kafka,
        endpoint,
        settings.get(LocalSettings.BUCKET),
        url,
        servers,
        s3.map(server -> new StackState.Credentials(server.accessKey(), server.secretKey())));
  }

  private Optional<KafkaServer> startKafka() {
    if (settings.find(LocalSettings.KAFKA).isPresent()) {
      return Optional.empty();
    }
    KafkaServer kafka =
        add(
            KafkaServer.in(folder.root().resolve("kafka"))
                .port(settings.get(LocalSettings.KAFKA_PORT))
                .start());
    describe("kafka", kafka.handle(), kafka.bootstrapServers(), kafka.log());
    return Optional.of(kafka);
  }

  private Optional<S3Server> startS3(String secret) {
    if (settings.find(LocalSettings.S3_ENDPOINT).isPresent()) {
      return Optional.empty();
    }
    S3Server s3 =
        add(
            S3Server.in(folder.root().resolve("s3"))
                .credentials("tributary", secret)
                .port(settings.get(LocalSettings.S3_PORT))
                .start());
    s3.createBucket(settings.get(LocalSettings.BUCKET));
    describe("s3", s3.handle(), s3.endpoint().toString(), s3.log());
    return Optional.of(s3);
  }

  private static <T> T join(CompletableFuture<T> future) {
    try {
      return future.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw e;
    }
  }

  private static byte[] randomBytes() {
    byte[] bytes = new byte[16];
    new SecureRandom().nextBytes(bytes);
    return bytes;
  }

  private synchronized <T extends AutoCloseable> T add(T server) {
    started.add(0, server);
    return server;
  }

  private synchronized void describe(String name, ProcessHandle process, String address, Path log) {
    servers.add(new StackState.Server(name, ProcessId.of(process), address, log.toString()));
  }

  private synchronized void stopAll() {
    for (AutoCloseable server : started) {
      try {
        server.close();
      } catch (Exception e) {
        System.err.printf("tributary local: a server did not stop: %s%n", e);
      }
    }
    folder.withdraw();
  }
}
