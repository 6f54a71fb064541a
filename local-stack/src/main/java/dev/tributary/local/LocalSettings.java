package dev.tributary.local;

import dev.tributary.core.settings.Setting;
import dev.tributary.core.settings.SettingsGroup;
import java.net.URI;
import java.nio.file.Path;

/** What the local stack can be told. */
public final class LocalSettings {
  static final Setting<Path> DATA =
      Setting.path("data", "The folder for the servers' data, their logs and the env file.")
          .withDefault(".tributary");

  static final Setting<String> KAFKA =
      Setting.text(
              "kafka", "Bootstrap servers of a Kafka that runs already; without it one is started.")
          .notFromVariables();

  /** The variable of this name is where drivers find their object store, as in an env file. */
  static final Setting<URI> S3_ENDPOINT =
      Setting.uri(
              "s3-endpoint",
              "An S3 server that runs already and honours conditional writes, with credentials in"
                  + " AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; without it one is started.")
          .notFromVariables();

  static final Setting<String> BUCKET =
      Setting.text("bucket", "The bucket; it must exist on a server that runs already.")
          .withDefault("tributary");

  static final Setting<Integer> KAFKA_PORT =
      Setting.port("kafka-port", "The port of the Kafka that is started; 0 is any free one.")
          .withDefault("0");

  static final Setting<Integer> S3_PORT =
      Setting.port("s3-port", "The port of the S3 server that is started; 0 is any free one.")
          .withDefault("0");

  static final Setting<Integer> METASTORE_PORT =
      Setting.port("metastore-port", "The port of the metastore; 0 is any free one.")
          .withDefault("0");

  static final SettingsGroup FOLDER = SettingsGroup.of("Local stack", DATA);

  /** Servers that are started or given. */
  public static final SettingsGroup SERVERS =
      SettingsGroup.of("Servers", KAFKA, S3_ENDPOINT, BUCKET, KAFKA_PORT, S3_PORT, METASTORE_PORT);

  private LocalSettings() {}
}
