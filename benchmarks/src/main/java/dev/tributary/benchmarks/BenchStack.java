package dev.tributary.benchmarks;

import dev.tributary.core.metastore.HttpMetastoreAdmin;
import dev.tributary.core.metastore.MetastoreAdmin;
import dev.tributary.core.metastore.MetastoreConnection;
import dev.tributary.local.MetastoreProcess;
import dev.tributary.local.servers.KafkaServer;
import dev.tributary.local.servers.S3Server;
import java.net.URI;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Kafka, S3 and the metastore of one benchmark, each a process of its own. */
final class BenchStack implements AutoCloseable {
  private static final String BUCKET = "bench";

  private final Path folder;
  private final KafkaServer kafka;
  private final S3Server s3;
  private final MetastoreProcess metastore;
  private final String metastoreUrl;

  private BenchStack(
      Path folder,
      KafkaServer kafka,
      S3Server s3,
      MetastoreProcess metastore,
      String metastoreUrl) {
    this.folder = folder;
    this.kafka = kafka;
    this.s3 = s3;
    this.metastore = metastore;
    this.metastoreUrl = metastoreUrl;
  }

  static BenchStack start(Path folder) throws InterruptedException {
    MetastoreProcess metastore =
        MetastoreProcess.start(
            Path.of(System.getProperty("tributary.home")),
            folder.resolve("metastore"),
            folder.resolve("metastore.log"),
            List.of("--port", "0"));
    KafkaServer kafka = KafkaServer.in(folder.resolve("kafka")).start();
    S3Server s3 = S3Server.in(folder.resolve("s3")).start();
    s3.createBucket(BUCKET);
    return new BenchStack(folder, kafka, s3, metastore, metastore.awaitUrl());
  }

  String bootstrapServers() {
    return kafka.bootstrapServers();
  }

  MetastoreAdmin metastore() {
    return new HttpMetastoreAdmin(MetastoreConnection.to(URI.create(metastoreUrl)));
  }

  /** The folder, as a URI, under which everything of a store lies. */
  String root(Store store) {
    return switch (store) {
      case LOCAL -> "file://" + folder.resolve("data");
      case S3 -> "s3a://" + BUCKET + "/data";
    };
  }

  /** What a driver needs to find everything; as an operator would set it. */
  Map<String, String> environment() {
    Map<String, String> environment = new HashMap<>();
    environment.put("TRIBUTARY_METASTORE_URL", metastoreUrl);
    environment.put("TRIBUTARY_S3_ENDPOINT", s3.endpoint().toString());
    environment.put("TRIBUTARY_S3_REGION", "us-east-1");
    environment.put("TRIBUTARY_S3_PATH_STYLE", "true");
    environment.put("AWS_ACCESS_KEY_ID", s3.accessKey());
    environment.put("AWS_SECRET_ACCESS_KEY", s3.secretKey());
    return environment;
  }

  @Override
  public void close() {
    metastore.close();
    s3.close();
    kafka.close();
  }
}
