package dev.tributary.core.metastore;

import dev.tributary.core.settings.Settings;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * How the service is reached.
 *
 * @param url where it is
 * @param token the bearer token or a reference to it
 * @param timeout of one request
 * @param attempts how often a request is made
 * @param ca the PEM file of an authority that is trusted besides those that Java knows
 */
public record MetastoreConnection(
    URI url, Optional<String> token, Duration timeout, int attempts, Optional<Path> ca) {
  /** With the authorities that Java knows. */
  public MetastoreConnection(URI url, Optional<String> token, Duration timeout, int attempts) {
    this(url, token, timeout, attempts, Optional.empty());
  }

  /** Without a token, with the default timeout and attempts. */
  public static MetastoreConnection to(URI url) {
    return new MetastoreConnection(url, Optional.empty(), Duration.ofSeconds(5), 3);
  }

  /** As the settings of {@link MetastoreSettings} say. */
  public static MetastoreConnection of(Settings settings) {
    return new MetastoreConnection(
        settings.get(MetastoreSettings.URL),
        settings.find(MetastoreSettings.TOKEN),
        settings.get(MetastoreSettings.TIMEOUT),
        settings.get(MetastoreSettings.ATTEMPTS),
        settings.find(MetastoreSettings.CA));
  }

  /** Without the token. */
  @Override
  public String toString() {
    return "MetastoreConnection[" + url + "]";
  }
}
