package dev.tributary.metastore;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import dev.tributary.core.secret.SecretReference;
import dev.tributary.core.settings.Settings;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Optional;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.SecureRequestCustomizer;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.util.ssl.SslContextFactory;

/** What HTTPS is served with. */
final class Tls {
  private final KeyStore keys;
  private final String password;

  private Tls(KeyStore keys, String password) {
    this.keys = keys;
    this.password = password;
  }

  /** Empty: HTTP. */
  static Optional<Tls> of(Settings settings) {
    Optional<Path> file = settings.find(MetastoreServerSettings.TLS_KEYSTORE);
    if (file.isEmpty()) {
      return Optional.empty();
    }
    String password =
        settings
            .find(MetastoreServerSettings.TLS_PASSWORD)
            .map(SecretReference.ofProcess()::resolve)
            .orElse("");
    try (InputStream content = Files.newInputStream(file.get())) {
      KeyStore keys = KeyStore.getInstance("PKCS12");
      keys.load(content, password.toCharArray());
      return Optional.of(new Tls(keys, password));
    } catch (IOException | GeneralSecurityException e) {
      throw TributaryException.of(
          ErrorCode.SETTING_INVALID,
          "The key store %s cannot be opened.".formatted(file.get()),
          "Give a PKCS12 file that this process may read, and its password.",
          e);
    }
  }

  Connector connector(Server server, HttpConfiguration http, String host, int port) {
    SslContextFactory.Server context = new SslContextFactory.Server();
    context.setKeyStore(keys);
    context.setKeyStorePassword(password);
    // Callers may know the service by an address for which there is no certificate of its own.
    http.addCustomizer(new SecureRequestCustomizer(false));
    ServerConnector connector =
        new ServerConnector(
            server, new SslConnectionFactory(context, "http/1.1"), new HttpConnectionFactory(http));
    connector.setHost(host);
    connector.setPort(port);
    return connector;
  }
}
