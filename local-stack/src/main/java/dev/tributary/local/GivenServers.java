package dev.tributary.local;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.settings.Settings;
import dev.tributary.storage.ConditionalWriteProbe;
import dev.tributary.storage.ObjectStores;
import dev.tributary.storage.SparkStorageSettings;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.common.KafkaException;

/** Servers that run already, looked at before anything else is started. */
final class GivenServers {
  private static final String HADOOP = "spark.hadoop.";
  private static final int PATIENCE_SECONDS = 8;

  private GivenServers() {}

  /**
   * Finds out whether Kafka answers, and whether the bucket can be written with the credentials
   * that this process has, on the condition that an object is not there.
   *
   * @throws TributaryException SETTING_INVALID with all that is wrong
   */
  static void require(Settings settings) throws InterruptedException {
    List<String> problems = new ArrayList<>();
    Optional<String> kafka = settings.find(LocalSettings.KAFKA);
    if (kafka.isPresent()) {
      kafkaProblem(kafka.get()).ifPresent(problems::add);
    }
    settings
        .find(LocalSettings.S3_ENDPOINT)
        .flatMap(endpoint -> s3Problem(endpoint, settings.get(LocalSettings.BUCKET)))
        .ifPresent(problems::add);
    if (!problems.isEmpty()) {
      throw new TributaryException(
          ErrorCode.SETTING_INVALID,
          "The servers that were given cannot be used, and nothing was started. "
              + String.join(" ", problems));
    }
  }

  private static Optional<String> kafkaProblem(String servers) throws InterruptedException {
    Properties properties = new Properties();
    properties.put(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, servers);
    properties.put(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, "3000");
    properties.put(
        AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG,
        Long.toString(TimeUnit.SECONDS.toMillis(PATIENCE_SECONDS) - 2_000));
    try (Admin admin = Admin.create(properties)) {
      admin.describeCluster().nodes().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
      return Optional.empty();
    } catch (ExecutionException e) {
      return Optional.of(unreachable(servers, e.getCause()));
    } catch (KafkaException | TimeoutException e) {
      return Optional.of(unreachable(servers, e));
    }
  }

  private static String unreachable(String servers, Throwable cause) {
    Throwable reason = cause.getCause() == null ? cause : cause.getCause();
    return "No Kafka answers at --kafka '%s' (%s): start it, or correct the address."
        .formatted(servers, reason.getMessage());
  }

  private static Optional<String> s3Problem(URI endpoint, String bucket) {
    Configuration configuration = new Configuration();
    SparkStorageSettings.defaults().forEach((key, value) -> put(configuration, key, value));
    configuration.set("fs.s3a.endpoint", endpoint.toString());
    configuration.setBoolean("fs.s3a.connection.ssl.enabled", "https".equals(endpoint.getScheme()));
    configuration.setBoolean("fs.s3a.path.style.access", true);
    // A person waits: what does not answer at once is not there.
    configuration.set("fs.s3a.attempts.maximum", "1");
    configuration.set("fs.s3a.retry.limit", "1");
    // Of less Hadoop warns, and takes this.
    configuration.set("fs.s3a.connection.establish.timeout", "15s");
    configuration.set("fs.s3a.connection.timeout", "15s");
    Path root = new Path("s3a://" + bucket + "/");
    try {
      ConditionalWriteProbe.require(ObjectStores.forPath(root, configuration), root, false);
      return Optional.empty();
    } catch (TributaryException e) {
      return Optional.of(
          "The bucket '%s' at --s3-endpoint '%s' cannot be written (%s): %s Check the address, that the bucket exists, and AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
              .formatted(bucket, endpoint, e.code().code(), e.getMessage()));
    }
  }

  private static void put(Configuration configuration, String key, String value) {
    if (key.startsWith(HADOOP)) {
      configuration.set(key.substring(HADOOP.length()), value);
    }
  }
}
