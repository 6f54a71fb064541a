package dev.tributary.metastore.jars;

import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;

/** HTTP and HTTPS, as anybody may read it: without credentials, and without following redirects. */
final class HttpJars implements JarReader {
  private static final Duration CONNECT = Duration.ofSeconds(5);
  private static final Duration READ = Duration.ofSeconds(15);

  @Override
  public InputStream open(String uri) {
    try {
      HttpURLConnection connection = (HttpURLConnection) new URI(uri).toURL().openConnection();
      connection.setInstanceFollowRedirects(false);
      connection.setUseCaches(false);
      connection.setConnectTimeout((int) CONNECT.toMillis());
      connection.setReadTimeout((int) READ.toMillis());
      int status = connection.getResponseCode();
      if (status == HttpURLConnection.HTTP_OK) {
        return connection.getInputStream();
      }
      connection.disconnect();
      if (status == HttpURLConnection.HTTP_NOT_FOUND || status == HttpURLConnection.HTTP_GONE) {
        throw Unreadable.missing(uri);
      }
      if (status >= 300 && status < 400) {
        throw Unreadable.because(
            uri, "it is redirected, which is not followed", "Register it where it lies");
      }
      if (status >= 500) {
        throw Unreadable.now(uri, "its server answers " + status, null);
      }
      throw Unreadable.because(
          uri,
          "its server answers " + status,
          "Let it be read without credentials, for the service sends none");
    } catch (URISyntaxException | IllegalArgumentException e) {
      throw Unreadable.because(uri, "it is no URI of HTTP", "Correct it");
    } catch (IOException e) {
      throw Unreadable.now(uri, "its server does not answer", e);
    }
  }
}
