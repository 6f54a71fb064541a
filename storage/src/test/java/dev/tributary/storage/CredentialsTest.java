package dev.tributary.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.s3a.auth.CredentialProviderListFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.auth.credentials.AwsCredentials;

/**
 * Credentials are found where AWS's own tools find them. AWS's chain is one object a process that
 * remembers what it found, so this process asks it for one kind alone: the one that needs a service
 * of its own.
 */
final class CredentialsTest {
  private static final String STS_ANSWER =
      """
      <AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
        <AssumeRoleWithWebIdentityResult>
          <Credentials>
            <AccessKeyId>from-web-identity</AccessKeyId>
            <SecretAccessKey>secret</SecretAccessKey>
            <SessionToken>session</SessionToken>
            <Expiration>2999-01-01T00:00:00Z</Expiration>
          </Credentials>
        </AssumeRoleWithWebIdentityResult>
      </AssumeRoleWithWebIdentityResponse>
      """;

  @TempDir private Path folder;

  private final Map<String, String> before = new HashMap<>();

  @AfterEach
  void restore() {
    before.forEach(
        (key, value) -> {
          if (value == null) {
            System.clearProperty(key);
          } else {
            System.setProperty(key, value);
          }
        });
  }

  @Test
  void aWebIdentityIsExchangedForCredentials() throws IOException {
    Path token = Files.writeString(folder.resolve("token"), "a-token");
    HttpServer sts =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    sts.createContext(
        "/",
        exchange -> {
          String request =
              new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
          boolean asked =
              request.contains("Action=AssumeRoleWithWebIdentity")
                  && request.contains("WebIdentityToken=a-token");
          byte[] answer = STS_ANSWER.getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(asked ? 200 : 400, answer.length);
          exchange.getResponseBody().write(answer);
          exchange.close();
        });
    sts.start();
    try {
      set(
          "aws.endpointUrlSts",
          URI.create("http://127.0.0.1:" + sts.getAddress().getPort()).toString());
      set("aws.region", "us-east-1");
      set("aws.webIdentityTokenFile", token.toString());
      set("aws.roleArn", "arn:aws:iam::123456789012:role/tributary");

      assertThat(resolved(new Configuration()).accessKeyId()).isEqualTo("from-web-identity");
    } finally {
      sts.stop(0);
    }
  }

  /** AWS's chain finds each by its name, and says so only when a profile or a variable asks. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "software.amazon.awssdk.services.sts.internal.StsProfileCredentialsProviderFactory",
        "software.amazon.awssdk.services.sts.internal.StsWebIdentityCredentialsProviderFactory",
        "software.amazon.awssdk.services.sso.auth.SsoProfileCredentialsProviderFactory"
      })
  void whatTheDefaultChainLoadsByNameIsThere(String name) {
    assertThatCode(() -> Class.forName(name)).doesNotThrowAnyException();
  }

  @Test
  void theBundleOfAllServicesIsNotThere() {
    assertThat(System.getProperty("java.class.path")).doesNotContain("awssdk/bundle/");
  }

  @Test
  void keysInHadoopsConfigurationComeFirst() throws IOException {
    Configuration configuration = new Configuration();
    configuration.set("fs.s3a.access.key", "from-configuration");
    configuration.set("fs.s3a.secret.key", "secret");
    set("aws.accessKeyId", "from-properties");
    set("aws.secretAccessKey", "secret");

    assertThat(resolved(configuration).accessKeyId()).isEqualTo("from-configuration");
  }

  private static AwsCredentials resolved(Configuration configuration) throws IOException {
    String key = "fs.s3a.aws.credentials.provider";
    configuration.set(key, SparkStorageSettings.defaults().get("spark.hadoop." + key));
    return CredentialProviderListFactory.createAWSCredentialProviderList(
            URI.create("s3a://bucket"), configuration)
        .resolveCredentials();
  }

  private void set(String property, String value) {
    before.putIfAbsent(property, System.getProperty(property));
    System.setProperty(property, value);
  }
}
