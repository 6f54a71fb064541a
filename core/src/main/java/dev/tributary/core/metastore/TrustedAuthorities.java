package dev.tributary.core.metastore;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.util.Collection;
import java.util.List;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

/** Whose certificates a client takes: the authorities that Java knows, and those of a file. */
final class TrustedAuthorities {
  private TrustedAuthorities() {}

  /**
   * A context that trusts both.
   *
   * @throws TributaryException SETTING_INVALID if the file cannot be read or holds no certificate
   */
  static SSLContext with(Path pem) {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, new TrustManager[] {trustManager(pem)}, null);
      return context;
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException("This Java has no TLS", e);
    }
  }

  static X509TrustManager trustManager(Path pem) throws GeneralSecurityException, IOException {
    KeyStore both = KeyStore.getInstance(KeyStore.getDefaultType());
    both.load(null, null);
    List<Certificate> certificates =
        Stream.concat(Stream.of(ofKeyStore(null).getAcceptedIssuers()), ofFile(pem).stream())
            .toList();
    for (int i = 0; i < certificates.size(); i++) {
      both.setCertificateEntry(Integer.toString(i), certificates.get(i));
    }
    return ofKeyStore(both);
  }

  /** Of what Java itself knows, where {@code keys} is null. */
  private static X509TrustManager ofKeyStore(KeyStore keys) throws GeneralSecurityException {
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(keys);
    return Stream.of(factory.getTrustManagers())
        .filter(X509TrustManager.class::isInstance)
        .map(X509TrustManager.class::cast)
        .findFirst()
        .orElseThrow();
  }

  private static Collection<? extends Certificate> ofFile(Path pem) {
    Collection<? extends Certificate> found;
    try (InputStream in = Files.newInputStream(pem)) {
      found = CertificateFactory.getInstance("X.509").generateCertificates(in);
    } catch (IOException | CertificateException e) {
      throw invalid(pem, "cannot be read as one with certificates: " + e, e);
    }
    if (found.isEmpty()) {
      throw invalid(pem, "holds no certificate", null);
    }
    return found;
  }

  private static TributaryException invalid(Path pem, String problem, Throwable cause) {
    return TributaryException.of(
        ErrorCode.SETTING_INVALID,
        "The file '%s' that metastore.ca names %s.".formatted(pem, problem),
        "Name a PEM file with the certificate of the authority that the metastore's is of.",
        cause);
  }
}
