package dev.tributary.core.metastore;

import dev.tributary.core.settings.Setting;
import dev.tributary.core.settings.SettingsGroup;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;

/** How a program reaches the metastore. */
public final class MetastoreSettings {
  /** Where the service is. */
  public static final Setting<URI> URL =
      Setting.uri("metastore.url", "Where the metastore is, such as http://127.0.0.1:8090.")
          .required();

  /** The token that it asks for. */
  public static final Setting<String> TOKEN =
      Setting.text(
              "metastore.token",
              "The bearer token, or a reference to it: env:NAME or file:/path, read anew for each"
                  + " request.")
          .secret();

  /** Whose certificate the service may have. */
  public static final Setting<Path> CA =
      Setting.path(
          "metastore.ca",
          "A PEM file with the authority that the metastore's certificate is of, trusted besides"
              + " those that Java knows; read when the program starts.");

  /** How long one request may take. */
  public static final Setting<Duration> TIMEOUT =
      Setting.duration("metastore.timeout", "How long one request to the metastore may take.")
          .withDefault("5s");

  /** How long a request is tried again. */
  public static final Setting<Integer> ATTEMPTS =
      Setting.integer(
              "metastore.attempts",
              "How often a request is made before the metastore counts as away.",
              1,
              100)
          .withDefault("3");

  /** Where the last known specs are kept. */
  public static final Setting<Path> CACHE =
      Setting.path(
          "metastore.cache",
          "A folder for the last known specs, from which drivers go on while the metastore is away;"
              + " without it they need the metastore to start.");

  /** How long what was read holds. */
  public static final Setting<Duration> LIFETIME =
      Setting.duration(
              "metastore.lifetime",
              "How long a source or dataset that was read is not asked for again, unless a newer"
                  + " version is known before; with 0s each read asks whether it changed.")
          .withDefault("0s");

  /** All of them. */
  public static final SettingsGroup GROUP =
      SettingsGroup.of("Metastore", URL, TOKEN, CA, TIMEOUT, ATTEMPTS, CACHE, LIFETIME);

  private MetastoreSettings() {}
}
