package dev.tributary.metastore;

import dev.tributary.core.settings.Program;
import dev.tributary.core.settings.Setting;
import dev.tributary.core.settings.SettingsGroup;
import dev.tributary.metastore.catalog.Catalogs;
import dev.tributary.metastore.jars.JarFolder;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;

/** The settings of the metastore's service. */
final class MetastoreServerSettings {
  static final Setting<String> HOST =
      Setting.text("host", "The address that it listens on.").withDefault("127.0.0.1");
  static final Setting<Integer> PORT =
      Setting.port("port", "The port that it listens on; 0 is any free one.").withDefault("8090");
  static final Setting<Boolean> TOKENS =
      Setting.flag(
          "tokens",
          "Asks every caller for a bearer token (token-create makes one). Always so where the host"
              + " is not a loopback address.");
  static final Setting<Path> TLS_KEYSTORE =
      Setting.path(
          "tls.keystore",
          "A PKCS12 file with the key and certificate to serve HTTPS with; without it HTTP.");
  static final Setting<String> TLS_PASSWORD =
      Setting.text(
              "tls.keystore-password",
              "The key store's password, or a reference to it: env:NAME or file:/path.")
          .secret();
  static final Setting<Integer> REQUEST_RATE =
      Setting.integer(
              "max-requests-per-second",
              "How many requests a second it takes from one address; 0 is any number.",
              0,
              1_000_000)
          .withDefault("1000");
  static final Setting<Path> ADDRESS_FILE =
      Setting.path("address-file", "A file into which it writes its URL once it is ready.");
  static final Setting<Long> MAX_BODY =
      Setting.bytes("max-body-bytes", "The largest request body that it takes.").withDefault("4m");
  static final Setting<Path> JAR_FOLDER =
      Setting.path(
              "transforms.folder",
              "The folder that uploaded JARs are kept in, by their content; a copy of it belongs to"
                  + " a backup.")
          .withDefault("metastore-jars");
  static final Setting<Long> MAX_JAR =
      Setting.bytes("transforms.max-jar-bytes", "The largest JAR that it takes.")
          .withDefault("64m");
  static final Setting<List<JarFolder>> JAR_FOLDERS =
      Setting.parsed(
              "transforms.read-from",
              "a folder's URI",
              "A folder (s3, https, http or file) from which it reads JARs that are registered by"
                  + " where they lie, with all below it; without one, JARs can only be uploaded.",
              JarFolder::parse)
          .repeated();
  static final Setting<URI> S3_ENDPOINT =
      Setting.uri("s3.endpoint", "The S3 server that JARs are read from, where it is not AWS.");
  static final Setting<String> S3_REGION =
      Setting.text(
          "s3.region",
          "The region of the S3 server; else as AWS's own chain says, as are the credentials.");
  static final Setting<Boolean> S3_PATH_STYLE =
      Setting.flag("s3.path-style", "Puts bucket names into the path instead of the host name.");
  static final Setting<Path> DATABASE =
      Setting.path(
              "database", "The SQLite file; made if it is missing; never on a network file system.")
          .withDefault("metastore.db");
  static final Setting<String> BOOTSTRAP_SERVERS =
      Setting.text(
          "defaults.bootstrap-servers", "The Kafka cluster of sources that do not name theirs.");
  static final Setting<String> ARCHIVE_LOCATION =
      Setting.text(
          "defaults.archive-location",
          "The folder, as a URI, of the archives of sources that do not name theirs.");
  static final Setting<String> TABLE_LOCATION =
      Setting.text(
          "defaults.table-location",
          "The folder, as a URI, in which a dataset without a target has its table.");

  /** The program. */
  static final Program PROGRAM =
      Program.of(
          "metastore",
          "Serves the sources and datasets of an installation, every version of them, over HTTP.",
          SettingsGroup.of(
              "Service",
              HOST,
              PORT,
              TOKENS,
              TLS_KEYSTORE,
              TLS_PASSWORD,
              ADDRESS_FILE,
              MAX_BODY,
              REQUEST_RATE,
              DATABASE),
          SettingsGroup.of(
              "What documents need not say", BOOTSTRAP_SERVERS, ARCHIVE_LOCATION, TABLE_LOCATION),
          SettingsGroup.of(
              "Transforms",
              JAR_FOLDER,
              MAX_JAR,
              JAR_FOLDERS,
              S3_ENDPOINT,
              S3_REGION,
              S3_PATH_STYLE),
          Catalogs.SETTINGS);

  private MetastoreServerSettings() {}
}
