package dev.tributary.storage;

import dev.tributary.local.servers.S3Server;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;

/** The one S3 server of this module's tests; it dies with their JVM. */
public final class SharedS3 {
  /** A bucket that is there. */
  public static final String BUCKET = "storage-tests";

  private static final String ACCESS_KEY = "tests";
  private static final String SECRET_KEY = "tests-secret";

  private SharedS3() {}

  public static URI endpoint() {
    return Running.SERVER.endpoint();
  }

  /** Hadoop's settings for the server, by way of {@code endpoint}. */
  public static Map<String, String> settings(URI endpoint) {
    Map<String, String> settings = new TreeMap<>();
    settings.put("fs.s3a.endpoint", endpoint.toString());
    settings.put("fs.s3a.endpoint.region", "us-east-1");
    settings.put("fs.s3a.access.key", ACCESS_KEY);
    settings.put("fs.s3a.secret.key", SECRET_KEY);
    settings.put("fs.s3a.path.style.access", "true");
    return settings;
  }

  /** As {@link SparkStorageSettings} sets Hadoop, with short timeouts. */
  public static Configuration configuration(URI endpoint) {
    Configuration configuration = new Configuration();
    Map<String, String> entries = new TreeMap<>(SparkStorageSettings.defaults());
    entries.putAll(SparkStorageSettings.entries());
    entries.forEach(
        (key, value) -> {
          if (key.startsWith("spark.hadoop.")) {
            configuration.set(key.substring("spark.hadoop.".length()), value);
          }
        });
    settings(endpoint).forEach(configuration::set);
    configuration.set("fs.s3a.connection.timeout", "1s");
    // File systems are cached by URI alone; tests use several endpoints for one bucket.
    for (String scheme : new String[] {"s3", "s3a", "s3n"}) {
      configuration.set("fs.%s.impl.disable.cache".formatted(scheme), "true");
    }
    return configuration;
  }

  /** Started by the first who asks for it. */
  private static final class Running {
    private static final S3Server SERVER = start();

    private static S3Server start() {
      try {
        S3Server server =
            S3Server.in(Files.createTempDirectory("tributary-s3"))
                .credentials(ACCESS_KEY, SECRET_KEY)
                .start();
        server.createBucket(BUCKET);
        return server;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
