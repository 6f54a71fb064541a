package dev.tributary.delivery;

import dev.tributary.core.metastore.HttpMetastoreAdmin;
import dev.tributary.core.metastore.MetastoreAdmin;
import dev.tributary.core.metastore.MetastoreConnection;
import dev.tributary.local.servers.S3Server;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.hadoop.conf.Configuration;

/**
 * A broker, an S3 server and a metastore, each a process of its own, started once for all suites of
 * this JVM and ended with it.
 */
final class DeliveryStack {
  static final String BUCKET = "delivery";
  private static DeliveryStack shared;

  private final Path folder;
  private final TestKafka kafka;
  private final S3Server s3;
  private final MetastoreChild metastore;
  private final SharedClasses classes;
  private final AtomicInteger names = new AtomicInteger();

  private DeliveryStack(Path folder) {
    this.folder = folder;
    this.kafka = TestKafka.start(folder.resolve("kafka"));
    this.s3 = S3Server.in(folder.resolve("s3")).start();
    s3.createBucket(BUCKET);
    this.metastore = MetastoreChild.start(folder.resolve("metastore"));
    this.classes = new SharedClasses(folder);
  }

  static synchronized DeliveryStack shared() {
    if (shared == null) {
      try {
        Path target = Path.of(System.getProperty("user.dir"), "target", "delivery");
        Files.createDirectories(target);
        shared = new DeliveryStack(Files.createTempDirectory(target, "run-"));
        shared.warmUp();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return shared;
  }

  /**
   * A quick run of each phase; the classes of phase 2's, nearly all of Spark's, the others share.
   */
  private void warmUp() {
    Pipeline pipeline = Pipeline.create("warm_up", 1).withUpsertTable();
    pipeline.produce(20);
    pipeline.phase1("--trigger", "available-now").expectExit(0);
    classes.record();
    pipeline.phase2("--trigger", "available-now").expectExit(0);
    classes.complete();
  }

  SharedClasses classes() {
    return classes;
  }

  TestKafka kafka() {
    return kafka;
  }

  S3Server s3() {
    return s3;
  }

  Path folder() {
    return folder;
  }

  /** The folder in which the S3 server keeps each object of the bucket as a file. */
  Path objects() {
    return folder.resolve(Path.of("s3", "buckets", BUCKET));
  }

  MetastoreAdmin metastore() {
    return new HttpMetastoreAdmin(MetastoreConnection.to(metastore.url()));
  }

  /** A name that no other test of this JVM uses. */
  String unique(String prefix) {
    return "%s_%d".formatted(prefix, names.incrementAndGet());
  }

  /** What a driver needs to find everything; as an operator would set it. */
  Map<String, String> environment() {
    return environment(s3.endpoint());
  }

  /** As above, by way of another S3 endpoint. */
  Map<String, String> environment(URI endpoint) {
    Map<String, String> environment = new HashMap<>();
    environment.put("TRIBUTARY_METASTORE_URL", metastore.url().toString());
    environment.put("TRIBUTARY_S3_ENDPOINT", endpoint.toString());
    environment.put("TRIBUTARY_S3_REGION", "us-east-1");
    environment.put("TRIBUTARY_S3_PATH_STYLE", "true");
    environment.put("AWS_ACCESS_KEY_ID", s3.accessKey());
    environment.put("AWS_SECRET_ACCESS_KEY", s3.secretKey());
    return environment;
  }

  /** How the tests themselves read the store: straight, whatever the drivers go through. */
  Configuration hadoop() {
    Configuration configuration = new Configuration();
    for (String scheme : new String[] {"s3", "s3a", "s3n"}) {
      configuration.set("fs.%s.impl".formatted(scheme), "org.apache.hadoop.fs.s3a.S3AFileSystem");
    }
    configuration.set("fs.s3a.endpoint", s3.endpoint().toString());
    configuration.set("fs.s3a.endpoint.region", "us-east-1");
    configuration.set("fs.s3a.path.style.access", "true");
    configuration.set("fs.s3a.access.key", s3.accessKey());
    configuration.set("fs.s3a.secret.key", s3.secretKey());
    return configuration;
  }
}
