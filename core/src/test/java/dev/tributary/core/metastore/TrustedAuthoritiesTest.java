package dev.tributary.core.metastore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tributary.core.error.ErrorCode;
import dev.tributary.core.error.TributaryException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Stream;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** That the metastore's client takes the certificate: {@code AccessTest} of the metastore. */
class TrustedAuthoritiesTest {
  @TempDir private Path folder;

  @Test
  void thoseOfTheFileAreTrustedBesidesThoseThatJavaKnows() throws Exception {
    Path pem = folder.resolve("ca.pem");
    String keys = folder.resolve("keys.p12").toString();
    keytool("-genkeypair", "-alias", "a", "-keyalg", "EC", "-dname", "CN=first", "-keystore", keys);
    keytool(
        "-genkeypair", "-alias", "b", "-keyalg", "EC", "-dname", "CN=second", "-keystore", keys);
    Files.writeString(
        pem,
        "# ours\n"
            + keytool("-exportcert", "-rfc", "-alias", "a", "-keystore", keys)
            + keytool("-exportcert", "-rfc", "-alias", "b", "-keystore", keys));
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init((KeyStore) null);
    X509TrustManager javas = (X509TrustManager) factory.getTrustManagers()[0];

    Set<X509Certificate> ours =
        new HashSet<>(Arrays.asList(TrustedAuthorities.trustManager(pem).getAcceptedIssuers()));
    assertThat(javas.getAcceptedIssuers()).isNotEmpty().allMatch(ours::remove);
    assertThat(ours)
        .extracting(certificate -> certificate.getSubjectX500Principal().getName())
        .containsExactlyInAnyOrder("CN=first", "CN=second");
  }

  @Test
  void aFileThatIsNoneOrHoldsNoneIsRefused() throws Exception {
    Path empty = Files.writeString(folder.resolve("empty.pem"), "");
    Path broken =
        Files.writeString(
            folder.resolve("broken.pem"),
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    for (Path file : new Path[] {folder.resolve("none.pem"), empty, broken}) {
      assertThatThrownBy(() -> TrustedAuthorities.with(file))
          .isInstanceOfSatisfying(
              TributaryException.class,
              e -> assertThat(e.code()).isEqualTo(ErrorCode.SETTING_INVALID))
          .hasMessageStartingWith("The file '" + file + "' that metastore.ca names ")
          .hasMessageEndingWith(
              "Name a PEM file with the certificate of the authority that the metastore's is of.");
    }
  }

  private static String keytool(String... words) throws Exception {
    String[] command =
        Stream.concat(
                Stream.of(Path.of(System.getProperty("java.home"), "bin", "keytool").toString()),
                Stream.concat(Stream.of(words), Stream.of("-storepass", "changeit")))
            .toArray(String[]::new);
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
    return said;
  }
}
